//! Everything that the fold keeps up to date, counted anew by looking at everybody.

use proptest::prelude::*;

use crate::domain::{
    attendance::Attendance,
    concurrency::Edges,
    ids::Tag,
    person::{Person, PersonIndex},
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

/// Derives from the log's own facts whether somebody is held, and for what.
fn recount_holds(attendance: &Attendance, index: PersonIndex, person: &Person) -> Result<(), TestCaseError> {
    if person.stands_for.is_some() {
        prop_assert!(!person.eligible, "{:?} repeats another row", person.pseudonym);
        return Ok(());
    }
    let shares = shares_device(attendance, index);
    prop_assert_eq!(person.shares_device, shares, "whether {:?} shares a device", person.pseudonym);
    Ok(())
}

/// Whether as many others as are declared came to one of their devices before them.
fn shares_device(attendance: &Attendance, index: PersonIndex) -> bool {
    let most = attendance.opened.as_ref().unwrap().declaration.people.persons_per_device as usize;
    let theirs = attendance.connections.iter().filter(|one| one.person == index).filter_map(|one| one.device);
    let before = |device: Tag| {
        let on_it = attendance.connections.iter().filter(|one| one.device == Some(device)).map(|one| one.person);
        on_it.take_while(|other| *other != index).collect::<std::collections::BTreeSet<_>>().len()
    };
    most > 0 && theirs.into_iter().any(|device| before(device) >= most)
}
