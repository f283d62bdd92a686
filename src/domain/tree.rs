//! The log's Merkle tree (RFC 6962 section 2.1): one root vouches for every line and its place.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::ids::{Digest, EntryIndex, Size};

/// How large a log is and the root hash over all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of entries.
    pub size: Size,
    /// The root hash over them.
    pub root: Digest,
}

/// The hash of an entry's exact bytes as a leaf.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    Digest(Sha256::new().chain_update([0]).chain_update(leaf).finalize().into())
}

/// The hash of two subtrees side by side.
fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// A tree with the hash of every complete subtree, level by level: proofs at any earlier size need no leaf again.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// `levels[l][i]` covers the leaves `i * 2^l .. (i + 1) * 2^l`.
    levels: Vec<Vec<Digest>>,
}

impl Tree {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many leaves it has.
    #[must_use]
    pub fn size(&self) -> Size {
        Size(self.levels.first().map_or(0, |leaves| leaves.len() as u64))
    }

    /// Adds the exact bytes of the next entry.
    pub fn append(&mut self, leaf: &[u8]) {
        let mut hash = leaf_hash(leaf);
        for level in 0_usize.. {
            let Some(row) = self.levels.get_mut(level) else {
                self.levels.push(vec![hash]);
                return;
            };
            row.push(hash);
            // Only a row that became even has completed a pair for the level above.
            let ([.., left, right], true) = (row.as_slice(), row.len().is_multiple_of(2)) else { return };
            hash = node_hash(left, right);
        }
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.subtree(0..self.size().0).unwrap_or_else(empty_root)
    }

    /// The root over the first `size` leaves; none when there are fewer.
    #[must_use]
    pub fn root_at(&self, size: Size) -> Option<Digest> {
        if size.0 == 0 { Some(empty_root()) } else { self.subtree(0..size.0) }
    }

    /// The audit path of a leaf in the tree of `size` leaves (RFC 6962 section 2.1.1).
    #[must_use]
    pub fn inclusion(&self, index: EntryIndex, size: Size) -> Option<Vec<Digest>> {
        if index.0 >= size.0 || size > self.size() {
            return None;
        }
        let mut proof = Vec::new();
        let (mut start, mut end) = (0_u64, size.0);
        while end.saturating_sub(start) > 1 {
            let middle = start.saturating_add(largest_power_below(end.saturating_sub(start)));
            if index.0 < middle {
                proof.push(self.subtree(middle..end)?);
                end = middle;
            } else {
                proof.push(self.subtree(start..middle)?);
                start = middle;
            }
        }
        proof.reverse();
        Some(proof)
    }

    /// The proof that the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 6962 section 2.1.2).
    #[must_use]
    pub fn consistency(&self, old: Size, new: Size) -> Option<Vec<Digest>> {
        if old > new || new > self.size() {
            return None;
        }
        let mut proof = Vec::new();
        if old.0 == 0 || old == new {
            return Some(proof);
        }
        let (mut start, mut end) = (0_u64, new.0);
        while old.0 < end {
            let middle = start.saturating_add(largest_power_below(end.saturating_sub(start)));
            if old.0 <= middle {
                proof.push(self.subtree(middle..end)?);
                end = middle;
            } else {
                proof.push(self.subtree(start..middle)?);
                start = middle;
            }
        }
        // The old tree itself is the verifier's own knowledge, unless it is only a part on the right.
        if start > 0 {
            proof.push(self.subtree(start..end)?);
        }
        proof.reverse();
        Some(proof)
    }

    /// The hashes of complete subtrees of `2^level` leaves, by their number: what tiles hold. Empty where there are none.
    #[must_use]
    pub fn subtree_hashes(&self, level: usize, range: Range<u64>) -> &[Digest] {
        let bounds = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
        bounds.and_then(|(start, end)| self.levels.get(level)?.get(start..end)).unwrap_or_default()
    }

    /// The hash over a range that one descent of the tree can reach.
    fn subtree(&self, range: Range<u64>) -> Option<Digest> {
        let length = range.end.checked_sub(range.start).filter(|length| *length > 0)?;
        if length.is_power_of_two() {
            let level = length.trailing_zeros();
            let number = usize::try_from(range.start.checked_shr(level)?).ok()?;
            return self.levels.get(usize::try_from(level).ok()?)?.get(number).copied();
        }
        let middle = range.start.saturating_add(largest_power_below(length));
        Some(node_hash(&self.subtree(range.start..middle)?, &self.subtree(middle..range.end)?))
    }
}

/// The root of no leaves.
fn empty_root() -> Digest {
    Digest(Sha256::digest([]).into())
}

/// The largest power of two that is smaller than `length`, which is at least 2.
fn largest_power_below(length: u64) -> u64 {
    length.saturating_sub(1).checked_ilog2().map_or(0, |bit| 1 << bit)
}

/// Whether the audit path leads from the leaf's hash to the root (RFC 9162 section 2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: Digest, index: EntryIndex, size: Size, proof: &[Digest], root: Digest) -> bool {
    if index.0 >= size.0 {
        return false;
    }
    let (mut place, mut last) = (index.0, size.0.saturating_sub(1));
    let mut hash = leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            climb_while_even(&mut place, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && hash == root
}

/// Skips the levels at which the rightmost node has no sibling.
fn climb_while_even(place: &mut u64, last: &mut u64) {
    while *place & 1 == 0 && *place != 0 {
        (*place, *last) = (*place >> 1, *last >> 1);
    }
}

/// Whether the proof shows the old tree to be a prefix of the new one (RFC 9162 section 2.1.4.2).
#[must_use]
pub fn verify_consistency(old: Head, new: Head, proof: &[Digest]) -> bool {
    if old.size.0 == 0 || old.size == new.size {
        let same = if old.size.0 == 0 { old.root == empty_root() } else { old.root == new.root };
        return proof.is_empty() && same;
    }
    if old.size > new.size {
        return false;
    }
    let (first, rest) = if old.size.0.is_power_of_two() {
        (old.root, proof)
    } else if let Some((first, rest)) = proof.split_first() {
        (*first, rest)
    } else {
        return false;
    };
    let (mut place, mut last) = (old.size.0.saturating_sub(1), new.size.0.saturating_sub(1));
    while place & 1 == 1 {
        (place, last) = (place >> 1, last >> 1);
    }
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            climb_while_even(&mut place, &mut last);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && old_hash == old.root && new_hash == new.root
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    use super::*;

    fn tree(size: u64) -> Tree {
        let mut tree = Tree::new();
        (0..size).for_each(|leaf| tree.append(&leaf.to_be_bytes()));
        tree
    }

    #[test]
    fn the_root_equals_that_of_an_independent_tree() {
        let (mut ours, mut theirs) = (Tree::new(), MemoryBackedTree::<sha2_oracle::Sha256, Vec<u8>>::new());
        for leaf in 0_u64..600 {
            ours.append(&leaf.to_be_bytes());
            theirs.push(leaf.to_be_bytes().to_vec());

            assert_eq!(ours.root().0.as_slice(), theirs.root().as_bytes().as_slice());
        }
    }

    #[test]
    fn every_leaf_is_proved_at_every_size_and_no_other_leaf_is() {
        let tree = tree(70);
        for size in 1..=70 {
            let root = tree.root_at(Size(size)).unwrap();
            for index in 0..size {
                let proof = tree.inclusion(EntryIndex(index), Size(size)).unwrap();
                let leaf = leaf_hash(&index.to_be_bytes());

                assert!(verify_inclusion(leaf, EntryIndex(index), Size(size), &proof, root), "{index} of {size}");
                let other = EntryIndex((index + 1) % size);
                assert!(size == 1 || !verify_inclusion(leaf, other, Size(size), &proof, root), "{index} of {size}");
                assert!(!verify_inclusion(leaf_hash(b"other"), EntryIndex(index), Size(size), &proof, root));
            }
        }
    }

    #[test]
    fn every_tree_is_proved_to_be_a_prefix_of_every_later_one_and_no_other_history_is() {
        let tree = tree(70);
        for new in 0..=70 {
            for old in 0..=new {
                let head = |size| Head { size: Size(size), root: tree.root_at(Size(size)).unwrap() };
                let proof = tree.consistency(Size(old), Size(new)).unwrap();

                assert!(verify_consistency(head(old), head(new), &proof), "{old} in {new}");
                let forged = Head { size: Size(old), root: leaf_hash(b"another history") };
                assert!(!verify_consistency(forged, head(new), &proof), "{old} in {new}");
            }
        }
    }

    #[test]
    fn a_proof_for_a_size_that_the_tree_does_not_have_is_not_made() {
        assert_eq!(tree(5).inclusion(EntryIndex(5), Size(5)), None);
        assert_eq!(tree(5).inclusion(EntryIndex(0), Size(6)), None);
        assert_eq!(tree(5).consistency(Size(2), Size(6)), None);
        assert_eq!(tree(5).root_at(Size(6)), None);
    }

    #[test]
    fn tiles_hold_the_hashes_of_complete_subtrees_only() {
        let tree = tree(300);

        assert_eq!(tree.subtree_hashes(0, 256..300).len(), 44);
        assert_eq!(tree.subtree_hashes(8, 0..1), [tree.root_at(Size(256)).unwrap()]);
        assert!(tree.subtree_hashes(8, 0..2).is_empty());
    }
}
