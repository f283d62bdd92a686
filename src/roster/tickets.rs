//! Tickets: each person's authenticated personal link, valid in every attempt of the event.

use data_encoding::BASE64URL_NOPAD;
use pasetors::{
    Local,
    keys::SymmetricKey,
    token::UntrustedToken,
    version4::{LocalToken, V4},
};
use sha2::{Digest as _, Sha256};

use super::secrets::PeopleKeys;
use crate::domain::ids::PersonId;

/// The payload's format.
const VERSION: u8 = 1;

/// The payload: format, person, issue number.
const PAYLOAD_BYTES: usize = 21;

/// Longer texts are no tickets: they are not worth decoding.
const TICKET_CHARS_MAX: usize = 256;

/// What an authentic ticket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whose it is.
    pub person: PersonId,
    /// Which of their tickets, from 1: a later issue withdraws the earlier ones.
    pub issue: u32,
}

/// Why a ticket is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Open or copy the whole link again.
    #[error("the link is damaged or was cut off")]
    Damaged,
    /// Use the link of this event.
    #[error("the link belongs to another event")]
    OtherEvent,
    /// Use the newest link, or ask the organizer for one.
    #[error("the link was replaced by a newer one")]
    Revoked,
    /// Ask the organizer for a link: the person was taken off the roster.
    #[error("the link belongs to nobody on the roster")]
    Unknown,
}

/// A ticket could not be made: the operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ticket could not be sealed")]
pub struct SealError;

/// Makes and reads the tickets of one event.
#[derive(Clone, Debug)]
pub struct Tickets {
    key: SymmetricKey<V4>,
    /// Bound into each ticket's authentication without being sent.
    event: [u8; 16],
    /// Sent in the clear, so that another event's ticket can be told from a damaged one.
    footer: [u8; 4],
}

impl Tickets {
    /// The tickets of the event that has these keys.
    ///
    /// # Errors
    /// Never for a secret of 32 bytes; the caller reports it as a defect.
    pub fn new(keys: &PeopleKeys) -> Result<Self, SealError> {
        let key = SymmetricKey::from(&keys.tickets.0).map_err(|_| SealError)?;
        let mut footer = [0; 4];
        for (byte, hashed) in footer.iter_mut().zip(Sha256::digest(keys.event.0)) {
            *byte = hashed;
        }
        Ok(Self { key, event: keys.event.0, footer })
    }

    /// A ticket as text; each call gives another text for the same meaning.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn seal(&self, ticket: Ticket) -> Result<String, SealError> {
        let mut payload = vec![VERSION];
        payload.extend(ticket.person.0);
        payload.extend(ticket.issue.to_be_bytes());
        // The library takes text only; 21 bytes are 28 characters without padding.
        let text = BASE64URL_NOPAD.encode(&payload);
        LocalToken::encrypt(&self.key, text.as_bytes(), Some(&self.footer), Some(&self.event)).map_err(|_| SealError)
    }

    /// What a ticket says, if it is authentic. Whether it is the newest is the directory's to say.
    ///
    /// # Errors
    /// When it is damaged or another event's.
    pub fn read(&self, text: &str) -> Result<Ticket, TicketError> {
        if text.len() > TICKET_CHARS_MAX {
            return Err(TicketError::Damaged);
        }
        let token = UntrustedToken::<Local, V4>::try_from(text).map_err(|_| TicketError::Damaged)?;
        if token.untrusted_footer().len() == self.footer.len() && token.untrusted_footer() != self.footer {
            return Err(TicketError::OtherEvent);
        }
        let opened = LocalToken::decrypt(&self.key, &token, Some(&self.footer), Some(&self.event))
            .map_err(|_| TicketError::Damaged)?;
        let bytes = BASE64URL_NOPAD.decode(opened.payload().as_bytes()).map_err(|_| TicketError::Damaged)?;
        parse_payload(&bytes).ok_or(TicketError::Damaged)
    }
}

fn parse_payload(bytes: &[u8]) -> Option<Ticket> {
    let bytes: &[u8; PAYLOAD_BYTES] = bytes.try_into().ok()?;
    let (version, rest) = bytes.split_first()?;
    let (person, issue) = rest.split_first_chunk()?;
    let issue = u32::from_be_bytes(issue.try_into().ok()?);
    (*version == VERSION).then_some(Ticket { person: PersonId(*person), issue })
}
