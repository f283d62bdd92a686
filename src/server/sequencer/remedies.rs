//! What somebody can do whose fact the rules refuse.

use crate::{
    domain::{
        fold::{
            check_refusal::PromptRefusal,
            refusal::{Refusal, SignalRefusal},
        },
        reviews::{acts::ActRefusal, claims::ClaimRefusal, versions::VersionRefusal},
    },
    server::handle::Refused,
};

/// A refused fact in words for the one who submitted it.
pub(super) fn refused(refusal: &Refusal) -> Refused {
    let (reason, remedy) = match refusal {
        Refusal::Signal(refusal) => return signal_refused(*refusal),
        Refusal::Act(refusal) => return act_refused(refusal),
        Refusal::Prompt(refusal) => return prompt_refused(*refusal),
        Refusal::Version(refusal) => return version_refused(*refusal),
        Refusal::Claim(refusal) => return claim_refused(*refusal),
        Refusal::UnknownPerson(_) => {
            ("the log does not know this person".to_owned(), "start the hub again: it adds who is new on the roster")
        }
        Refusal::Entry(_)
        | Refusal::OutOfPlace { .. }
        | Refusal::TimeRunsBack
        | Refusal::Opening
        | Refusal::Rehearsal
        | Refusal::AnotherRoster(_)
        | Refusal::AnotherPerson(_)
        | Refusal::AnotherRun(_)
        | Refusal::NeverBegan(_)
        | Refusal::Began(_)
        | Refusal::AnotherBeat
        | Refusal::NoLink
        | Refusal::NoCounter(_)
        | Refusal::Complete
        | Refusal::ProvesTheFuture
        | Refusal::UnknownDoor { .. }
        | Refusal::Group(_) => {
            (refusal.to_string(), "load the page again; where that does not help, report it as a defect")
        }
    };
    Refused { reason, remedy: remedy.to_owned() }
}

/// A refused signal in words for the one who gave it.
pub(super) fn signal_refused(refusal: SignalRefusal) -> Refused {
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
        SignalRefusal::NotOver => "give the end signal first: a closed attempt cannot be opened again".to_owned(),
        SignalRefusal::Closed => "export the bundle; nothing more is recorded".to_owned(),
    };
    Refused { reason: refusal.to_string(), remedy }
}

/// What is refused of the participation checks, in words for the one who asked.
fn prompt_refused(refusal: PromptRefusal) -> Refused {
    let remedy = match refusal {
        PromptRefusal::NoPlan => "declare [prompts] before the attempt opens",
        PromptRefusal::NonceGiven => "nothing is to be done: the nonce stands",
        PromptRefusal::Started => "nothing is to be done: the times were drawn at the start",
        PromptRefusal::NotRunning => "open checks between the start and the end of the lesson",
        PromptRefusal::Open(_) => "wait until it is over: two at once would be one",
        PromptRefusal::Place(_) => "nothing is to be done: it was opened",
        PromptRefusal::Revealed => "nothing is to be done: the lesson's checks are over",
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

/// A refused claim in words for the participant.
fn claim_refused(refusal: ClaimRefusal) -> Refused {
    let remedy = match refusal {
        ClaimRefusal::None | ClaimRefusal::Late(_) => "ask the organizer",
        ClaimRefusal::Early => "wait for the end of the lesson",
        ClaimRefusal::Made(_) => "nothing is to be done: it is recorded, and will be answered",
        ClaimRefusal::Unknown(_) => "open your personal link of this attempt",
    };
    Refused { reason: refusal.to_string(), remedy: remedy.to_owned() }
}

/// A refused version of the declaration in words for the one who handed it in.
fn version_refused(refusal: VersionRefusal) -> Refused {
    let remedy = match refusal {
        VersionRefusal::NotEnrolled => "enrol on the page /staff with your personal link",
        VersionRefusal::TooLong => {
            "leave the comments out; with many halls, shorten their names before the attempt opens"
        }
        VersionRefusal::TooMany => "keep to the version in force",
        VersionRefusal::Contradictory => "correct it: `hadir declaration check` says what is wrong",
        VersionRefusal::Fixed(_) => {
            "put it back as it was: rule, ceilings, roles, title, claims and retention can change"
        }
        VersionRefusal::Same => "nothing is to be done",
    };
    Refused { reason: refusal.to_string(), remedy: remedy.to_owned() }
}

/// What is refused of people who act, in words for the one who asked.
fn act_refused(refusal: &ActRefusal) -> Refused {
    let remedy = match refusal {
        ActRefusal::Signal(signal) => return signal_refused(*signal),
        ActRefusal::Statement(_) => "load the page again, and sign with the key that this browser has enrolled",
        ActRefusal::NotEnrolled => "enrol on the page /staff with your personal link",
        ActRefusal::Started => "let somebody act who enrolled before the start",
        ActRefusal::Foreign => "open your personal link of this attempt",
        ActRefusal::Repeated => "nothing is to be done: it is recorded",
        ActRefusal::NotOpen(_) => "load the page again: it was decided meanwhile",
        ActRefusal::OtherSide => "let another person act for this side; nobody acts for both",
        ActRefusal::Counts(_) => "import them with the role under which they act before the attempt opens",
        ActRefusal::SameSide => "let somebody of the other side decide",
        ActRefusal::NotStrikeable(_) => {
            "check the person; they are on no roster, are struck out, or wait for a decision"
        }
        ActRefusal::NotHeld(_) => {
            "decline a release that has nothing left to end; a strike is decided or reversed by itself"
        }
        ActRefusal::HeldOtherwise(_) => "look the person up again, and propose the release anew",
        ActRefusal::NotMergeable { .. } => {
            "check the two persons: they are on the roster, and nothing is open about them"
        }
        ActRefusal::NotDetected => "name an outage that the page lists, within its time",
        ActRefusal::NothingToBridge => "leave it; the rule does not ask for it",
        ActRefusal::NoVersion(_) => "hand the version in first; one that came into force once stays in the list",
        ActRefusal::NoClaim(_) => "load the page again",
        ActRefusal::NotClosed => "close the attempt first",
        ActRefusal::Independent => "let the adjudicator, a witness or a timekeeper do it",
        ActRefusal::Timekeeper => "let a timekeeper enter what their own clock said",
        ActRefusal::NoSignal => "wait until the signal is given",
        ActRefusal::NotDrawn(_) => "look in sample.csv who was drawn",
        ActRefusal::NoStrike(_) => "load the page again: it was reversed, or never confirmed",
        ActRefusal::Unsigned => "sign it on the page /staff; the other side confirms it there",
    };
    Refused { reason: refusal.to_string(), remedy: remedy.to_owned() }
}
