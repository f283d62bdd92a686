//! Where the tree's hashes and entries lie as files (C2SP tlog-tiles): paths, widths and bytes, without touching a disk.

use std::{fmt, str::FromStr};

use super::checkpoint::decimal;
use crate::domain::{ids::Size, line::Line, tree::Tree};

/// How many hashes or entries a full tile holds.
pub const TILE_WIDTH: u64 = 256;

/// How many levels of the tree a tile spans.
const TILE_HEIGHT: u32 = 8;

/// The highest level of tiles that a log of 2^64 entries could have.
const LEVEL_MAX: u32 = 7;

/// The longest path of a tile: more groups of digits than a 64-bit number has are refused unread.
const PATH_BYTES_MAX: usize = 64;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TileKind {
    /// Hashes of complete subtrees of `256^level` entries: public.
    Hashes(u32),
    /// The entries themselves: for auditors.
    Entries,
}

/// One tile: what it holds, its number from the left, and how many hashes or entries (256 unless it is partial).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TilePath {
    /// What it holds.
    pub kind: TileKind,
    /// Its number.
    pub number: u64,
    /// Its width, from 1 to 256.
    pub width: u64,
}

/// A text that is not the one path of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a path of the form tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>]")]
pub struct NotATile;

impl TileKind {
    /// The kinds that a log of this size has.
    pub(super) fn of_log(size: Size) -> impl Iterator<Item = Self> {
        let levels = (0..=LEVEL_MAX).map(Self::Hashes).take_while(move |kind| kind.count_at(size) > 0);
        levels.chain((size.0 > 0).then_some(Self::Entries))
    }

    /// How many hashes or entries of this kind a log of this size has.
    pub(super) fn count_at(self, size: Size) -> u64 {
        match self {
            Self::Hashes(level) => size.0.checked_shr(level.saturating_mul(TILE_HEIGHT)).unwrap_or(0),
            Self::Entries => size.0,
        }
    }

    /// The tiles that the log's growth from one size to another adds or widens.
    pub(super) fn grown(self, from: Size, to: Size) -> impl Iterator<Item = TilePath> {
        let (from, to) = (self.count_at(from), self.count_at(to));
        let numbers = if from < to { from / TILE_WIDTH..to.div_ceil(TILE_WIDTH) } else { 0..0 };
        numbers.map(move |number| {
            let width = to.saturating_sub(number.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH);
            TilePath { kind: self, number, width }
        })
    }

    /// The partial tile at the right edge of a log of this size.
    pub(super) fn edge(self, size: Size) -> Option<TilePath> {
        let count = self.count_at(size);
        let (number, width) = (count / TILE_WIDTH, count % TILE_WIDTH);
        (width > 0).then_some(TilePath { kind: self, number, width })
    }
}

impl TilePath {
    /// Reads a request's path, with or without the leading slash; nothing but the one path of a tile passes.
    #[must_use]
    pub fn of_url(path: &str) -> Option<Self> {
        path.strip_prefix('/').unwrap_or(path).parse().ok()
    }

    /// Whether everybody may read it: hashes tell nothing of persons, entries are for auditors.
    #[must_use]
    pub fn is_public(self) -> bool {
        match self.kind {
            TileKind::Hashes(_) => true,
            TileKind::Entries => false,
        }
    }

    /// Whether it can never change again.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The folder of the partial tiles that this one makes superfluous once it is full.
    pub(super) fn partials(self) -> String {
        format!("{}.p", Self { width: TILE_WIDTH, ..self })
    }

    /// The index of the first hash or entry in it.
    pub(super) fn start(self) -> u64 {
        self.number.saturating_mul(TILE_WIDTH)
    }

    /// The bytes of a tile of hashes; none where the tree does not reach.
    pub(super) fn hashes(self, level: u32, tree: &Tree) -> Option<Vec<u8>> {
        let level = usize::try_from(level.saturating_mul(TILE_HEIGHT)).ok()?;
        let hashes = tree.subtree_hashes(level, self.start()..self.start().saturating_add(self.width));
        (hashes.len() as u64 == self.width).then(|| hashes.iter().flat_map(|hash| hash.0).collect())
    }
}

/// The bytes of a tile of entries: each with its length before it.
pub(super) fn bundle(lines: &[Line]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for line in lines {
        let length = u16::try_from(line.bytes.len()).ok()?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&line.bytes);
    }
    Some(bytes)
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => write!(f, "tile/entries/")?,
        }
        let (mut rest, mut groups) = (self.number / 1_000, vec![self.number % 1_000]);
        while rest > 0 {
            groups.push(rest % 1_000);
            rest /= 1_000;
        }
        while let Some(group) = groups.pop() {
            if groups.is_empty() { write!(f, "{group:03}")? } else { write!(f, "x{group:03}/")? }
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for TilePath {
    type Err = NotATile;

    fn from_str(text: &str) -> Result<Self, NotATile> {
        let path = Some(text).filter(|text| text.len() <= PATH_BYTES_MAX).and_then(parse).ok_or(NotATile)?;
        // Only the text that we would write ourselves passes: no second spelling, no dots, no detours.
        if path.to_string() == text { Ok(path) } else { Err(NotATile) }
    }
}

fn parse(text: &str) -> Option<TilePath> {
    let (kind, place) = text.strip_prefix("tile/")?.split_once('/')?;
    let kind = if kind == "entries" {
        TileKind::Entries
    } else {
        TileKind::Hashes(decimal(kind).and_then(|level| u32::try_from(level).ok()).filter(|level| *level <= LEVEL_MAX)?)
    };
    let (number, width) = match place.split_once(".p/") {
        Some((number, width)) => (number, decimal(width).filter(|width| (1..TILE_WIDTH).contains(width))?),
        None => (place, TILE_WIDTH),
    };
    let number = number.split('/').try_fold(0_u64, |number, group| {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let value: u64 = digits.parse().ok()?;
        number.checked_mul(1_000)?.checked_add(value)
    })?;
    Some(TilePath { kind, number, width })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_found_under_the_path_that_the_specification_gives() {
        let tile = |kind, number, width| TilePath { kind, number, width }.to_string();

        assert_eq!(tile(TileKind::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(tile(TileKind::Hashes(1), 0, 17), "tile/1/000.p/17");
        assert_eq!(tile(TileKind::Entries, 273, 112), "tile/entries/273.p/112");
        assert_eq!(tile(TileKind::Entries, 1_000, 256), "tile/entries/x001/000");
    }

    #[test]
    fn a_path_is_read_back_and_every_other_spelling_is_refused() {
        for text in ["tile/0/000", "tile/7/x001/x234/067", "tile/entries/273.p/112", "tile/1/000.p/255"] {
            assert_eq!(text.parse::<TilePath>().unwrap().to_string(), text);
        }
        for text in [
            "tile/0/0",
            "tile/00/000",
            "tile/8/000",
            "tile/0/x000/000",
            "tile/0/001/000",
            "tile/0/x001",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/1/",
            "tile/0/000/",
            "tile/0/../../private/keys",
            "tile/entries/..",
            "tile//000",
            "tile/0/+00",
            "tile/0/x0001/000",
            "tile/data/000",
            "tile",
            "",
            "/tile/0/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "tile/0/%30%30%30",
            "tile/0/000\0",
            "checkpoint",
        ] {
            assert_eq!(text.parse::<TilePath>(), Err(NotATile), "{text}");
        }
    }

    #[test]
    fn hashes_are_public_and_entries_are_not() {
        assert!(TilePath::of_url("/tile/0/000.p/3").unwrap().is_public());
        assert!(!TilePath::of_url("/tile/entries/000").unwrap().is_public());
        assert_eq!(TilePath::of_url("/tile/entries/../0/000"), None);
    }

    #[test]
    fn a_log_has_the_tiles_of_the_specifications_example() {
        let size = Size(70_000);
        let tiles: Vec<TilePath> = TileKind::of_log(size).flat_map(|kind| kind.grown(Size(0), size)).collect();
        let of = |kind| tiles.iter().filter(|tile| tile.kind == kind).collect::<Vec<_>>();

        assert_eq!(of(TileKind::Hashes(0)).len(), 274);
        assert_eq!(of(TileKind::Hashes(0)).last().unwrap().to_string(), "tile/0/273.p/112");
        assert_eq!(of(TileKind::Hashes(1)).last().unwrap().to_string(), "tile/1/001.p/17");
        assert_eq!(of(TileKind::Hashes(2)).last().unwrap().to_string(), "tile/2/000.p/1");
        assert_eq!(of(TileKind::Entries).len(), 274);
        assert_eq!(tiles.iter().filter(|tile| !tile.is_full()).count(), 4);
    }
}
