//! Signed heads as C2SP checkpoints: made with the log's key, and opened with its verifier key alone.

use std::{fmt, str::FromStr};

use data_encoding::BASE64;
use ed25519_dalek::{PUBLIC_KEY_LENGTH, SIGNATURE_LENGTH, Signature, Signer as _, VerifyingKey};
use signed_note::{Note, NoteError, StandardVerifier, VerificationError, Verifier, Verifiers};

use crate::domain::{
    ids::{Digest, Size},
    tree::Head,
};

/// How signed-note names an Ed25519 signature.
const ED25519: u8 = 1;

/// The longest origin: a line that people compare by eye.
const ORIGIN_BYTES_MAX: usize = 200;

/// The longest note that is read: a body of three lines and room for sixteen witnesses and more.
const NOTE_BYTES_MAX: usize = 64 * 1024;

/// What a log is called: the first line of each of its checkpoints and the name of its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

/// A text that cannot be a log's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a log origin (1 to {ORIGIN_BYTES_MAX} bytes without spaces, control characters or `+`)")]
pub struct NotAnOrigin;

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let fits = (1..=ORIGIN_BYTES_MAX).contains(&text.len());
        let forbidden = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '+';
        if fits && !text.contains(forbidden) { Ok(Self(text.to_owned())) } else { Err(NotAnOrigin) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Origin {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is not a key of the expected form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It has another form: copy the whole line `origin+8 hexadecimal digits+base64`.
    #[error("not a verifier key of the form origin+id+base64")]
    Malformed,
    /// Its parts do not belong together: it was copied or typed wrongly.
    #[error("the key's id does not belong to its name and value")]
    Id,
    /// It is a key of another algorithm, of a witness for example.
    #[error("not an Ed25519 key of a log")]
    Algorithm,
}

/// The public half of a log's key: `origin+hex+base64`, as C2SP signed-note writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    origin: Origin,
    id: u32,
    key: VerifyingKey,
}

impl VerifierKey {
    fn new(origin: Origin, key: VerifyingKey) -> Self {
        let id = signed_note::key_id(origin.as_str(), &tagged(&key));
        Self { origin, id, key }
    }

    /// The log that it belongs to.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Opens a checkpoint: the head that this key has signed.
    ///
    /// Signatures of unknown keys are ignored, as C2SP asks; a bad one of this key is refused.
    ///
    /// # Errors
    /// When the text is not a checkpoint of this log with a valid signature of this key.
    pub fn open(&self, note: &str) -> Result<Head, CheckpointError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(CheckpointError::Malformed);
        }
        let parsed = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        parsed.verify(&Only(self)).map_err(|error| match error {
            NoteError::InvalidSignature { .. } => CheckpointError::BadSignature,
            NoteError::UnverifiedNote => CheckpointError::Unsigned(self.to_string()),
            NoteError::MalformedNote
            | NoteError::InvalidSigner
            | NoteError::MismatchedVerifier
            | NoteError::VerificationError(_)
            | NoteError::SignatureError(_) => CheckpointError::Malformed,
        })?;
        let body = std::str::from_utf8(parsed.text()).map_err(|_| CheckpointError::Malformed)?;
        let (origin, head) = parse_body(body)?;
        if origin != self.origin.as_str() {
            return Err(CheckpointError::Foreign(origin.to_owned()));
        }
        Ok(head)
    }
}

/// The algorithm's byte and the key: what key ids and key texts are made of.
fn tagged(key: &VerifyingKey) -> [u8; PUBLIC_KEY_LENGTH + 1] {
    let mut bytes = [ED25519; PUBLIC_KEY_LENGTH + 1];
    if let Some(place) = bytes.last_chunk_mut() {
        *place = key.to_bytes();
    }
    bytes
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.origin, self.id, BASE64.encode(&tagged(&self.key)))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        StandardVerifier::new(text).map_err(|error| match error {
            signed_note::VerifierError::Format => KeyError::Malformed,
            signed_note::VerifierError::Alg => KeyError::Algorithm,
            signed_note::VerifierError::Id => KeyError::Id,
        })?;
        // From the left: base64 has plus signs of its own, an origin has none.
        let mut parts = text.splitn(3, '+');
        let (Some(origin), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Malformed);
        };
        let origin = origin.parse().map_err(|NotAnOrigin| KeyError::Malformed)?;
        let bytes = BASE64.decode(key.as_bytes()).map_err(|_| KeyError::Malformed)?;
        let key = bytes.last_chunk().and_then(|key| VerifyingKey::from_bytes(key).ok()).ok_or(KeyError::Malformed)?;
        // A key of small order would accept signatures that nobody made.
        if key.is_weak() { Err(KeyError::Malformed) } else { Ok(Self::new(origin, key)) }
    }
}

/// One known key, checked strictly: a signature that different libraries judge differently is none.
struct Only<'a>(&'a VerifierKey);

impl Verifier for Only<'_> {
    fn name(&self) -> &str {
        self.0.origin.as_str()
    }

    fn key_id(&self) -> u32 {
        self.0.id
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature: Result<[u8; SIGNATURE_LENGTH], _> = signature.try_into();
        signature.is_ok_and(|bytes| self.0.key.verify_strict(message, &Signature::from_bytes(&bytes)).is_ok())
    }
}

impl Verifiers for Only<'_> {
    fn verifier(&self, name: &str, id: u32) -> Result<&dyn Verifier, VerificationError> {
        if name == self.0.origin.as_str() && id == self.0.id {
            Ok(self)
        } else {
            Err(VerificationError::UnknownKey { name: name.to_owned(), id })
        }
    }
}

/// The log's private key. Whoever has it can sign another history: it never leaves the attempt's `private/`.
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

impl SigningKey {
    /// The key of a stored seed.
    #[must_use]
    pub fn from_seed(origin: Origin, seed: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(origin, key.verifying_key());
        Self { key, verifier }
    }

    /// The secret to store.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Its public half.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a head: the text of its checkpoint. The same head gives the same text.
    #[must_use]
    pub fn sign(&self, head: &Head) -> String {
        let body = body(&self.verifier.origin, head);
        let signature = self.key.sign(body.as_bytes());
        let mut line = self.verifier.id.to_be_bytes().to_vec();
        line.extend_from_slice(&signature.to_bytes());
        format!("{body}\n\u{2014} {} {}\n", self.verifier.origin, BASE64.encode(&line))
    }
}

impl fmt::Debug for SigningKey {
    /// The secret stays out of every log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifier)
    }
}

/// Why a text is not a checkpoint of this log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not a signed note with a checkpoint in it.
    #[error("not a checkpoint")]
    Malformed,
    /// Its body is that of another log.
    #[error("a checkpoint of the log `{0}`")]
    Foreign(String),
    /// The log's key has not signed it.
    #[error("not signed by the key {0}")]
    Unsigned(String),
    /// It was changed after it was signed.
    #[error("the signature does not belong to this text")]
    BadSignature,
}

/// What is signed: origin, size and root, a line each (C2SP tlog-checkpoint).
#[must_use]
pub fn body(origin: &Origin, head: &Head) -> String {
    format!("{origin}\n{}\n{}\n", head.size.0, BASE64.encode(&head.root.0))
}

/// Reads what a checkpoint says without asking who signed it: its origin and head.
///
/// # Errors
/// When it is not a checkpoint.
pub fn peek(note: &str) -> Result<(&str, Head), CheckpointError> {
    let end = note.find("\n\n").ok_or(CheckpointError::Malformed)?;
    let body = note.get(..end.saturating_add(1)).ok_or(CheckpointError::Malformed)?;
    parse_body(body)
}

fn parse_body(body: &str) -> Result<(&str, Head), CheckpointError> {
    let mut lines = body.strip_suffix('\n').ok_or(CheckpointError::Malformed)?.split('\n');
    let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(CheckpointError::Malformed);
    };
    // This log signs no extension lines: they would be bytes that nobody checks.
    if origin.is_empty() || lines.next().is_some() {
        return Err(CheckpointError::Malformed);
    }
    let size = decimal(size).ok_or(CheckpointError::Malformed)?;
    let root = BASE64.decode(root.as_bytes()).ok().and_then(|root| root.try_into().ok());
    let root = root.ok_or(CheckpointError::Malformed)?;
    Ok((origin, Head { size: Size(size), root: Digest(root) }))
}

/// A decimal number without sign or leading zeros: one text for each value.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    canonical.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use signed_note::{Note, StandardSigner, VerifierList};

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_seed("example.org/attempt-1".parse().unwrap(), &[7; 32])
    }

    fn head() -> Head {
        Head { size: Size(12_345), root: Digest([9; 32]) }
    }

    #[test]
    fn a_checkpoint_opens_to_the_head_that_was_signed() {
        let note = key().sign(&head());

        assert_eq!(key().verifier().open(&note), Ok(head()));
        assert_eq!(peek(&note), Ok(("example.org/attempt-1", head())));
        assert!(note.starts_with("example.org/attempt-1\n12345\nCQkJ"));
    }

    #[test]
    fn every_key_is_read_back_from_its_text() {
        for seed in 0..64 {
            let key = SigningKey::from_seed("example.org/attempt-1".parse().unwrap(), &[seed; 32]);
            assert_eq!(key.verifier().to_string().parse().as_ref(), Ok(key.verifier()));
        }
    }

    #[test]
    fn an_independent_implementation_signs_and_reads_the_same_text() {
        let ours = key();
        let secret = [&[ED25519], ours.seed().as_slice()].concat();
        let text = format!("PRIVATE+KEY+{}+{:08x}+{}", ours.verifier.origin, ours.verifier.id, BASE64.encode(&secret));
        let signer = StandardSigner::new(&text).unwrap();
        let mut theirs = Note::new(body(ours.verifier().origin(), &head()).as_bytes(), &[]).unwrap();
        theirs.add_sigs(&[&signer]).unwrap();
        let verifier = StandardVerifier::new(&ours.verifier().to_string()).unwrap();

        assert_eq!(theirs.to_bytes(), ours.sign(&head()).into_bytes());
        let known = VerifierList::new(vec![Box::new(verifier)]);
        assert!(Note::from_bytes(ours.sign(&head()).as_bytes()).unwrap().verify(&known).is_ok());
    }

    #[test]
    fn a_changed_checkpoint_is_refused_wherever_it_is_changed() {
        let note = key().sign(&head());
        for at in (0..note.len()).filter(|at| note.is_char_boundary(*at)) {
            let mut changed = note.clone().into_bytes();
            changed[at] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert!(key().verifier().open(&changed).is_err(), "{changed}");
        }
    }

    #[test]
    fn signatures_of_unknown_keys_are_ignored_and_a_bad_one_of_the_known_key_is_not() {
        let other = SigningKey::from_seed("example.org/witness".parse().unwrap(), &[8; 32]);
        let line = |note: String| note.split_once("\n\n").unwrap().1.to_owned();
        let witnessed = format!("{}{}", key().sign(&head()), line(other.sign(&head())));
        let grown = Head { size: Size(12_346), ..head() };
        let bad = format!("{}\n{}", body(key().verifier().origin(), &grown), line(key().sign(&head())));

        assert_eq!(key().verifier().open(&witnessed), Ok(head()));
        assert_eq!(key().verifier().open(&bad), Err(CheckpointError::BadSignature));
        assert!(matches!(other.verifier().open(&key().sign(&head())), Err(CheckpointError::Unsigned(_))));
    }

    #[test]
    fn a_key_that_signs_for_another_log_is_noticed() {
        let note = key().sign(&head()).replacen("attempt-1", "attempt-2", 1);

        assert!(key().verifier().open(&note).is_err());
    }

    #[test]
    fn a_verifier_key_is_read_back_and_a_mistyped_one_is_refused() {
        let text = key().verifier().to_string();

        assert_eq!(text.parse(), Ok(key().verifier().clone()));
        assert_eq!(text.replace("attempt-1", "attempt-2").parse::<VerifierKey>(), Err(KeyError::Id));
        assert_eq!("example.org".parse::<VerifierKey>(), Err(KeyError::Malformed));
        for origin in ["", "two words", "a+b", "line\nbreak"] {
            assert!(origin.parse::<Origin>().is_err(), "{origin}");
        }
    }

    #[test]
    fn the_secret_never_shows_in_debug_output() {
        assert_eq!(format!("{:?}", key()), format!("SigningKey({})", key().verifier()));
    }
}
