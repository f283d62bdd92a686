//! The participation checks as one connection sees them.

use super::{Asked, Effect, Session, State};
use crate::{
    domain::{
        rules::{PromptKind, Words},
        time::UnixMicros,
    },
    wire::{AnswerOutcome, ToPage},
};

/// How many answers to one check are recorded of a connection: more are guesses.
const TRIES_MAX: u8 = 10;

/// An answer that came right behind the hello, as from a phone that woke up for it: it waits for the join.
#[derive(Debug)]
pub(super) struct EarlyAnswer {
    pub(super) prompt: u64,
    pub(super) choice: String,
}

/// The newest check and what this connection made of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Check {
    asked: Asked,
    shown: bool,
    tries: u8,
    accepted: bool,
}

impl Check {
    fn new(asked: Asked) -> Self {
        Self { asked, shown: false, tries: 0, accepted: false }
    }

    fn message(&self) -> Effect {
        let Asked { prompt, kind, closes } = self.asked;
        Effect::Send(ToPage::Prompt { prompt: u64::from(prompt), kind, text: question(kind), closes_at: closes })
    }
}

/// What a check asks, in words.
fn question(kind: PromptKind) -> Words {
    let (id, en) = match kind {
        PromptKind::Press => (
            "Apakah Anda masih mengikuti pelajaran? Tekan tombol ini.",
            "Are you still following the lesson? Press the button.",
        ),
        PromptKind::Word => {
            ("Ketik kata yang sedang ditampilkan dalam pelajaran.", "Type the word that the lesson is showing now.")
        }
    };
    Words { id: id.to_owned(), en: en.to_owned() }
}

impl Session {
    /// A check was opened, or was open when this connection began.
    pub(super) fn prompt(&mut self, asked: Asked, now: UnixMicros, effects: &mut Vec<Effect>) {
        if self.check.as_ref().is_some_and(|known| known.asked.prompt >= asked.prompt) {
            return;
        }
        self.check = Some(Box::new(Check::new(asked)));
        self.ask(now, effects);
    }

    /// Asks what is open, once there is somebody who is counted.
    pub(super) fn ask(&self, now: UnixMicros, effects: &mut Vec<Effect>) {
        if let (State::Present(_), Some(check)) = (&self.state, &self.check)
            && now.floor_millis() <= check.asked.closes
        {
            effects.push(check.message());
        }
    }

    pub(super) fn shown(&mut self, prompt: u64, effects: &mut Vec<Effect>) {
        let (State::Present(presence), Some(check)) = (&self.state, &mut self.check) else { return };
        if u64::from(check.asked.prompt) == prompt && !check.shown {
            check.shown = true;
            effects.push(Effect::Shown { person: presence.person(), prompt: check.asked.prompt });
        }
    }

    /// An answer proves a living page, whatever it says.
    pub(super) fn answer(&mut self, prompt: u64, choice: &str, now: UnixMicros, effects: &mut Vec<Effect>) {
        if let State::Joining { early, .. } = &mut self.state {
            *early = Some(Box::new(EarlyAnswer { prompt, choice: choice.to_owned() }));
            return;
        }
        let State::Present(presence) = &mut self.state else { return };
        let (person, ending) = (presence.person(), presence.answer(now));
        match &mut self.check {
            Some(check) if u64::from(check.asked.prompt) == prompt => {
                if check.accepted {
                    effects.push(said(prompt, AnswerOutcome::Accepted));
                } else if check.tries >= TRIES_MAX {
                    effects.push(said(prompt, AnswerOutcome::Wrong));
                } else {
                    check.tries = check.tries.saturating_add(1);
                    let prompt = check.asked.prompt;
                    effects.push(Effect::Answer { person, prompt, choice: choice.to_owned() });
                }
            }
            Some(check) if (1..u64::from(check.asked.prompt)).contains(&prompt) => {
                effects.push(said(prompt, AnswerOutcome::Late));
            }
            Some(_) | None => effects.push(said(prompt, AnswerOutcome::Unknown)),
        }
        if let Some(end) = ending {
            self.end(end, now, effects);
        }
    }

    /// What an answer came to is durable.
    pub(super) fn answered(&mut self, prompt: u32, outcome: AnswerOutcome, effects: &mut Vec<Effect>) {
        if let Some(check) = self.check.as_mut().filter(|check| check.asked.prompt == prompt) {
            check.accepted |= outcome == AnswerOutcome::Accepted;
        }
        if matches!(self.state, State::Present(_)) {
            effects.push(said(u64::from(prompt), outcome));
        }
    }
}

fn said(prompt: u64, outcome: AnswerOutcome) -> Effect {
    Effect::Send(ToPage::Answered { prompt, outcome })
}
