//! What somebody can do whose signal the rules refuse.

use crate::{
    domain::{check_refusal::PromptRefusal, refusal::SignalRefusal},
    server::handle::Refused,
};

/// A refused signal in words for the one who gave it.
pub(super) fn refused(refusal: SignalRefusal) -> Refused {
    let remedy = match refusal {
        SignalRefusal::NotOpen => "open the attempt first".to_owned(),
        SignalRefusal::Given(_) => "nothing is to be done: the signal stands".to_owned(),
        SignalRefusal::NothingGiven => "nothing is to be done: no signal stands".to_owned(),
        SignalRefusal::NotStarted => "give the start signal first".to_owned(),
        SignalRefusal::OutsideTolerance { planned, tolerance } => {
            format!("give it within {} s of {planned}, or declare a new attempt", tolerance.0.div_euclid(1_000))
        }
        SignalRefusal::TooShort(earliest) => format!("wait until {earliest}"),
        SignalRefusal::NoNonce => "let the adjudicator enter a nonce on the page /live first".to_owned(),
        SignalRefusal::Closed => "export the bundle; nothing more is recorded".to_owned(),
    };
    Refused { reason: refusal.to_string(), remedy }
}

/// What is refused of the participation checks, in words for the one who asked.
pub(super) fn prompt_refused(refusal: PromptRefusal) -> Refused {
    let remedy = match refusal {
        PromptRefusal::NoPlan => "declare [prompts] before the attempt opens",
        PromptRefusal::NonceGiven => "nothing is to be done: the nonce stands",
        PromptRefusal::Started => "nothing is to be done: the times were drawn at the start",
        PromptRefusal::NotRunning => "open checks between the start and the end of the lesson",
        PromptRefusal::Open(_) => "wait until it is over: two at once would be one",
        PromptRefusal::Place(_) => "nothing is to be done: it was opened",
        PromptRefusal::Early | PromptRefusal::TooEarly => "wait",
        PromptRefusal::Unknown(_) | PromptRefusal::Number(_) => "load the page again",
        PromptRefusal::Commitment
        | PromptRefusal::Closes
        | PromptRefusal::AnotherSeed
        | PromptRefusal::Moved(_)
        | PromptRefusal::NotRevealed => "report this as a defect: the log and the attempt's keys do not agree",
    };
    Refused { reason: refusal.to_string(), remedy: remedy.to_owned() }
}
