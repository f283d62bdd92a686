//! What the names in the tables are called in documents.

use super::words::{Said, said};
use crate::domain::{
    accounts::{
        funnel::{CERTIFIED, ON_THE_LIST},
        incidents::IncidentKind,
        summary::{NO_CHANNEL, UNKNOWN_GROUP},
    },
    event::Signal,
    reviews::deed::Found,
};

/// A step of the funnel.
pub(super) fn step(name: &str) -> Option<Said> {
    Some(match name {
        ON_THE_LIST => said("Semua yang terdaftar", "Everybody on the list"),
        "never_joined" => said("tidak pernah bergabung", "never joined"),
        "role" => said(
            "perannya tidak dihitung, atau terdaftar terlambat",
            "in a role that does not count, or listed too late",
        ),
        "merged" => said("baris ganda dari orang yang sama", "a second row of the same person"),
        "erased" => said("datanya dihapus atas permintaan", "erased on request"),
        "no_start" => said("pelajaran tidak pernah dimulai", "the lesson never started"),
        "late" => said("tidak hadir sejak awal", "not there in time"),
        "left_early" => said("pergi sebelum selesai", "left before the end"),
        "gap" => said("jeda lebih lama dari yang dibolehkan", "an interruption longer than allowed"),
        "too_short" => said("waktu hadir kurang", "not there for long enough"),
        "prompts" => said("pemeriksaan kehadiran kurang dijawab", "too few participation checks answered"),
        "struck" => said("dicoret oleh dua pihak", "struck out by two sides"),
        "held" => said("ditahan untuk ditinjau", "held for review"),
        CERTIFIED => said("Terhitung", "Counted"),
        _ => return None,
    })
}

/// How somebody took part.
pub(super) fn channel(name: &str) -> Option<Said> {
    Some(match name {
        "online" => said("daring", "online"),
        "gate" => said("di gedung", "in a hall"),
        "both" => said("di gedung dan daring", "in a hall and online"),
        NO_CHANNEL => said("tidak hadir", "never came"),
        _ => return None,
    })
}

/// A group of persons; its opaque label speaks for itself.
pub(super) fn group(name: &str) -> Option<Said> {
    (name == UNKNOWN_GROUP).then(|| said("tanpa kelompok", "without a group"))
}

pub(super) fn incident(kind: IncidentKind) -> Said {
    match kind {
        IncidentKind::Restart => said("server mati mendadak", "the server stopped and restarted"),
        IncidentKind::MassDrop => said("banyak sambungan putus bersama", "many connections lost together"),
        IncidentKind::NetworkDrop => said("satu jaringan putus", "one network lost"),
        IncidentKind::ClockStep => said("jam server bergeser", "the server's clock was stepped"),
        IncidentKind::LateCheck => said("pemeriksaan dibuka terlambat", "a check was opened late"),
        IncidentKind::MissedCheck => said("pemeriksaan terlewat", "a planned check was not opened"),
    }
}

pub(super) fn signal(signal: Signal) -> Said {
    match signal {
        Signal::Start => said("mulai", "start"),
        Signal::End => said("selesai", "end"),
        Signal::Void => said("pembatalan", "void"),
    }
}

pub(super) fn found(found: Found) -> Said {
    match found {
        Found::Confirmed => said("membenarkan", "confirmed"),
        Found::Denied => said("menyangkal", "denied"),
        Found::Unconfirmed => said("tidak terhubung", "not reached"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounts::account::Reason;

    #[test]
    fn every_step_of_the_funnel_has_its_words() {
        let steps = Reason::ALL.into_iter().map(Reason::name).chain([ON_THE_LIST, CERTIFIED]);

        assert!(steps.into_iter().all(|name| step(name).is_some()));
    }
}
