//! Declarations as people write them: what is taken, what is refused, and what stands where nothing is written.

use super::*;

const LEAST: &str = concat!(
    "title = \"T\"\norganizer = \"O\"\nzone = \"Asia/Jakarta\"\n",
    "[window]\nplanned_start = 2026-11-24T09:00:00+07:00\nplanned_end = 2026-11-24T09:30:00+07:00\n",
    "[rule]\nkind = \"full_lesson\"\n"
);

fn mistakes(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn what_is_not_declared_has_the_careful_default() {
    let declaration = parse(LEAST).unwrap();

    assert!(!declaration.rehearsal && !declaration.people.open_registration_counts);
    assert_eq!(declaration.signals, Signals::Countersigned);
    assert_eq!(declaration.window.minimum_ms, LESSON_MS_MIN);
    assert_eq!((declaration.rule.late_ms, declaration.rule.grace_ms), (Millis(0), GRACE_MS));
    assert_eq!(declaration.people.persons_per_device, 1);
}

#[test]
fn a_promise_that_is_not_understood_or_cannot_be_kept_is_refused() {
    let venue = "[[venue]]\nid = \"hall\"\nname = \"Aula\"\n";
    for (added, said) in [
        ("presence = \"sometimes\"", "line 9: `rule.presence` is \"sometimes\", which this version does not know"),
        ("presence = \"checkpoints\"", "`rule.presence = \"checkpoints\"` needs `rule.prompts_min`"),
        ("prompts_min = 2", "`rule.prompts_min` needs `prompts`"),
        ("prompts_min = 4\n[prompts]\ncount = 3", "`rule.prompts_min` is 4, which is not between 1 and 3"),
        ("[prompts]\ncount = \"many\"", "`prompts.count` is \"many\""),
        ("[prompts]\nkind = \"word\"", "`prompts.count` is missing"),
        ("[prompts]\ncount = 30", "`prompts.count x prompts.answer_ms` (2700000 ms) does not fit"),
        ("[prompts]\ncount = 2\nanswer_ms = 1000", "`prompts.answer_ms` is 1000"),
        ("[prompts]\n[prompts.texts]", "`prompts.texts` is not a known key"),
        ("[ceilings]\ninactive_bp = 1000", "`ceilings.inactive_bp` needs `prompts`"),
        ("[retention]\ndays = 0", "`retention.days` is 0"),
        ("[spot_check]\npersons = 0", "`spot_check.persons` is 0"),
        ("[spot_check]\npersons = 5\ndenied_max = 5", "`spot_check.denied_max` is 5"),
        ("[spot_check]\ndenied_max = 5", "`spot_check.persons` is missing"),
        ("venue_min = 25", "`rule.venue_min` needs `venue`"),
        ("[[venue]]\nname = \"Aula\"", "`venue.id` is missing"),
        ("[venue]\nid = \"a\"", "`venue` is table, not a list of sections"),
        (&format!("{venue}{venue}"), "`venue.id` is \"hall\", which is no short name or stands twice"),
        (&venue.replace("hall", "Hall A"), "`venue.id` is \"Hall A\""),
        ("continuous = true", "`rule.continuous` says nothing in a rule of another kind than `minimum_time`"),
    ] {
        let mistakes = mistakes(&format!("{LEAST}{added}\n"));
        assert!(mistakes.contains(said), "{added}: {mistakes}");
    }
    assert!(mistakes(&LEAST.replace("full_lesson", "prompts")).contains("a rule of kind `prompts` needs"));
    let peak = LEAST.replace("full_lesson\"", "peak\"\nprompts_min = 1") + "[prompts]\ncount = 2\n";
    assert!(mistakes(&peak).contains("cannot both decide"));
    let late = LEAST.replace("full_lesson\"", "peak\"\nlate_ms = 5");
    assert!(mistakes(&late).contains("`rule.late_ms` says nothing"));
}

#[test]
fn more_venues_than_the_log_can_open_with_are_refused_before_the_day() {
    let venues = |count: usize| -> String {
        let name = "Balai Pertemuan Kecamatan Seberang Ulu I, Kota Palembang";
        (0..count).map(|one| format!("[[venue]]\nid = \"hall-{one}\"\nname = \"{name}\"\n")).collect()
    };

    parse(&format!("{LEAST}{}", venues(80))).unwrap();
    let mistakes = mistakes(&format!("{LEAST}{}", venues(150)));

    assert!(mistakes.contains("as the log writes it, more than 12288"), "{mistakes}");
    assert!(mistakes.contains("declare fewer venues"), "{mistakes}");
}

#[test]
fn as_many_checks_as_keep_a_lesson_honest_are_planned_by_themselves() {
    for (end, count) in [("09:30", 2), ("09:50", 3), ("10:30", 6)] {
        let text = LEAST.replace("09:30", end);
        let declared = parse(&format!("{text}prompts_min = 1\n[prompts]\ncount = \"auto\"\n")).unwrap();
        assert_eq!(declared.prompts.unwrap().count, count, "{end}");
    }
}

#[test]
fn a_section_that_promises_nothing_is_taken() {
    let least = parse(LEAST).unwrap();

    for empty in ["[prompts]", "[ceilings]", "[retention]", "[spot_check]", "[prompts]\n[ceilings]\n[retention]"] {
        assert_eq!(parse(&format!("{LEAST}{empty}\n")).unwrap(), least, "{empty}");
    }
    assert_eq!(parse(&format!("venue = []\n{LEAST}")).unwrap(), least);
}

#[test]
fn writing_every_default_out_declares_the_same() {
    let full = "\
title = \"T\"
organizer = \"O\"
zone = \"Asia/Jakarta\"
rehearsal = false
signals = \"countersigned\"
[window]
planned_start = 2026-11-24T09:00:00+07:00
planned_end = 2026-11-24T09:30:00+07:00
minimum_ms = 1800000
tolerance_ms = 3600000
[rule]
kind = \"full_lesson\"
late_ms = 0
early_ms = 0
grace_ms = 75000
continuous = false
presence = \"continuous\"
[liveness]
challenge_ms = 25000
proof_max_gap_ms = 60000
[people]
primary_id = \"auto\"
persons_per_device = 1
open_registration = false
open_registration_counts = false
roles = [\"participant\"]
";

    assert_eq!(parse(full).unwrap(), parse(LEAST).unwrap());
}

#[test]
fn every_key_of_the_format_can_be_set() {
    let text = LEAST
        .replace("[window]", "public_url = \"https://h.example\"\nrehearsal = true\nsignals = \"single\"\n[window]")
        .replace("[rule]", "minimum_ms = 0\ntolerance_ms = 1\n[rule]")
        .replace("full_lesson\"", "minimum_time\"\ngrace_ms = 3\nminimum_ms = 4\nshare_bp = 5");
    let sections = "continuous = true\nprompts_min = 2\nvenue_min = 25\n\
        [rule.checkpoints]\nbefore_start_ms = 1\nafter_start_ms = 2\nbefore_end_ms = 3\nafter_end_ms = 4\n\
        [prompts]\ncount = 3\nkind = \"word\"\nanswer_ms = 200000\n[ceilings]\ninactive_bp = 1000\n\
        [[venue]]\nid = \"hall\"\nname = \"Aula\"\ndoors = [\"north\", \"south\"]\n\
        [hall]\ndelay_ms = 5\n[retention]\ndays = 30\n[spot_check]\npersons = 9\ndenied_max = 2\n[liveness]\nchallenge_ms = 1000\nproof_max_gap_ms = 15000\n\
        [people]\nprimary_id = \"nip\"\npersons_per_device = 0\nopen_registration = true\n\
        open_registration_counts = true\nroles = [\"participant\", \"guru\"]\n";

    let declared = parse(&format!("{text}{sections}")).unwrap();

    let Declaration { rule, liveness, people, window, .. } = &declared;
    assert!(declared.rehearsal && declared.signals == Signals::Single && declared.public_url.is_some());
    assert_eq!((window.minimum_ms, window.tolerance_ms), (Millis(0), Millis(1)));
    assert_eq!((rule.grace_ms, rule.prompts_min, rule.venue_min), (Millis(3), Some(2), Some(25)));
    assert_eq!(rule.checkpoints.after_end_ms, Millis(4));
    let plan = PromptPlan { count: 3, kind: PromptKind::Word, answer_ms: Millis(200_000) };
    assert_eq!((declared.prompts, declared.ceilings.inactive_bp), (Some(plan), Some(1_000)));
    assert_eq!((declared.venues[0].doors.len(), declared.hall.delay_ms), (2, Millis(5)));
    let spot_check = SpotCheck { persons: 9, denied_max: 2 };
    assert_eq!((declared.retention.days, declared.spot_check), (30, Some(spot_check)));
    assert_eq!((rule.minimum_ms, rule.share_bp, rule.continuous), (Some(Millis(4)), Some(5), true));
    assert_eq!((liveness.challenge_ms, liveness.proof_max_gap_ms), (Millis(1_000), Millis(15_000)));
    assert_eq!((people.primary_id.as_str(), people.persons_per_device, people.roles.len()), ("nip", 0, 2));
    assert!(people.open_registration && people.open_registration_counts);
    for kind in ["share", "peak", "full_lesson"] {
        let other = text.replace("minimum_time", kind);
        assert!(parse(&other).is_ok(), "{kind}");
    }
    let allowance = parse(&LEAST.replace("full_lesson\"", "full_lesson\"\nlate_ms = 1\nearly_ms = 2")).unwrap();
    assert_eq!((allowance.rule.late_ms, allowance.rule.early_ms), (Millis(1), Millis(2)));
}

#[test]
fn all_mistakes_are_reported_together_in_the_order_of_the_file() {
    let said = mistakes("organiser = \"O\"\ntitle = \"T\"\nzone = \"Asia/Palembang\"\nrule = 4\n");

    for part in [
        "line 1: `organiser` is not a known key (did you mean `organizer`?)",
        "line 3: `zone` is \"Asia/Palembang\"",
        "line 4: `rule` is integer, not a section",
        "`window.planned_start` is missing",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn contradictions_are_reported_together_with_what_resolves_them() {
    let text = LEAST.replace("09:30", "09:01").replace("full_lesson\"", "share\"\nshare_bp = 10001");

    let said = mistakes(&text);

    for part in ["`rule.grace_ms` (75000 ms) does not fit", "`rule.share_bp` is 10001", "plan a longer lesson"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn a_role_that_no_row_of_a_roster_can_have_is_refused() {
    let said = mistakes(&format!("{LEAST}[people]\nroles = [\"Peserta\"]\n"));

    assert!(said.contains("names \"Peserta\", which rosters call \"participant\""), "{said}");
}

#[test]
fn an_address_with_a_path_or_a_token_is_refused() {
    for bad in ["hadir.example", "https://h.example/x", "https://h.example/#t", "https://u@h.example", "ftp://h"] {
        let said = mistakes(&format!("public_url = \"{bad}\"\n{LEAST}"));
        assert!(said.contains("`public_url`"), "{bad}: {said}");
    }
    let good = parse(&format!("public_url = \"https://h.example:8443/\"\n{LEAST}")).unwrap();
    assert_eq!(good.public_url.as_deref(), Some("https://h.example:8443"));
}
