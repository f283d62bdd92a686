//! Why somebody counts or does not, in one sentence in each language.

use crate::domain::{
    accounts::account::{PersonAccount, Reason, Status},
    rules::Words,
};

/// The sentence for an account.
#[must_use]
pub fn sentence(account: &PersonAccount) -> Words {
    let (id, en) = match (account.status, account.reason) {
        (Status::Certified, _) | (_, None) => {
            ("Anda terhitung: semua syarat yang dinyatakan terpenuhi.", "You count: every declared condition is met.")
        }
        (_, Some(Reason::Role)) if account.added_too_late => ADDED_TOO_LATE,
        (_, Some(reason)) => because(reason),
    };
    Words { id: id.to_owned(), en: en.to_owned() }
}

const ADDED_TOO_LATE: (&str, &str) = (
    "Anda tidak terhitung karena baru didaftarkan setelah daftar peserta ditutup, dan menurut aturan itu tidak dihitung.",
    "You do not count because you were registered after the roster was fixed, and by the rule those do not count.",
);

fn because(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::NeverJoined => (
            "Anda tidak terhitung karena tautan Anda tidak pernah dibuka dan Anda tidak dipindai di pintu.",
            "You do not count because your link was never opened and you were not scanned at a door.",
        ),
        Reason::Role => (
            "Anda tidak terhitung karena peran Anda (misalnya panitia atau narasumber) menurut aturan tidak dihitung.",
            "You do not count because your role (a committee member or a speaker, for instance) does not count by the rule.",
        ),
        Reason::Merged => (
            "Baris ini tidak terhitung karena orang yang sama sudah tercatat di baris lain.",
            "This row does not count because it repeats a person who stands in another row.",
        ),
        Reason::Erased => (
            "Anda tidak terhitung karena data Anda dihapus sebelum kehadiran ditutup.",
            "You do not count because your data were erased before attendance was closed.",
        ),
        Reason::NoStart => (
            "Belum ada yang terhitung karena pelajaran belum dimulai.",
            "Nobody counts yet because the lesson has not started.",
        ),
        Reason::Late => (
            "Anda tidak terhitung karena belum hadir pada waktu mulai yang ditentukan.",
            "You do not count because you were not there by the time that the rule sets for the start.",
        ),
        Reason::LeftEarly => (
            "Anda tidak terhitung karena tidak ada bukti hadir sampai akhir pelajaran.",
            "You do not count because nothing proves that you were there until the end of the lesson.",
        ),
        Reason::Gap => (
            "Anda tidak terhitung karena sambungan Anda terputus lebih lama dari jeda yang diizinkan.",
            "You do not count because your connection was interrupted for longer than the rule bridges.",
        ),
        Reason::TooShort => (
            "Anda tidak terhitung karena waktu hadir Anda kurang dari yang disyaratkan.",
            "You do not count because you were there for less time than the rule asks for.",
        ),
        Reason::Prompts => (
            "Anda tidak terhitung karena terlalu sedikit pemeriksaan kehadiran yang Anda jawab tepat waktu.",
            "You do not count because you answered too few participation checks in time.",
        ),
        Reason::Struck => (
            "Anda tidak terhitung karena dua pihak mencoret Anda; alasannya tercatat.",
            "You do not count because two sides have struck you out; the reason is on record.",
        ),
        Reason::Held => (
            "Anda belum terhitung karena catatan Anda ditahan untuk ditinjau.",
            "You do not count yet because your record is held for review.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_a_sentence_of_its_own_in_both_languages() {
        let said: BTreeSet<_> = Reason::ALL.into_iter().map(because).collect();

        assert_eq!(said.len(), Reason::ALL.len());
        assert!(said.iter().all(|(id, en)| id.ends_with('.') && en.ends_with('.') && id != en));
    }
}
