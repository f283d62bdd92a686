//! Encryption of one person: a key of their own, wrapped by the event's, so that destroying it erases them.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};

use crate::{
    domain::ids::PersonId,
    roster::secrets::{Entropy, NoEntropy, Secret, random},
};

/// The nonce's length: long enough to be drawn at random for ever.
const NONCE_BYTES: usize = 24;

/// The person's key cannot be unwrapped, or their details are not the ones that were sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotSealedHere;

/// Why something could not be sealed; the cipher itself never fails for texts of this size.
pub(super) fn seal(
    key: &Secret,
    person: PersonId,
    plain: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, NoEntropy> {
    let nonce: [u8; NONCE_BYTES] = random(entropy)?;
    let cipher = XChaCha20Poly1305::new((&key.0).into());
    // Bound to the person: a sealed text that is moved to another person's row does not open.
    let payload = Payload { msg: plain, aad: &person.0 };
    let sealed = cipher.encrypt((&nonce).into(), payload).map_err(|_| NoEntropy)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// What was sealed.
pub(super) fn open(key: &Secret, person: PersonId, sealed: &[u8]) -> Result<Vec<u8>, NotSealedHere> {
    let (nonce, body) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(NotSealedHere)?;
    let cipher = XChaCha20Poly1305::new((&key.0).into());
    cipher.decrypt(nonce.into(), Payload { msg: body, aad: &person.0 }).map_err(|_| NotSealedHere)
}

/// A person's own key, unwrapped.
pub(super) fn unwrap_key(wrapping: &Secret, person: PersonId, wrapped: &[u8]) -> Result<Secret, NotSealedHere> {
    open(wrapping, person, wrapped)?.try_into().map(Secret).map_err(|_| NotSealedHere)
}
