//! Names that break programs: formulas, quotation marks, line breaks, marks of direction, emoji, great length.

use super::{MEETING, file, meeting, person, read, report, rows};

/// A name as a cell of Zoom's file.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[test]
fn no_name_becomes_a_formula_a_row_or_a_column_of_its_own() {
    let long = "Siti ".repeat(40);
    let names = [
        "=HYPERLINK(\"http://evil.example\",\"x\")",
        "+62 812",
        "-Siti",
        "@Siti",
        "\t=1+1",
        "Siti \"Ani\" Aminah",
        "Siti, Aminah; dan | Budi",
        "Siti\r\nAminah",
        "\u{202e}hanima itis\u{202c}",
        "Siti \u{1f469}\u{200d}\u{1f3eb} Aminah",
        "سيتي أمينة",
        long.trim(),
        "",
    ];

    for name in names {
        let zoom = meeting(&[&format!("{},", quoted(name))]);
        let report = report(vec![zoom], vec![person(1, "Budi Santoso", "")]);
        let found = rows(&report, "only-zoom.csv");

        assert_eq!(found.len(), 1, "{name:?}");
        let cell = &found[0]["zoom_name"];
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        assert!(!cell.contains(['\n', '\r', '\u{202e}', '\u{202c}']), "{cell:?}");
        let letters = |text: &str| text.chars().filter(|one| one.is_alphanumeric()).collect::<String>();
        assert_eq!(letters(cell), letters(name), "{name:?}");
        assert_eq!(found[0]["zoom_minutes"], "30");
        let table = file(&report, "only-zoom.csv");
        assert!(table.starts_with('\u{feff}') && table.ends_with("\r\n") && table.lines().count() == 2, "{table}");
    }
}

#[test]
fn the_rosters_own_names_and_addresses_become_no_formulas_either() {
    let known = vec![person(1, "=1+1 Siti", "=cmd@example.org"), person(2, "@Budi", "")];
    let report = report(vec![meeting(&["=1+1 Siti,=cmd@example.org"])], known);

    let (matched, alone) = (rows(&report, "matched.csv"), rows(&report, "only-hadir.csv"));

    assert_eq!((matched[0]["name"].as_str(), matched[0]["email"].as_str()), ("'=1+1 Siti", "'=cmd@example.org"));
    assert_eq!((matched[0]["zoom_name"].as_str(), alone[0]["name"].as_str()), ("'=1+1 Siti", "'@Budi"));
}

#[test]
fn marks_that_nobody_sees_do_not_hide_a_code_or_a_name() {
    let code = person(1, "Siti Aminah", "").reference.to_string();
    let hidden: String = code.chars().flat_map(|one| [one, '\u{200e}']).collect();
    let known = vec![person(1, "Siti Aminah", ""), person(2, "Budi Santoso", "")];

    let report = report(vec![meeting(&[&format!("{hidden} S,"), "\u{200f}BUDI\u{a0}\u{a0}santoso,"])], known);

    assert_eq!(report.seen.len(), 2);
}

#[test]
fn a_name_with_a_lone_quotation_mark_does_not_swallow_the_rows_after_it() {
    let row = |name: &str| format!("{name},,11/24/2026 09:00:00 AM,11/24/2026 09:30:00 AM,30,Yes,OK,No\n");
    let zoom = read(&format!("{MEETING}{}{}", row("Siti \"Ani Aminah"), row("Budi")));

    assert_eq!(zoom.visits.len(), 2);
}

#[test]
fn a_person_who_is_called_by_a_headings_word_is_a_person() {
    let people = ["Peserta,", "Participants,", "Nama,", "Host,", "Siti,"];
    let zoom = meeting(&people);
    let cut =
        read(&format!("{MEETING}Siti,,11/24/2026 09:00:00 AM,11/24/2026 09:30:00 AM,30,Yes,OK,No\nBudi,,,,,,,\n"));

    assert_eq!((zoom.visits.len(), zoom.unread), (people.len(), 0));
    // A row that has a name and nothing else is told: it is no title of a section.
    assert_eq!((cut.visits.len(), cut.unread_lines), (1, vec![3]));
}
