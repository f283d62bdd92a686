//! How events are written and read.

use super::*;

fn written(event: Event) -> String {
    let at = Reading { wall: UnixMicros(1_795_486_330_123_456), boot: BootMicros(610_123_456) };
    let previous = Stamp { index: EntryIndex(12_344), at };
    String::from_utf8(stamp(Some(previous), &Fact { at, event }).unwrap().bytes).unwrap()
}

fn joined() -> Event {
    Event::Joined(Joined {
        p: Pseudonym([1; 16]),
        s: "n1.3-388".parse().unwrap(),
        channel: Channel::Online,
        via: Via::Ws,
        d: None,
        n: Some(Tag([2; 10])),
    })
}

#[test]
fn a_join_is_written_as_outside_tools_read_it() {
    assert_eq!(
        written(joined()),
        concat!(
            r#"{"v":1,"i":12345,"k":"join","t":"2026-11-24T02:12:10.123456Z","m":610123456,"#,
            r#""p":"paeaqcaibaeaqcaibaeaqcaibae","s":"n1.3-388","channel":"online","via":"ws","d":null,"#,
            r#""n":"aibaeaqcaibaeaqc"}"#
        )
    );
}

#[test]
fn an_event_is_read_back_from_its_line() {
    let node = "n1.3".parse().unwrap();
    let events = [
        joined(),
        Event::Left(Left {
            p: Pseudonym([1; 16]),
            s: "n1.3-388".parse().unwrap(),
            last: UnixMicros(5),
            why: Why::Silent,
        }),
        Event::Beat(Beat { node, horizon: UnixMicros(7), except: vec!["n1.3-2".parse().unwrap()] }),
        Event::Signalled(Signalled::new(Signal::Start, "organizer \"\u{1F600}\"".into())),
        Event::Signalled(Signalled {
            signal: Signal::Void,
            by: "organizer".into(),
            voids: Some(EntryIndex(7)),
            acts: None,
        }),
        Event::Restarted(Restarted { node, beat: None }),
        Event::Revoked(Revoked { p: Pseudonym([1; 16]), issue: 2 }),
        Event::Erased(Erased { p: Pseudonym([1; 16]), by: "organizer".into() }),
        Event::Disclosed(Disclosed { to: vec!["age1abc".into()], persons: 7, sha256: Digest([3; 32]) }),
        Event::Retired(Retired { by: "organizer".into() }),
        Event::Closed(Closed { by: "organizer".into() }),
    ];
    for event in events {
        assert_eq!(Entry::parse(written(event.clone()).as_bytes()).unwrap().event, event);
    }
}

#[test]
fn log_time_never_runs_back_for_a_fact_that_waited() {
    let late = Reading { wall: UnixMicros(10), boot: BootMicros(10) };
    let early = Reading { wall: UnixMicros(9), boot: BootMicros(9) };
    let first = stamp(None, &Fact { at: late, event: joined() }).unwrap();

    let second = stamp(Some(first.stamp), &Fact { at: early, event: joined() }).unwrap();

    assert_eq!((second.stamp.index, second.stamp.at), (EntryIndex(1), late));
}

#[test]
fn a_line_of_another_version_or_kind_or_with_anothers_field_is_refused() {
    let line = written(joined());
    for changed in [
        line.replace(r#""v":1"#, r#""v":2"#),
        line.replace(r#""k":"join""#, r#""k":"jump""#),
        line.replace(r#""d":null"#, r#""extra":1"#),
        line.replace(r#""d":null"#, r#""d":null,"beat":3"#),
        line.replace(r#"{"v":1,"#, r#"{ "v":1,"#),
        line.replace(r#""p":"paeaqcaibaeaqcaibaeaqcaibae","#, ""),
        line.replace(r#""d":null"#, r#""d":null,"d":null"#),
    ] {
        assert!(Entry::parse(changed.as_bytes()).is_err(), "{changed}");
    }
}
