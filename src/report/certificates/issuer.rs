//! What issues certificates: what they all share, and the files that it makes of it.

use std::{collections::BTreeMap, io};

use ed25519_dalek::SigningKey;

use super::{
    CHECK, Everybody, KEY, Payload, REGISTER, Row, check_page, code,
    code::key_text,
    sheet,
    tables::{self, Registered},
};
use crate::{
    attempt::keys::Keys,
    domain::{event::Opened, ledger::Ledger, time::UnixMillis},
    report::{
        pdf::{About, Fonts, to_pdf},
        words::{Calendar, Language, Said, said},
    },
    roster::OfSchool,
};

/// How many digits of the root people compare.
const ROOT_DIGITS: usize = 16;

/// What all certificates of one attempt share.
pub struct Issuer {
    language: Language,
    pub(super) title: String,
    pub(super) organizer: String,
    public_url: Option<String>,
    pub(super) origin: String,
    size: u64,
    root: String,
    /// When the lesson was, in the reader's words.
    pub(super) when: String,
    /// The day of the lesson where it was held: `2026-11-24`.
    day: String,
    dated: (u16, [u8; 5]),
    rehearsal: bool,
    key: SigningKey,
}

/// What goes to one school.
#[derive(Debug)]
pub struct SchoolFiles {
    /// The certificates as a file: its name and its bytes. None where nobody of the school counts.
    pub certificates: Option<(String, Vec<u8>)>,
    /// Why the others do not count; none where everybody does.
    pub reasons: Option<(String, Vec<u8>)>,
    /// How many certificates there are.
    pub certified: usize,
    /// Whose certificates have a mark in the place of characters that cannot be printed.
    pub unprintable: Vec<String>,
}

impl Issuer {
    /// None before the attempt was opened.
    #[must_use]
    pub fn new(
        opened: &Opened,
        ledger: &Ledger,
        keys: &Keys,
        public_url: Option<&str>,
        language: Language,
    ) -> Option<Self> {
        let declaration = &opened.declaration;
        let (head, attendance) = (ledger.head(), ledger.attendance());
        let now = attendance.now()?;
        let (start, end) = attendance.window().map_or((now, now), |lesson| (lesson.start, lesson.end));
        let calendar = Calendar::new(language, &declaration.zone);
        let (year, [month, day, ..]) = calendar.parts(start);
        Some(Self {
            language,
            title: declaration.title.clone(),
            organizer: declaration.organizer.clone(),
            public_url: public_url.map(ToOwned::to_owned),
            origin: opened.origin.clone(),
            size: head.size.0,
            root: head.root.to_string().chars().take(ROOT_DIGITS).collect(),
            when: when(&calendar, start, end),
            day: format!("{year:04}-{month:02}-{day:02}"),
            dated: Calendar::new(language, "UTC").parts(now),
            rehearsal: opened.rehearsal,
            key: keys.certificate_key(),
        })
    }

    pub(super) fn is_rehearsal(&self) -> bool {
        self.rehearsal
    }

    pub(super) fn say(&self, text: Said) -> &'static str {
        self.language.of(text)
    }

    /// The checkpoint as people compare it.
    pub(super) fn head_on_paper(&self) -> String {
        format!("{} / {}…", self.language.number(self.size), self.root)
    }

    pub(super) fn how_to_check(&self) -> String {
        match (&self.public_url, self.language) {
            (Some(url), Language::Id) => format!("Periksa kode QR di {url}/certificate, atau dengan berkas {CHECK}."),
            (Some(url), Language::En) => format!("Check the QR code at {url}/certificate, or with the file {CHECK}."),
            (None, Language::Id) => format!("Periksa kode QR dengan berkas {CHECK} dari penyelenggara."),
            (None, Language::En) => format!("Check the QR code with the organizer's file {CHECK}."),
        }
    }

    /// The code of a person's certificate, as the QR code holds it.
    pub(super) fn code(&self, row: &Row) -> io::Result<String> {
        let payload = Payload {
            version: 0,
            key: String::new(),
            number: row.number.clone(),
            name: row.name.clone(),
            school: row.school.clone(),
            title: self.title.clone(),
            organizer: self.organizer.clone(),
            day: self.day.clone(),
            origin: self.origin.clone(),
            head: format!("{} {}", self.size, self.root),
        };
        code(&payload, &self.key, self.public_url.as_deref())
    }

    /// The files of one school. The same attempt gives the same bytes.
    ///
    /// # Errors
    /// When a page cannot be laid out; the caller reports it as a defect.
    pub fn school(&self, school: &OfSchool<Row>, fonts: &CertificateFonts) -> io::Result<SchoolFiles> {
        let (certified, others): (Vec<&Row>, Vec<&Row>) = school.items.iter().partition(|row| row.counts());
        let sheets = certified.iter().map(|row| sheet::sheet(self, row, &fonts.0)).collect::<io::Result<Vec<_>>>()?;
        let certificates = if sheets.is_empty() {
            None
        } else {
            let bytes = to_pdf(&sheets, &[], &self.about(&school.school), &fonts.0)?;
            Some((file_name(school), bytes))
        };
        let reasons = if others.is_empty() {
            None
        } else {
            let bytes = tables::reasons(&others).map_err(io::Error::other)?;
            Some((format!("reasons-{}.csv", school.stem), bytes))
        };
        let unprintable =
            certified.iter().filter(|row| !fonts.0.can_print(&row.name) || !fonts.0.can_print(&row.school));
        let unprintable = unprintable.map(|row| row.reference.to_string()).collect();
        Ok(SchoolFiles { certificates, reasons, certified: certified.len(), unprintable })
    }

    /// The files that stand beside those of the schools, by name.
    ///
    /// # Errors
    /// Never for rows in memory; the caller reports it as a defect.
    pub fn beside(&self, everybody: &Everybody) -> io::Result<BTreeMap<&'static str, Vec<u8>>> {
        let mut registered = Vec::new();
        for school in &everybody.schools {
            let certified = school.items.iter().filter(|row| row.counts());
            registered.extend(certified.zip(1..).map(|(row, page)| Registered { row, file: file_name(school), page }));
        }
        let register = tables::register(&registered).map_err(io::Error::other)?;
        let check = check_page(&self.key.verifying_key(), &self.title);
        Ok(BTreeMap::from([(REGISTER, register), (KEY, self.key_file().into_bytes()), (CHECK, check.into_bytes())]))
    }

    /// `key.txt`: the log's origin, the public key, and what both are for.
    #[must_use]
    pub fn key_file(&self) -> String {
        let (origin, key) = (&self.origin, key_text(&self.key.verifying_key()));
        format!(
            "{origin}\n{key}\n\n\
             Baris kedua adalah kunci publik yang memeriksa kode pada sertifikat hitungan ini. Umumkan kunci ini di \
             tempat yang dipercaya orang; halaman {CHECK} menampilkannya agar dapat dibandingkan.\n\n\
             The second line is the public key that checks the codes on this count's certificates. Publish it where \
             people trust it; the page {CHECK} shows it so that both can be compared.\n"
        )
    }

    fn about(&self, school: &str) -> About {
        let kind = self.say(said("Sertifikat partisipasi", "Certificates of participation"));
        let of_school = if school.is_empty() { String::new() } else { format!(", {school}") };
        About {
            title: format!("{kind}: {}{of_school}", self.title),
            author: self.organizer.clone(),
            language: self.language.tag(),
            dated: self.dated,
        }
    }
}

/// The fonts of certificates, read once for all schools.
pub struct CertificateFonts(Fonts);

impl CertificateFonts {
    /// The fonts of this program.
    ///
    /// # Errors
    /// Never with the fonts that are embedded; the caller reports it as a defect.
    pub fn embedded() -> io::Result<Self> {
        Fonts::embedded().map(Self)
    }
}

fn file_name(school: &OfSchool<Row>) -> String {
    format!("{}.pdf", school.stem)
}

/// The day and the time of a lesson with the zone.
fn when(calendar: &Calendar, start: UnixMillis, end: UnixMillis) -> String {
    let (day, zone) = (calendar.day(start), calendar.zone(start));
    format!("{day}, {}–{} {zone}", calendar.minute(start), calendar.minute(end))
}

#[cfg(test)]
mod tests;
