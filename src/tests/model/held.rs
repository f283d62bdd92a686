//! Who is held for how they joined, in the rules' plainest words.

use hadir::domain::{
    event::{Event, Joined},
    ids::{ConnectionId, Pseudonym, Tag},
};

use super::reference::{Record, time_of};

impl Record<'_> {
    /// Whether they joined from a device from which as many others as are declared had joined before.
    pub(crate) fn shares_a_device(&self, person: Pseudonym) -> bool {
        let most = self.declared().people.persons_per_device as usize;
        let mut seen: Vec<ConnectionId> = Vec::new();
        let mut came: Vec<(Tag, Pseudonym)> = Vec::new();
        for entry in self.before_the_close() {
            let Event::Joined(joined) = &entry.event else { continue };
            if seen.contains(&joined.s) {
                continue;
            }
            seen.push(joined.s);
            let Some(device) = joined.d else { continue };
            let comer = self.counts_for(joined.p);
            if came.contains(&(device, comer)) {
                continue;
            }
            let before = came.iter().filter(|(tag, _)| *tag == device).count();
            came.push((device, comer));
            if most > 0 && before >= most && comer == person {
                return true;
            }
        }
        false
    }

    /// Whether both device and network changed in the lesson from one of their joins to the next.
    pub(crate) fn relays(&self, person: Pseudonym) -> bool {
        let (start, end) = self.lesson();
        let mut seen: Vec<ConnectionId> = Vec::new();
        let mut before: Option<&Joined> = None;
        for entry in self.before_the_close() {
            let Event::Joined(joined) = &entry.event else { continue };
            if self.counts_for(joined.p) != person || seen.contains(&joined.s) {
                continue;
            }
            seen.push(joined.s);
            let within = start < time_of(entry) && time_of(entry) < end;
            if within && before.is_some_and(|before| before.d != joined.d && before.n != joined.n) {
                return true;
            }
            before = Some(joined);
        }
        false
    }
}
