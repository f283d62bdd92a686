//! Names and tags of one attempt's log: keyed, so that they say who is the same and nothing else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hmac::Mac;
use sha2::{Digest as _, Sha256};

use super::secrets::{KeyedHash, Secret, truncated};
use crate::domain::{
    accounts::summary::UNKNOWN_GROUP,
    ids::{Digest, PersonId, Pseudonym, Tag},
};

/// The label of people of whom no school and no region is known: the one that subtotals list persons without a group
/// under. No place gets it, since the label of a place is a tag.
pub const GROUP_UNKNOWN: &str = UNKNOWN_GROUP;

/// Derives every name that an attempt's log carries from the attempt's key; another attempt's key gives other names.
#[derive(Clone)]
pub struct Pseudonyms {
    /// The keyed hash with the key already absorbed: copying it is cheaper than beginning anew at each join.
    keyed: KeyedHash,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(hidden)")
    }
}

impl Pseudonyms {
    /// The names of the attempt that has this key.
    #[must_use]
    pub fn new(attempt: &Secret) -> Self {
        Self { keyed: attempt.hash() }
    }

    /// A person's name in this attempt.
    #[must_use]
    pub fn person(&self, person: PersonId) -> Pseudonym {
        Pseudonym(self.derive(b"p\0", &person.0))
    }

    /// The tag of a browser, from the random id that it keeps for itself.
    #[must_use]
    pub fn device(&self, device: &str) -> Tag {
        Tag(self.derive(b"d\0", device.as_bytes()))
    }

    /// The tag of the network that an address belongs to: its /24, or its /48 for IPv6.
    #[must_use]
    pub fn network(&self, address: IpAddr) -> Tag {
        // An IPv4 address keeps its tag when a proxy reports it in its IPv6 form.
        match address.to_canonical() {
            IpAddr::V4(v4) => Tag(self.derive(b"n\0", &network_v4(v4))),
            IpAddr::V6(v6) => Tag(self.derive(b"n\0", &network_v6(v6))),
        }
    }

    /// The label of a school or region: equal places get equal labels, and a small school cannot be read from it.
    #[must_use]
    pub fn group(&self, place: Option<&str>) -> String {
        let Some(place) = place else { return GROUP_UNKNOWN.to_owned() };
        let tag = Tag(self.derive(b"g\0", place.to_lowercase().as_bytes()));
        format!("g{tag}")
    }

    /// The salt of a person's commitment in this attempt: without it, equal commitments would link two attempts.
    #[must_use]
    pub fn salt(&self, own: &[u8; 16]) -> [u8; 16] {
        self.derive(b"c\0", own)
    }

    fn derive<const N: usize>(&self, kind: &[u8; 2], of: &[u8]) -> [u8; N] {
        let mut hash = self.keyed.clone();
        hash.update(kind);
        hash.update(of);
        truncated(hash)
    }
}

/// The salted commitment to a person's details, which can be opened by showing both.
#[must_use]
pub fn commitment(salt: &[u8; 16], details: &str) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"c\0");
    hash.update(salt);
    hash.update(details.as_bytes());
    Digest(hash.finalize().into())
}

/// The family and the first 24 bits.
fn network_v4(address: Ipv4Addr) -> [u8; 4] {
    let [a, b, c, _] = address.octets();
    [4, a, b, c]
}

/// The family and the first 48 bits.
fn network_v6(address: Ipv6Addr) -> [u8; 7] {
    let [a, b, c, d, e, f, ..] = address.octets();
    [6, a, b, c, d, e, f]
}
