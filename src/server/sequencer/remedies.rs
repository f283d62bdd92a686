//! What somebody can do whose signal the rules refuse.

use crate::{domain::refusal::SignalRefusal, server::handle::Refused};

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
        SignalRefusal::Closed => "export the bundle; nothing more is recorded".to_owned(),
    };
    Refused { reason: refusal.to_string(), remedy }
}
