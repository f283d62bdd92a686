//! A participant's receipt: a C2SP tlog-proof that one entry stands in the log of a signed checkpoint.

use std::{fmt, str::FromStr};

use data_encoding::BASE64;

use super::checkpoint::{CheckpointError, VerifierKey, decimal, peek};
use crate::domain::{
    ids::{Digest, EntryIndex},
    tree::{Head, Tree, leaf_hash, verify_inclusion},
};

/// The first line of every receipt.
const TITLE: &str = "c2sp.org/tlog-proof@v1";

/// The longest audit path: a log of 2^64 entries.
const HASHES_MAX: usize = 64;

/// Where an entry stands in a checkpoint, and the hashes that lead there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The entry.
    pub index: EntryIndex,
    /// The sibling hashes from the leaf up.
    pub proof: Vec<Digest>,
    /// The checkpoint's exact text.
    pub note: String,
}

/// Why a receipt proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The text is not a receipt.
    #[error("not a tlog-proof")]
    Malformed,
    /// Its checkpoint is not one of this log.
    #[error("the receipt's checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// The entry does not stand at that place in the checkpoint's log.
    #[error("this entry is not entry {} of the log of {} entries that was signed", .0.0, .1.size.0)]
    NotIncluded(EntryIndex, Head),
}

impl Receipt {
    /// The receipt of an entry in the log of a signed checkpoint; none while the checkpoint does not cover it.
    #[must_use]
    pub fn new(tree: &Tree, index: EntryIndex, note: &str) -> Option<Self> {
        let (_, head) = peek(note).ok()?;
        let proof = tree.inclusion(index, head.size)?;
        Some(Self { index, proof, note: note.to_owned() })
    }

    /// Checks that the entry with these exact bytes stands in the log that the key has signed.
    ///
    /// # Errors
    /// When it does not, or the checkpoint is not signed by the key.
    pub fn verify(&self, line: &[u8], key: &VerifierKey) -> Result<Head, ReceiptError> {
        let head = key.open(&self.note)?;
        if verify_inclusion(leaf_hash(line), self.index, head.size, &self.proof, head.root) {
            Ok(head)
        } else {
            Err(ReceiptError::NotIncluded(self.index, head))
        }
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TITLE}\nindex {}\n", self.index.0)?;
        for hash in &self.proof {
            writeln!(f, "{}", BASE64.encode(&hash.0))?;
        }
        write!(f, "\n{}", self.note)
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let (proof, note) = text.split_once("\n\n").ok_or(ReceiptError::Malformed)?;
        let mut lines = proof.split('\n');
        let (Some(TITLE), Some(index)) = (lines.next(), lines.next()) else { return Err(ReceiptError::Malformed) };
        // An `extra` line is somebody else's: ours carries none, and nothing in it is proved.
        let index = if index.starts_with("extra ") { lines.next() } else { Some(index) };
        let index = index.and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let index = EntryIndex(index.ok_or(ReceiptError::Malformed)?);
        let proof = lines.map(hash).collect::<Option<Vec<_>>>().filter(|proof| proof.len() <= HASHES_MAX);
        Ok(Self { index, proof: proof.ok_or(ReceiptError::Malformed)?, note: note.to_owned() })
    }
}

fn hash(line: &str) -> Option<Digest> {
    BASE64.decode(line.as_bytes()).ok()?.try_into().ok().map(Digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::ids::Size, evidence::checkpoint::SigningKey};

    fn logged(size: u64) -> (Tree, SigningKey, String) {
        let mut tree = Tree::new();
        (0..size).for_each(|leaf| tree.append(&leaf.to_be_bytes()));
        let key = SigningKey::from_seed("example.org/attempt".parse().unwrap(), &[7; 32]);
        let note = key.sign(&Head { size: tree.size(), root: tree.root() });
        (tree, key, note)
    }

    #[test]
    fn a_receipt_proves_its_entry_and_no_other() {
        let (tree, key, note) = logged(300);
        for index in [0, 1, 255, 256, 299] {
            let receipt: Receipt = Receipt::new(&tree, EntryIndex(index), &note).unwrap().to_string().parse().unwrap();

            assert_eq!(receipt.verify(&index.to_be_bytes(), key.verifier()).unwrap().size, Size(300));
            let other = receipt.verify(&300_u64.to_be_bytes(), key.verifier());
            assert!(matches!(other, Err(ReceiptError::NotIncluded(..))));
        }
    }

    #[test]
    fn there_is_no_receipt_until_a_checkpoint_covers_the_entry() {
        let (mut tree, _, note) = logged(300);
        tree.append(b"later");

        assert_eq!(Receipt::new(&tree, EntryIndex(300), &note), None);
    }

    #[test]
    fn the_only_entry_of_a_log_needs_no_hashes() {
        let (tree, key, note) = logged(1);
        let text = Receipt::new(&tree, EntryIndex(0), &note).unwrap().to_string();

        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 0\n\nexample.org/attempt\n1\n"), "{text}");
        assert!(text.parse::<Receipt>().unwrap().verify(&0_u64.to_be_bytes(), key.verifier()).is_ok());
    }

    #[test]
    fn a_receipt_with_an_extra_line_or_a_witness_is_read_too() {
        let (tree, key, note) = logged(3);
        let text = Receipt::new(&tree, EntryIndex(2), &note).unwrap().to_string();
        let extra = text.replacen("index", "extra aGVsbG8=\nindex", 1);
        let witnessed = format!("{text}\u{2014} witness.example AAAAAAAA\n");

        for text in [extra, witnessed] {
            assert!(text.parse::<Receipt>().unwrap().verify(&2_u64.to_be_bytes(), key.verifier()).is_ok(), "{text}");
        }
        for broken in ["", "c2sp.org/tlog-proof@v1\nindex 02\n\nx", "c2sp.org/tlog-proof@v1\nindex 2\nAA==\n\nx"] {
            assert_eq!(broken.parse::<Receipt>(), Err(ReceiptError::Malformed), "{broken}");
        }
    }
}
