//! `hadir roster forget`: a person's details are destroyed, and the log says so.

use std::path::Path;

use hadir::{
    domain::event::{Erased, Event, Side},
    evidence::progress,
    server::offline::{Offline, OfflineError},
};

use crate::commands::{Failure, block_on, open_and_hold, print, with_remedy};

with_remedy!(OfflineError);

/// What the log says of an erasure.
struct Logged {
    /// Whether it says so; it does not of somebody whom it never knew.
    known: bool,
    /// Whether the person could count until then.
    closed: bool,
}

pub(super) fn run(directory: &Path, id: &str) -> Result<(), Failure> {
    let (attempt, lock) = open_and_hold(directory)?;
    let mut store = attempt.open_people()?;
    let person = store.find(id)?;
    let p = attempt.keys.pseudonyms().person(person);
    // The log first: a crash before the keys are gone leaves somebody whom the same command erases again; the other
    // way round nobody could be found any more to be logged.
    let logged = if attempt.is_open() {
        Some(block_on(async {
            let mut log = Offline::open(&attempt, lock, &progress::unseen).await?;
            let (known, closed) = (log.attendance().knows(p), log.attendance().is_closed());
            if known && !log.attendance().is_erased(p) {
                log.log(Event::Erased(Erased { p, by: Side::Organizer.name().to_owned() })).await?;
            }
            log.sign().await?;
            store.forget(person)?;
            Ok::<_, Failure>(Logged { known, closed })
        })??)
    } else {
        store.forget(person)?;
        None
    };
    print(format!("the details of {id} are erased; their link is no longer valid"))?;
    match logged {
        Some(Logged { known: true, closed: true }) => {
            print("the log says so; the attempt was closed before, so that the count stays as it is")?;
        }
        Some(Logged { known: true, closed: false }) => {
            print("the log says so; they count no longer. That the link is withdrawn is logged at the next start")?;
        }
        Some(Logged { known: false, .. }) | None => {}
    }
    print(
        "note: attempts that `hadir init --from` made have their own copy; copies and links that were sent are not known here",
    )
}
