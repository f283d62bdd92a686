//! The keys that protect people, as the caller hands them over, and the source of random bytes.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// HMAC-SHA-256, the only keyed function of this module.
pub(super) type KeyedHash = Hmac<Sha256>;

/// 32 secret bytes; they never show in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub [u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl Secret {
    /// The keyed hash with this key, ready for its message.
    pub(super) fn hash(&self) -> KeyedHash {
        let mut block = [0; 64];
        // HMAC pads a short key with zeros; doing it here leaves no length that could be wrong.
        for (byte, secret) in block.iter_mut().zip(self.0) {
            *byte = secret;
        }
        KeyedHash::new(&block.into())
    }

    /// An independent secret for one purpose.
    fn derive(&self, purpose: &str) -> Self {
        let mut hash = self.hash();
        hash.update(b"hadir.people.v1\0");
        hash.update(purpose.as_bytes());
        Self(hash.finalize().into_bytes().into())
    }
}

/// The first `N` bytes of a keyed hash.
pub(super) fn truncated<const N: usize>(hash: KeyedHash) -> [u8; N] {
    let mut bytes = [0; N];
    for (byte, hashed) in bytes.iter_mut().zip(hash.finalize().into_bytes()) {
        *byte = hashed;
    }
    bytes
}

/// Which event a ticket is for: all attempts and rehearsals of one event share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventId(pub [u8; 16]);

/// The keys of one event's people; every attempt of the event has the same ones, so that links stay valid.
#[derive(Clone, Debug)]
pub struct PeopleKeys {
    /// The event that tickets are bound to.
    pub event: EventId,
    /// Wraps each person's own key.
    pub details: Secret,
    /// Makes the index of identifiers: a plain hash of a NIK can be searched in seconds.
    pub identifiers: Secret,
    /// Authenticates tickets.
    pub tickets: Secret,
}

impl PeopleKeys {
    /// All keys from one random seed, so that one small file is to be kept and copied.
    #[must_use]
    pub fn from_seed(seed: &Secret) -> Self {
        let event = truncated(seed.derive("event").hash());
        Self {
            event: EventId(event),
            details: seed.derive("details"),
            identifiers: seed.derive("identifiers"),
            tickets: seed.derive("tickets"),
        }
    }
}

/// The operating system gave no random bytes: nothing was stored; look at why, then try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoEntropy;

/// Where random bytes come from; tests put a reproducible source in its place.
pub trait Entropy {
    /// Fills `bytes` with random ones.
    ///
    /// # Errors
    /// When the source has none.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The operating system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }
}

/// `N` random bytes.
pub(super) fn random<const N: usize>(entropy: &mut dyn Entropy) -> Result<[u8; N], NoEntropy> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}
