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
fn a_promise_that_this_version_cannot_keep_is_refused() {
    for (later, said) in [
        ("presence = \"checkpoints\"", "line 9: `rule.presence` is \"checkpoints\", which this version does not know"),
        ("[prompts]\ncount = 3", "line 9: this version does not know `prompts.count`"),
        ("[ceilings]\n\na = 1\nb = 2", "line 9: this version does not know `ceilings.a`, `ceilings.b`"),
        ("[retention]\ndays = 30", "line 9: this version does not know `retention.days`"),
        ("[[venue]]\nname = \"Aula\"", "line 9: this version does not know `venue`"),
        ("[[venue]]", "line 9: this version does not know `venue`"),
        ("[prompts]\n[prompts.texts]", "line 9: this version does not know `prompts.texts`"),
    ] {
        let mistakes = mistakes(&format!("{LEAST}{later}\n"));
        assert!(mistakes.contains(said), "{later}: {mistakes}");
    }
    assert!(mistakes(&LEAST.replace("full_lesson", "prompts")).contains("`rule.kind` is \"prompts\""));
}

#[test]
fn a_section_that_promises_nothing_is_taken() {
    let least = parse(LEAST).unwrap();

    for empty in ["[prompts]", "[ceilings]", "[retention]", "[prompts]\n[ceilings]\n[retention]"] {
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
        .replace(
            "full_lesson\"",
            "minimum_time\"\nlate_ms = 1\nearly_ms = 2\ngrace_ms = 3\nminimum_ms = 4\nshare_bp = 5",
        );
    let sections = "continuous = true\n[liveness]\nchallenge_ms = 1000\nproof_max_gap_ms = 15000\n\
        [people]\nprimary_id = \"nip\"\npersons_per_device = 0\nopen_registration = true\n\
        open_registration_counts = true\nroles = [\"participant\", \"guru\"]\n";

    let declared = parse(&format!("{text}{sections}")).unwrap();

    let Declaration { rule, liveness, people, window, .. } = &declared;
    assert!(declared.rehearsal && declared.signals == Signals::Single && declared.public_url.is_some());
    assert_eq!((window.minimum_ms, window.tolerance_ms), (Millis(0), Millis(1)));
    assert_eq!((rule.late_ms, rule.early_ms, rule.grace_ms), (Millis(1), Millis(2), Millis(3)));
    assert_eq!((rule.minimum_ms, rule.share_bp, rule.continuous), (Some(Millis(4)), Some(5), true));
    assert_eq!((liveness.challenge_ms, liveness.proof_max_gap_ms), (Millis(1_000), Millis(15_000)));
    assert_eq!((people.primary_id.as_str(), people.persons_per_device, people.roles.len()), ("nip", 0, 2));
    assert!(people.open_registration && people.open_registration_counts);
    for kind in ["share", "peak", "full_lesson"] {
        let other = text.replace("minimum_time", kind);
        assert!(parse(&other).is_ok(), "{kind}");
    }
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
