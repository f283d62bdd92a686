//! What happens to the personal data behind the log: it is erased, handed out sealed, and destroyed in the end.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{Digest, Pseudonym};

/// The most keys to which one sealed roster is encrypted.
pub const RECIPIENTS_MAX: usize = 16;

/// The longest key of a recipient.
pub const RECIPIENT_BYTES_MAX: usize = 200;

/// `erase`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Whose details were destroyed.
    pub p: Pseudonym,
    /// The staff side that did it.
    pub by: String,
}

/// `disclose`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosed {
    /// The public keys to which the sealed roster is encrypted.
    pub to: Vec<String>,
    /// How many persons it names.
    pub persons: u32,
    /// SHA-256 of the encrypted file.
    pub sha256: Digest,
}

impl Disclosed {
    /// Whether it says to whom.
    pub(in crate::domain) fn is_whole(&self) -> bool {
        let printable = |key: &String| {
            (1..=RECIPIENT_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        };
        (1..=RECIPIENTS_MAX).contains(&self.to.len()) && self.to.iter().all(printable)
    }
}

/// `retire`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retired {
    /// The staff side that did it.
    pub by: String,
}
