//! Checks that are opened and answered, and scans at a door.

use hadir::domain::{
    event::{Answered, Event, Method, Prompted, Scanned, Shown, Way},
    ids::{ConnectionId, NodeEpoch, NodeId, ScanId},
    rules::PromptKind,
    time::{Millis, UnixMicros, UnixMillis},
};

use super::{ADDED_FROM, LESSON_MS, Teller, pseudonym};

impl Teller {
    fn now(&self) -> UnixMillis {
        UnixMicros(self.now_us).floor_millis()
    }

    /// Whether the lesson runs now: started, not ended, and not past its plan.
    pub(super) fn is_running(&self) -> bool {
        let Some(started) = self.started.filter(|_| self.ended.is_none() && !self.closed) else { return false };
        let start = self.history.facts[started.0 as usize].at.wall.floor_millis();
        let end = if self.rehearsal { start.plus(Millis(LESSON_MS)) } else { self.planned_end };
        self.now() < end.max(start)
    }

    pub(super) fn prompt(&mut self, lasts_ms: u64) {
        if !self.is_running() || self.asked_until.is_some_and(|closes| self.now() <= closes) {
            return;
        }
        let closes = self.now().plus(Millis(lasts_ms));
        self.prompts += 1;
        self.asked_until = Some(closes);
        self.log(Event::Prompted(Box::new(Prompted {
            prompt: self.prompts,
            kind: PromptKind::Press,
            place: None,
            due: None,
            closes: closes.to_micros(),
            word: None,
            by: "adjudicator".into(),
        })));
    }

    pub(super) fn answer(&mut self, pick: u8, right: bool) {
        if self.open.is_empty() || self.prompts == 0 {
            return;
        }
        let (s, p) = self.open[usize::from(pick) % self.open.len()];
        let (prompt, choice) = (self.prompts, right.then(|| "HERE".to_owned()));
        self.log(Event::Shown(Shown { p, s, prompt }));
        self.log(Event::Answered(Answered { p, s, prompt, choice }));
    }

    pub(super) fn scan(&mut self, person: u8, venue: u8, way: Way, back_us: i64) {
        if person >= ADDED_FROM && !self.added.contains(&person) {
            return;
        }
        let made = UnixMicros(self.now_us - back_us);
        self.scans += 1;
        let mut scan = [0; 16];
        scan[..8].copy_from_slice(&self.scans.to_be_bytes());
        self.log(Event::Scanned(Box::new(Scanned {
            scan: ScanId(scan),
            p: pseudonym(person),
            s: ConnectionId { at: NodeEpoch { node: NodeId(9), epoch: 1 }, serial: self.scans },
            venue: ["hall", "gym"][usize::from(venue % 2)].into(),
            door: "main".into(),
            way,
            method: Method::Scanner,
            card: false,
            made,
            device: made,
            by: "steward".into(),
        })));
    }
}
