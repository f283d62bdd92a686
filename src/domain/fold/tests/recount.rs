//! Everything that the fold keeps up to date, counted anew by looking at everybody.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::domain::{
    fold::{
        attendance::Attendance,
        concurrency::Edges,
        holds::Hold,
        intervals::Interval,
        person::{Person, PersonIndex},
        presence::Proofs,
    },
    ids::{EntryIndex, Pseudonym, Tag},
    reviews::{acts::Decision, deed::Deed, versions::may_count_under},
    time::UnixMillis,
};

/// Recounts everything that the fold keeps up to date, by looking at everybody.
pub(super) fn recount(attendance: &Attendance) -> Result<(), TestCaseError> {
    let (terms, now) = attendance.terms.as_ref().zip(attendance.now()).unwrap();
    let (mut strict, mut bridged) = (Edges::default(), Edges::default());
    let far = UnixMillis(i64::MAX);
    let mut counts = [0_u64; 7];
    for (place, person) in attendance.persons.iter().enumerate() {
        recount_holds(attendance, PersonIndex(place), person)?;
        recount_proofs(attendance, PersonIndex(place), person)?;
        let mut whole = person.clone();
        whole.unsettle();
        let mut standing = terms.standing(&whole.evidence(terms, now), now);
        if !person.eligible {
            standing = standing.of_somebody_who_does_not_count();
        }
        // Time present grows by itself and is read when it is asked for; what is counted must not be stale.
        standing.present_ms = person.standing.present_ms;
        prop_assert_eq!(person.standing, standing, "{:?} at {:?}", person.pseudonym, now);
        let counted = [
            standing.in_lesson,
            standing.full_lesson,
            standing.qualifies && person.eligible,
            standing.qualifies_strict && person.eligible,
            standing.can_qualify,
            standing.active_or_not,
            person.presence.is_open() && person.eligible,
        ];
        counts.iter_mut().zip(counted).for_each(|(count, one)| *count += u64::from(one));
        if person.eligible {
            let mut last = None;
            person.presence.for_each_stretch(0, far, |stretch| {
                strict.add_interval(stretch, 1);
                let from = last.filter(|last| terms.bridges(*last, stretch.start)).unwrap_or(stretch.start);
                bridged.add(from, 1);
                bridged.add(stretch.end, -1);
                last = Some(stretch.end);
            });
        }
    }
    let kept = attendance.counts;
    let kept = [
        kept.in_lesson,
        kept.full_lesson,
        kept.qualify,
        kept.qualify_strict,
        kept.can_qualify,
        kept.active_or_not,
        kept.present,
    ];
    prop_assert_eq!(kept, counts);
    for instant in 990..now.0 + 3 {
        let at = UnixMillis(instant);
        prop_assert_eq!(attendance.concurrency.strict.at(at), strict.at(at), "strict at {}", instant);
        prop_assert_eq!(attendance.concurrency.bridged.at(at), bridged.at(at), "bridged at {}", instant);
    }
    Ok(())
}

/// Unites anew what everything proves that has ended.
fn recount_proofs(attendance: &Attendance, index: PersonIndex, person: &Person) -> Result<(), TestCaseError> {
    let mut proofs = Proofs::default();
    for one in attendance.connections.iter().filter(|one| one.person == index) {
        if let Some(ended) = one.ended {
            proofs.add(Interval { start: one.joined, end: ended.last_proof });
        }
    }
    for stay in person.hall.iter().flat_map(|hall| &hall.stays) {
        proofs.add(Interval { start: stay.from, end: stay.to });
    }
    prop_assert_eq!(person.presence.ended(), &proofs, "what is proved of {:?}", person.pseudonym);
    Ok(())
}

/// Derives from the log's own facts whether somebody is held, and for what.
fn recount_holds(attendance: &Attendance, index: PersonIndex, person: &Person) -> Result<(), TestCaseError> {
    if person.stands_for.is_some() {
        prop_assert!(!person.eligible, "{:?} repeats another row", person.pseudonym);
        return Ok(());
    }
    let name = person.pseudonym;
    let mut holds = shared_devices(attendance, index);
    holds.extend(late_scans(attendance, index));
    holds.extend(relays(attendance, index));
    prop_assert_eq!(&person.holds, &holds, "what holds {:?}", name);
    prop_assert_eq!(&person.released, &released(attendance, index), "what {:?} is released from", name);
    prop_assert_eq!(u64::from(person.accused), accused(attendance, index), "how often {:?} is accused", name);
    prop_assert_eq!(person.struck, struck(attendance, index), "whether {:?} is struck out", name);
    let countable = may_count_under(person, &attendance.opened.as_ref().unwrap().declaration);
    let held = !person.held_for().is_empty() || person.accused > 0 || person.struck.is_some();
    prop_assert_eq!(person.eligible, countable && !held, "whether {:?} counts", name);
    Ok(())
}

fn is(attendance: &Attendance, name: Pseudonym, index: PersonIndex) -> bool {
    attendance.by_name.get(&name).is_some_and(|named| attendance.counted_as(*named) == index)
}

fn late_scans(attendance: &Attendance, index: PersonIndex) -> BTreeSet<Hold> {
    let most = attendance.opened.as_ref().unwrap().declaration.hall.delay_ms;
    let theirs = attendance.scans().iter().filter(|scan| is(attendance, scan.person, index));
    theirs.filter(|scan| scan.received.since(scan.made) > most).map(|scan| Hold::LateScan(scan.scan)).collect()
}

/// What two sides have released them from.
fn released(attendance: &Attendance, index: PersonIndex) -> BTreeSet<Hold> {
    let confirmed = attendance.acts().filter(|act| matches!(act.decision, Some(Decision::Confirmed(_))));
    let releases =
        confirmed.filter(|act| matches!(&act.deed, Deed::Release { person, .. } if is(attendance, *person, index)));
    releases.flat_map(|act| act.held.iter().copied()).collect()
}

/// With which of their connections in the lesson device and network both had changed from the one before that has both.
fn relays(attendance: &Attendance, index: PersonIndex) -> BTreeSet<Hold> {
    let Some(lesson) = attendance.window() else { return BTreeSet::new() };
    let theirs = attendance.connections.iter().filter(|one| one.person == index);
    let theirs: Vec<_> = theirs.filter(|one| one.device.is_some() && one.network.is_some()).collect();
    let changed = theirs.windows(2).filter(|pair| {
        let within = lesson.start < pair[1].joined && pair[1].joined < lesson.end;
        within && pair[0].device != pair[1].device && pair[0].network != pair[1].network
    });
    let declared = attendance.opened.as_ref().unwrap().declaration.people.hold_relays;
    changed.filter(|_| declared).map(|pair| Hold::Relay(pair[1].id)).collect()
}

/// The proposals to strike them out that wait for a decision.
fn accused(attendance: &Attendance, index: PersonIndex) -> u64 {
    let open = attendance.acts().filter(|act| act.decision == Some(Decision::Open));
    let theirs = |deed: &Deed| matches!(deed, Deed::Strike { person, .. } if is(attendance, *person, index));
    open.filter(|act| theirs(&act.deed)).count() as u64
}

/// The newest strike of them that two sides confirmed and did not take back.
fn struck(attendance: &Attendance, index: PersonIndex) -> Option<EntryIndex> {
    let confirmed = || attendance.acts().filter(|act| matches!(act.decision, Some(Decision::Confirmed(_))));
    let strikes =
        confirmed().filter(|act| matches!(&act.deed, Deed::Strike { person, .. } if is(attendance, *person, index)));
    let reversed = |entry: EntryIndex| {
        confirmed().any(|act| matches!(&act.deed, Deed::Reverse { strike, .. } if *strike == entry))
    };
    strikes.map(|act| act.entry).filter(|entry| !reversed(*entry)).last()
}

/// Their devices to which as many others as are declared came before them.
fn shared_devices(attendance: &Attendance, index: PersonIndex) -> BTreeSet<Hold> {
    let most = attendance.opened.as_ref().unwrap().declaration.people.persons_per_device as usize;
    let theirs = attendance.connections.iter().filter(|one| one.person == index).filter_map(|one| one.device);
    let before = |device: Tag| {
        let on_it = attendance.connections.iter().filter(|one| one.device == Some(device)).map(|one| one.person);
        on_it.take_while(|other| *other != index).collect::<BTreeSet<_>>().len()
    };
    theirs.filter(|device| most > 0 && before(*device) >= most).map(Hold::SharedDevice).collect()
}
