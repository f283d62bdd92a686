//! Whatever people are called, their certificate is whole, and its code says what was signed.

use super::*;
use crate::{
    domain::{
        accounts::account::{PersonAccount, Reason, Status},
        ids::{PersonId, Pseudonym},
        time::Millis,
    },
    report::{
        certificates::{code::open, number::numbers},
        pdf::{Mark, Sheet},
    },
    roster::by_school,
};

/// The side of a QR code of version 20.
const SIDE_MAX: usize = 97;

/// 35 mm in points.
const LEGIBLE: f32 = 99.2;

const NAMES: [&str; 8] = [
    "Siti Aminah, S.Pd., M.Pd.",
    "=HYPERLINK(\"http://example.org\")",
    "+62 Budi",
    "-Tono",
    "@Wati",
    "O'Neil \"Nur\"\nline",
    "\u{202e}Siti\u{200f} 🙂 李明 عمر",
    "Ñi Wayan Ārya Šimić-Öz ’Abd",
];

fn issuer(language: Language, rehearsal: bool) -> Issuer {
    Issuer {
        language,
        title: "Pelajaran kecerdasan artifisial untuk guru se-Sumatera Selatan".to_owned(),
        organizer: "Dinas Pendidikan Provinsi Sumatera Selatan".to_owned(),
        public_url: Some("https://hadir.example".to_owned()),
        origin: format!("hadir/abcdefghijklmnopqrstuvwxyz{}", if rehearsal { "/rehearsal" } else { "" }),
        size: 51_234,
        root: "0a1b2c3d4e5f6071".to_owned(),
        when: "24 November 2026, 09.00–09.30 WIB".to_owned(),
        day: "2026-11-24".to_owned(),
        dated: (2026, [11, 24, 2, 30, 0]),
        rehearsal,
        key: SigningKey::from_bytes(&[7; 32]),
    }
}

fn row(number: u8, name: &str, school: &str, reason: Option<Reason>) -> Row {
    let keys = Keys::generate().unwrap();
    let person = PersonId([number; 16]);
    Row {
        reference: ["000-0000", "100-0001", "200-0002", "300-0003"][usize::from(number) % 4].parse().unwrap(),
        name: name.to_owned(),
        school: school.to_owned(),
        number: numbers([person], &keys.certificate_numbers()).remove(&person).unwrap(),
        account: PersonAccount {
            person: Pseudonym([number; 16]),
            status: if reason.is_some() { Status::NotCertified } else { Status::Certified },
            reason,
            channel: "online",
            first_join: None,
            last_leave: None,
            present_ms: Millis(0),
            present_bridged_ms: Millis(0),
            longest_ms: Millis(0),
            connections: 1,
            role: "participant".to_owned(),
            group: String::new(),
            added: false,
            added_too_late: false,
        },
    }
}

fn long(text: &str) -> String {
    text.chars().cycle().take(200).collect()
}

fn texts(sheet: &Sheet) -> Vec<(&str, f32, f32, f32)> {
    let fonts = Fonts::embedded().unwrap();
    let text = |mark| match mark {
        &Mark::Text { left, base, ref text, weight, size, .. } => {
            Some((text.as_str(), left, left + fonts.width(text, weight, size), base))
        }
        _ => None,
    };
    sheet.marks.iter().filter_map(text).collect()
}

#[test]
fn every_text_of_every_certificate_stands_within_its_frame_and_what_cannot_be_printed_is_seen() {
    let fonts = CertificateFonts::embedded().unwrap();
    let names = NAMES.map(ToOwned::to_owned).into_iter().chain([long("Siti Nur "), long("W"), long("🙂")]);

    for name in names {
        for language in Language::ALL {
            let sheet = sheet::sheet(&issuer(language, true), &row(1, &name, &long("SMA "), None), &fonts.0).unwrap();
            for (text, left, right, base) in texts(&sheet) {
                assert!(left > 30.0 && right < sheet.width - 30.0 && base < sheet.height - 30.0, "{name}: {text}");
            }
        }
    }
    let sheet = sheet::sheet(&issuer(Language::Id, false), &row(1, NAMES[6], "", None), &fonts.0).unwrap();
    assert!(texts(&sheet).iter().any(|(text, ..)| text.starts_with("Siti □ ")), "{:?}", texts(&sheet));
}

#[test]
fn a_rehearsals_certificate_says_across_its_page_that_it_is_none() {
    let fonts = CertificateFonts::embedded().unwrap();
    let told = |rehearsal| {
        let sheet = sheet::sheet(&issuer(Language::Id, rehearsal), &row(1, "Siti", "SMA 1", None), &fonts.0).unwrap();
        let texts: Vec<String> = texts(&sheet).iter().map(|(text, ..)| (*text).to_owned()).collect();
        ["GLADI BERSIH", "REHEARSAL", "GLADI BERSIH, BUKAN UPAYA REKOR"].map(|text| texts.iter().any(|one| one == text))
    };

    assert_eq!(told(true), [true; 3]);
    assert_eq!(told(false), [false; 3]);
}

#[test]
fn the_squares_on_the_page_are_the_signed_code_and_large_enough_for_a_cheap_phone() {
    let (fonts, issuer) = (CertificateFonts::embedded().unwrap(), issuer(Language::Id, true));

    for (name, school) in [("Siti", "SMA 1".to_owned()), (NAMES[6], String::new()), (&long("Siti "), long("Ā"))] {
        let row = row(1, name, &school, None);
        let sheet = sheet::sheet(&issuer, &row, &fonts.0).unwrap();

        let squares = sheet.marks.iter().find_map(|mark| match mark {
            Mark::Squares { area, side, dark } => Some((*area, *side, dark)),
            _ => None,
        });
        let (area, side, dark) = squares.unwrap();
        let code = issuer.code(&row).unwrap();
        let expected = qrcode::QrCode::with_error_correction_level(&code, qrcode::EcLevel::M).unwrap();
        assert!(side <= SIDE_MAX && area.width >= LEGIBLE && area.width == area.height, "{side} {area:?}");
        let expected: Vec<bool> = expected.to_colors().into_iter().map(|color| color == qrcode::Color::Dark).collect();
        assert_eq!(dark, &expected);
        let said = open(&code, &issuer.key.verifying_key()).unwrap();
        assert_eq!((said.number, said.origin, said.day), (row.number, issuer.origin.clone(), issuer.day.clone()));
    }
}

#[test]
fn a_school_gets_a_page_for_each_who_counts_and_a_sentence_for_each_other() {
    let fonts = CertificateFonts::embedded().unwrap();
    let issuer = issuer(Language::En, false);
    let rows: [Row; 3] = [
        row(1, "Siti 🙂", "SMA 1", None),
        row(2, "=Budi", "sma  1", Some(Reason::Gap)),
        row(3, "Citra", "", Some(Reason::Late)),
    ];

    let schools = by_school(rows, |row| row.school.as_str());
    let [none, one] = [0, 1].map(|place| issuer.school(&schools[place], &fonts).unwrap());
    let again = issuer.school(&schools[1], &fonts).unwrap();

    assert_eq!((none.certified, one.certified), (0, 1));
    assert!(none.certificates.is_none());
    assert_eq!(none.reasons.unwrap().0, "reasons-no-school.csv");
    let (file, bytes) = one.certificates.unwrap();
    assert_eq!((file.as_str(), &bytes[..5]), ("sma-1.pdf", b"%PDF-".as_slice()));
    assert_eq!(bytes, again.certificates.unwrap().1);
    assert_eq!(one.unprintable, ["100-0001"]);
    let reasons = String::from_utf8(one.reasons.unwrap().1).unwrap();
    assert!(reasons.contains(",'=Budi,") && reasons.contains(",not_certified,gap,Anda tidak terhitung"), "{reasons}");
}
