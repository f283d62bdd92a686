//! What an identifier's normal form is, and what is none.

use hadir::roster::{IdError, IdKind, Identifier, PersonRef};
use proptest::prelude::*;

fn normal(kind: IdKind, written: &str) -> Result<String, IdError> {
    Identifier::parse(kind, written).map(|identifier| identifier.value().to_owned())
}

#[test]
fn each_way_of_writing_an_identifier_gives_its_one_form() {
    for (kind, written, expected) in [
        (IdKind::Nik, "1671014101800001", "1671014101800001"),
        (IdKind::Nik, " 16.71.01.410180.0001 ", "1671014101800001"),
        (IdKind::Nik, "'1671014101800001", "1671014101800001"),
        (IdKind::Nik, "\u{200b}1671\u{a0}0141 0180 0001", "1671014101800001"),
        (IdKind::Nip, "19800101 200501 1 003", "198001012005011003"),
        (IdKind::Nuptk, "0133-7586-5930-0013", "0133758659300013"),
        (IdKind::Id, "  ab-17\u{a0} x ", "AB-17 X"),
        (IdKind::Email, " <Ani.Putri@Sekolah.SCH.ID> ", "ani.putri@sekolah.sch.id"),
        (IdKind::Email, "mailto:a@b.id", "a@b.id"),
        (IdKind::Phone, "0812-3456-7890", "+6281234567890"),
        (IdKind::Phone, "+62 (0)812 3456 7890", "+6281234567890"),
        (IdKind::Phone, "0062 812 34567890", "+6281234567890"),
        (IdKind::Phone, "62812.3456.7890", "+6281234567890"),
        (IdKind::Phone, "81234567890", "+6281234567890"),
        (IdKind::Phone, "(0711) 350 651", "+62711350651"),
        (IdKind::Phone, "+81 3-1234-5678", "+81312345678"),
    ] {
        assert_eq!(normal(kind, written).as_deref(), Ok(expected), "{kind} {written}");
    }
}

#[test]
fn what_is_no_identifier_is_refused_with_its_reason() {
    let length = |kind, expected, found| IdError::Length { kind, expected, found };
    for (kind, written, expected) in [
        (IdKind::Nik, "167101410180001", length(IdKind::Nik, 16, 15)),
        (IdKind::Nik, "16710141018O0001", IdError::NotDigits(IdKind::Nik)),
        (IdKind::Nik, "1671013202800001", IdError::NikDate),
        (IdKind::Nik, "1671017113800001", IdError::NikDate),
        (IdKind::Nik, "1671013002800001", IdError::NikDate),
        (IdKind::Nik, "1671014101800000", IdError::NikSerial),
        (IdKind::Nik, "1.67101E+15", IdError::Scientific(IdKind::Nik)),
        (IdKind::Nik, "1,67101E+15", IdError::Scientific(IdKind::Nik)),
        (IdKind::Nip, "130123456", IdError::NipOld),
        (IdKind::Nip, "198013012005011003", IdError::NipDate),
        (IdKind::Nip, "158001012005011003", IdError::NipDate),
        (IdKind::Nuptk, "01337586593000133", length(IdKind::Nuptk, 16, 17)),
        (IdKind::Id, "1.5E+10", IdError::Scientific(IdKind::Id)),
        (IdKind::Id, "a\u{7}b", IdError::Id),
        (IdKind::Email, "ani@sekolah", IdError::Email),
        (IdKind::Email, "ani at sekolah.id", IdError::Email),
        (IdKind::Email, "a@b@c.id", IdError::Email),
        (IdKind::Email, "ani putri@sekolah.id", IdError::Email),
        (IdKind::Phone, "0812 3456 7890 / 0813 1111 2222", IdError::Phone),
        (IdKind::Phone, "12345", IdError::Phone),
        (IdKind::Phone, "8.12346E+10", IdError::Scientific(IdKind::Phone)),
    ] {
        assert_eq!(normal(kind, written), Err(expected), "{kind} {written}");
        assert!(!expected.remedy().is_empty());
    }
}

#[test]
fn an_own_id_may_look_like_a_power_of_ten() {
    assert_eq!(normal(IdKind::Id, "12e4").as_deref(), Ok("12E4"));
}

#[test]
fn a_leap_day_is_a_birthday_in_leap_years_only_and_women_add_forty() {
    assert!(normal(IdKind::Nik, "1671012902000001").is_ok());
    assert!(normal(IdKind::Nik, "1671016902840001").is_ok());
    assert_eq!(normal(IdKind::Nik, "1671012902830001"), Err(IdError::NikDate));
    assert_eq!(normal(IdKind::Nip, "190002292005011003"), Err(IdError::NipDate));
}

#[test]
fn an_unknown_province_is_odd_and_not_wrong() {
    let unknown = Identifier::parse(IdKind::Nik, "9971014101800001").unwrap();
    let known = Identifier::parse(IdKind::Nik, "1671014101800001").unwrap();

    assert!(unknown.oddity().is_some());
    assert_eq!(known.oddity(), None);
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(written in "\\PC{0,40}|[0-9 .+()/-]{6,24}|[a-zA-Z0-9.@-]{3,30}") {
        for kind in IdKind::ALL {
            if let Ok(once) = normal(kind, &written) {
                prop_assert_eq!(normal(kind, &once), Ok(once.clone()));
            }
        }
    }

    #[test]
    fn separators_between_digits_do_not_matter(
        digits in "(0[1-9]|[12][0-9]|4[1-9])(0[1-9]|1[0-2])[0-9]{2}",
        serial in 1_u16..=9_999,
        places in proptest::collection::vec(0_usize..=16, 0..6),
        separator in "[ .\\-'\u{a0}\u{200b}]",
    ) {
        let plain = format!("167101{digits}{serial:04}");
        prop_assume!(!digits.starts_with("2902") && !digits.starts_with("3002"));
        let mut written = plain.clone();
        for place in places {
            written.insert_str(written.char_indices().nth(place).map_or(written.len(), |(at, _)| at), &separator);
        }

        prop_assert_eq!(normal(IdKind::Nik, &written), Ok(plain));
    }

    #[test]
    fn the_form_of_an_indonesian_number_does_not_matter(digits in "8[1-9][0-9]{7,9}") {
        let expected = Ok(format!("+62{digits}"));

        for written in [format!("0{digits}"), format!("+62{digits}"), format!("62 {digits}"), digits.clone()] {
            prop_assert_eq!(normal(IdKind::Phone, &written), expected.clone());
        }
    }

    #[test]
    fn one_mistyped_character_never_names_another_person(place in 0_usize..7, letter in "[0-9A-HJKMNP-TV-Z]") {
        let checked = |check: char| format!("K7M29Q{check}");
        let text = ('0'..='Z').map(checked).find(|text| text.parse::<PersonRef>().is_ok()).unwrap();
        let mut typed: Vec<char> = text.chars().collect();
        let changed = letter.chars().next().unwrap();
        prop_assume!(typed[place] != changed);
        typed[place] = changed;

        let typed: String = typed.into_iter().collect();
        prop_assert!(typed.parse::<PersonRef>().is_err());
    }
}
