//! Who is recognised, by what, and who is not.

use hadir::{
    domain::accounts::account::{Reason, Status},
    reconcile::{By, Doubt, Found, Likeness, Report},
};

use super::{MEETING, file, meeting, person, read, report, rows, with_status};

/// The doubt about the attendee of this name.
fn doubt(report: &Report, name: &str) -> Option<(Doubt, usize)> {
    let place = report.attendees.iter().position(|attendee| attendee.name == name).unwrap();
    match &report.found[place] {
        Found::Doubtful { candidates, doubt } => Some((*doubt, candidates.len())),
        Found::Person { .. } | Found::Nobody { .. } => None,
    }
}

/// By what each person is recognised, by their place.
fn seen(report: &Report) -> Vec<(usize, By)> {
    report.seen.iter().map(|(person, seen)| (*person, seen.by)).collect()
}

#[test]
fn a_code_goes_before_an_address_and_an_address_before_a_name() {
    let known = vec![
        person(1, "Siti Aminah", "siti@example.org"),
        person(2, "Budi Santoso", "budi@example.org"),
        person(3, "Rahmawati", ""),
    ];
    let code = known[0].reference.to_string().replace('-', " ").to_lowercase();
    let zoom = meeting(&[&format!("[{code}] laptop,"), "Guru 12,BUDI@Example.org", "RAHMAWATI,rahma@other.example"]);

    let report = report(vec![zoom], known);

    assert_eq!(seen(&report), [(0, By::Code), (1, By::Email), (2, By::Name)]);
}

#[test]
fn an_original_name_and_the_name_of_the_registration_are_names_too() {
    let known = vec![person(1, "Siti Aminah", ""), person(2, "Budi Santoso", "")];
    let webinar = read(
        "Attendee Details,,,,,,\n\
         Attended,User Name (Original Name),First Name,Last Name,Email,Join Time,Leave Time,Time in Session (minutes)\n\
         Yes,Guru,Budi,Santoso,,\"Nov 24, 2026 09:00:00\",\"Nov 24, 2026 09:30:00\",30\n",
    );

    let report = report(vec![meeting(&["SMAN 1 (Siti Aminah),"]), webinar], known);

    assert_eq!(seen(&report), [(0, By::Name), (1, By::Name)]);
}

#[test]
fn rejoins_and_devices_and_meetings_are_united() {
    let known = vec![person(1, "Siti Aminah", "siti@example.org")];
    let code = known[0].reference.to_string();
    let first = read(&format!(
        "{MEETING}{code},,11/24/2026 08:50:00 AM,11/24/2026 09:10:00 AM,20,Yes,OK,No\n\
         {code},,11/24/2026 09:05:00 AM,11/24/2026 09:15:00 AM,10,Yes,OK,No\n\
         Siti HP,siti@example.org,11/24/2026 09:00:00 AM,11/24/2026 09:12:00 AM,12,Yes,OK,No\n\
         Siti HP,siti@example.org,11/24/2026 08:00:00 AM,11/24/2026 08:40:00 AM,40,Yes,,Yes\n"
    ));
    let second = read(&format!("{MEETING}{code},,11/24/2026 09:20:00 AM,11/24/2026 09:50:00 AM,30,Yes,OK,No\n"));

    let report = report(vec![first.clone(), second, first], known);
    let row = &rows(&report, "matched.csv")[0];

    // 08:50 to 09:15 and 09:20 to 09:50; in the lesson 15 and 10 minutes; the waiting room is no presence.
    assert_eq!((row["zoom_minutes"].as_str(), row["zoom_in_lesson_ms"].as_str()), ("55", "1500000"));
    assert_eq!((row["zoom_rows"].as_str(), row["zoom_parallel_minutes"].as_str()), ("9", "17"));
    assert_eq!(row["zoom_first_join"], "2026-11-24T01:50:00.000Z");
    assert_eq!(row["zoom_last_leave_local"], "2026-11-24T09:50:00+07:00");
    assert_eq!((row["present_ms"].as_str(), row["matched_by"].as_str()), ("1800000", "code"));
}

#[test]
fn a_name_that_several_have_is_never_guessed() {
    let known = vec![person(1, "Agus Salim", ""), person(2, "agus  salim", ""), person(3, "Dewi Lestari", "")];
    let zoom = meeting(&["AGUS SALIM,", "Dewi Lestari,", "Dewi Lestari,dewi@other.example"]);

    let report = report(vec![zoom], known);

    assert_eq!(doubt(&report, "AGUS SALIM"), Some((Doubt::SeveralPersons, 2)));
    assert_eq!(doubt(&report, "Dewi Lestari"), Some((Doubt::SeveralAttendees, 1)));
    assert!(report.seen.is_empty());
    assert_eq!(rows(&report, "ambiguous.csv").len(), 4);
}

#[test]
fn an_address_of_several_persons_is_decided_by_the_name_alone() {
    let known = vec![person(1, "Siti Aminah", "sekolah@example.org"), person(2, "Budi Santoso", "sekolah@example.org")];
    let zoom = meeting(&["Operator,sekolah@example.org", "Budi Santoso,sekolah@example.org"]);

    let report = report(vec![zoom], known);

    assert_eq!(doubt(&report, "Operator"), Some((Doubt::SharedEmail, 2)));
    assert_eq!(seen(&report), [(1, By::Email)]);
}

#[test]
fn an_account_that_is_lent_names_neither_of_two() {
    let known = vec![person(1, "Siti Aminah", "siti@example.org"), person(2, "Budi Santoso", "")];
    let code = known[1].reference.to_string();
    let zoom = meeting(&["Budi Santoso,siti@example.org", &format!("{code} Budi,siti@example.org")]);

    let report = report(vec![zoom], known);

    assert_eq!(doubt(&report, "Budi Santoso"), Some((Doubt::EmailAgainstName, 2)));
    // The code is deliberate: the account is another's, and that is told.
    assert_eq!(
        (seen(&report), rows(&report, "matched.csv")[0]["note"].as_str()),
        (vec![(1, By::Code)], "other_account")
    );
}

#[test]
fn two_codes_in_one_name_are_ambiguous_and_an_unknown_one_says_nothing() {
    let known = vec![person(1, "Siti", ""), person(2, "Budi", "")];
    let (one, two) = (known[0].reference, known[1].reference);
    let stranger = person(9, "", "").reference;

    let report = report(vec![meeting(&[&format!("{one} {two},"), &format!("{stranger} X,")])], known);

    assert_eq!(doubt(&report, &format!("{one} {two}")), Some((Doubt::SeveralCodes, 2)));
    assert_eq!(report.counts().only_zoom, 1);
}

#[test]
fn a_title_a_school_or_a_slip_is_a_suggestion_and_no_match() {
    let known = vec![person(1, "Siti Aminah", ""), person(2, "Rahmawati Putri, S.Pd.", ""), person(3, "Suharto", "")];
    let zoom = meeting(&[
        "SMAN 1 PALEMBANG SITI AMINAH,",
        "\"Hj. Siti Aminah, S.Pd., M.Pd.\",",
        "Rahmawati Putri,",
        "Rahmawati Puteri,",
        "\"Drs. Suharto\",",
        "Siti Nurhaliza,",
    ]);

    let report = report(vec![zoom], known);
    let suggested = |name: &str| {
        let place = report.attendees.iter().position(|attendee| attendee.name == name).unwrap();
        let Found::Nobody { suggestions } = &report.found[place] else { panic!("{name} is matched") };
        suggestions.iter().map(|one| (one.person, one.likeness)).collect::<Vec<_>>()
    };

    assert!(report.seen.is_empty());
    assert_eq!(suggested("SMAN 1 PALEMBANG SITI AMINAH"), [(0, Likeness::Within)]);
    assert_eq!(suggested("Hj. Siti Aminah, S.Pd., M.Pd."), [(0, Likeness::Within)]);
    assert_eq!(suggested("Rahmawati Putri"), [(1, Likeness::Within)]);
    assert_eq!(suggested("Rahmawati Puteri"), [(1, Likeness::Alike)]);
    assert_eq!(suggested("Drs. Suharto"), [(2, Likeness::Within)]);
    assert_eq!(suggested("Siti Nurhaliza"), []);
}

#[test]
fn suggestions_that_may_be_missing_are_told() {
    let many = (0..2_001).map(|number| person(1, &format!("Siti Nomor{number} Aminah"), "")).collect();

    let few = report(vec![meeting(&["Siti Rahma Aminah,"])], vec![person(1, "Siti Rohma Aminah", "")]);
    let many = report(vec![meeting(&["Siti Rahma Aminah,"])], many);

    assert_eq!((few.suggestions_are_cut, few.counts().only_zoom_suggested), (false, 1));
    assert!(many.suggestions_are_cut && file(&many, "summary.txt").contains("Suggestions are not complete"));
}

#[test]
fn a_merged_rows_code_address_and_name_are_those_of_the_person_who_counts() {
    let mut kept = person(1, "Siti Aminah", "siti@example.org");
    let repeated = person(2, "Siti A.", "aminah@example.org");
    kept.references.push(repeated.reference);
    kept.names.extend(repeated.names);
    kept.emails.extend(repeated.emails);
    let zoom = meeting(&[&format!("{},", repeated.reference), "X,aminah@example.org", "Siti A.,"]);

    let report = report(vec![zoom], vec![kept]);

    assert_eq!((seen(&report), report.counts().attendees_matched), (vec![(0, By::Code)], 3));
}

#[test]
fn the_counts_say_who_is_in_one_and_not_in_the_other_by_reason() {
    let known = vec![
        person(1, "Siti Aminah", ""),
        person(2, "Budi Santoso", ""),
        with_status(person(3, "Rahmawati", ""), Status::NotCertified, Reason::NeverJoined),
        with_status(person(4, "Agus Salim", ""), Status::NotCertified, Reason::LeftEarly),
        with_status(person(5, "Dewi Lestari", ""), Status::NotCertified, Reason::NeverJoined),
    ];
    let zoom = meeting(&["Siti Aminah,", "Rahmawati,", "Agus Salim,", "Orang Lain,"]);

    let report = report(vec![zoom], known);
    let counts = report.counts();
    let told = file(&report, "summary.txt");

    assert_eq!((counts.certified, counts.certified_seen), (2, 1));
    assert_eq!((counts.only_zoom, counts.only_here, counts.neither, counts.by_name), (1, 1, 1, 3));
    let reasons: Vec<_> = counts.seen_not_certified.into_iter().collect();
    assert_eq!(reasons, [(("not_certified", "left_early"), 1), (("not_certified", "never_joined"), 1)]);
    assert_eq!(rows(&report, "only-hadir.csv")[0]["name"], "Budi Santoso");
    for words in [
        "1 of 2",
        "1 dari 2",
        "not_certified left_early: 1",
        "changes no count",
        "tidak mengubah hitungan",
        "Asia/Jakarta",
    ] {
        assert!(told.contains(words), "{words}\n{told}");
    }
    assert!(told.lines().all(|line| line.chars().count() <= 110), "{told}");
}

#[test]
fn the_same_lists_give_the_same_bytes() {
    let make = || report(vec![meeting(&["Siti Aminah,", "Agus,"])], vec![person(1, "Siti Aminah", "")]);

    assert_eq!(super::written(&make()), super::written(&make()));
}
