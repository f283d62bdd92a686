//! The log's lines, one by one: each has to be the line that was signed, and one that can follow the ones before it.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::Path,
};

use super::{Audit, ENTRIES, Finding, LOG, Unreadable, in_log};
use crate::{
    domain::{
        fold::refusal::Refusal,
        ids::{Digest, Size},
        ledger::Ledger,
        line::LINE_BYTES_MAX,
        tree::{Head, leaf_hash},
    },
    evidence::{
        bundle::ROSTER,
        progress::{Progress, Step},
        tiles::{TILE_WIDTH, TileKind, TilePath},
    },
};

/// What the lines amount to.
pub(super) struct Replayed {
    pub(super) ledger: Ledger,
    /// The last lines, which do not fill a tile: each with its length before it.
    pub(super) edge: EntryTile,
    /// Whether every line is the one that was signed, up to the last.
    pub(super) is_whole: bool,
}

/// The lines of one tile, as they stand in a tile of entries.
#[derive(Default)]
pub(super) struct EntryTile {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl EntryTile {
    fn push(&mut self, line: &[u8]) {
        let length = u16::try_from(line.len()).unwrap_or(u16::MAX);
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(line);
        self.ends.push(self.bytes.len());
    }

    /// The tile of the first `width` lines.
    pub(super) fn first(&self, width: u64) -> Option<&[u8]> {
        let last = usize::try_from(width).ok()?.checked_sub(1)?;
        self.bytes.get(..*self.ends.get(last)?)
    }
}

/// The hashes of lines as the published tree holds them.
#[derive(Default)]
struct Leaves {
    number: Option<u64>,
    hashes: Vec<u8>,
}

impl Leaves {
    /// The hash that the tile gives for a line; none where there is no tile to read.
    fn of(&mut self, log: &Path, index: u64) -> Option<Digest> {
        let number = index / TILE_WIDTH;
        if self.number != Some(number) {
            self.number = Some(number);
            self.hashes = widest_tile(log, number);
        }
        let start = usize::try_from(index % TILE_WIDTH).ok()?.checked_mul(32)?;
        self.hashes.get(start..)?.first_chunk().map(|hash| Digest(*hash))
    }
}

/// The bytes of the widest tile of this number at the tree's lowest level; nothing where there is none.
fn widest_tile(log: &Path, number: u64) -> Vec<u8> {
    let tile = |width| log.join(TilePath { kind: TileKind::Hashes(0), number, width }.to_string());
    let found = (1..=TILE_WIDTH).rev().map(tile).find(|path| path.is_file());
    // A tile that cannot be read names no line; the comparison of all tiles finds it.
    found.and_then(|path| fs::read(path).ok()).unwrap_or_default()
}

/// Reads lines with their end, none of them longer than a log's line can be.
struct Lines {
    file: BufReader<File>,
    line: Vec<u8>,
}

impl Lines {
    /// The next line without its end; `None` at the end of the file, an error where the line is not whole.
    fn next(&mut self) -> Result<Option<Result<&[u8], &'static str>>, Unreadable> {
        self.line.clear();
        let most = LINE_BYTES_MAX.saturating_add(1) as u64;
        self.file.by_ref().take(most).read_until(b'\n', &mut self.line)?;
        Ok(match self.line.split_last() {
            None => None,
            Some((b'\n', line)) => Some(Ok(line)),
            Some(_) if self.line.len() > LINE_BYTES_MAX => Some(Err("longer than any line of a log")),
            Some(_) => Some(Err("the line is cut off")),
        })
    }
}

impl Audit<'_> {
    /// Counts the log again from its lines. None when the roster or the lines are missing, which is found.
    pub(super) fn replay(&mut self, heads: &[Head]) -> Result<Option<Replayed>, Unreadable> {
        let Some(roster) = self.read(ROSTER)? else { return Ok(None) };
        let ledger = match Ledger::new(&roster) {
            Ok(ledger) => ledger,
            Err(error) => {
                self.find(ROSTER, None, error.to_string());
                return Ok(None);
            }
        };
        let name = in_log(ENTRIES);
        if !self.paths.contains(&name) {
            return Ok(None);
        }
        let file = BufReader::new(File::open(self.path(&name))?);
        let replay = Replay {
            log: self.path(LOG),
            heads,
            signed: heads.last().map(|head| head.size),
            suspect: None,
            another_roster: None,
            replayed: Replayed { ledger, edge: EntryTile::default(), is_whole: false },
        };
        // A line that is wrong is named before the tiles that disagree with it.
        let first = self.findings.len();
        let (mut replayed, wrong) = replay.run(Lines { file, line: Vec::new() }, self)?;
        match wrong {
            Some(finding) => self.findings.insert(first, finding),
            None => replayed.is_whole = true,
        }
        Ok(replayed.ledger.attendance().opened().is_some().then_some(replayed))
    }

    /// Compares a full tile of entries.
    fn compare_full_tile(&mut self, number: u64, edge: &EntryTile) -> Result<(), Unreadable> {
        let tile = TilePath { kind: TileKind::Entries, number, width: TILE_WIDTH };
        self.compare_file(&in_log(&tile.to_string()), edge.first(TILE_WIDTH).unwrap_or_default())
    }
}

struct Replay<'a> {
    log: std::path::PathBuf,
    /// The heads that are still ahead.
    heads: &'a [Head],
    /// How many entries are signed, if the signature is good.
    signed: Option<Size>,
    /// The first line that differs from the published tree: either the line or the tree is wrong.
    suspect: Option<u64>,
    /// What is said when the roster is not the one that the log began with.
    another_roster: Option<String>,
    replayed: Replayed,
}

/// What is wrong with a line, numbered from 0.
fn wrong(index: u64, what: String) -> Finding {
    Finding { file: in_log(ENTRIES), line: Some(index.saturating_add(1)), what }
}

impl Replay<'_> {
    fn run(mut self, mut lines: Lines, audit: &mut Audit<'_>) -> Result<(Replayed, Option<Finding>), Unreadable> {
        let mut leaves = Leaves::default();
        let mut finding = None;
        let total = self.signed.map_or(0, |Size(signed)| signed);
        while let Some(line) = lines.next()? {
            let index = self.replayed.ledger.tree().size().0;
            if index.is_multiple_of(TILE_WIDTH) {
                (audit.means.watch)(Progress { step: Step::Checking, done: index, total });
            }
            let taken = line.map_err(str::to_owned).and_then(|line| self.take(line, index, &mut leaves));
            if let Err(what) = taken {
                finding = Some(self.blame(index, what));
                break;
            }
            if self.replayed.edge.ends.len() as u64 == TILE_WIDTH {
                audit.compare_full_tile(index / TILE_WIDTH, &self.replayed.edge)?;
                self.replayed.edge = EntryTile::default();
            }
            finding = self.compare_root();
            if finding.is_some() {
                break;
            }
        }
        let finding = finding.or_else(|| self.end());
        Ok((self.replayed, finding))
    }

    fn take(&mut self, line: &[u8], index: u64, leaves: &mut Leaves) -> Result<(), String> {
        let accepted = self.replayed.ledger.accept(line);
        let published = leaves.of(&self.log, index);
        if self.suspect.is_none() && published.is_some_and(|hash| hash != self.leaf(line, index)) {
            self.suspect = Some(index);
        }
        accepted.map_err(|refusal| {
            let what = refusal.to_string();
            self.another_roster = matches!(refusal, Refusal::AnotherRoster(_)).then(|| what.clone());
            what
        })?;
        self.replayed.edge.push(line);
        Ok(())
    }

    /// The hash of a line; the tree has it already if the line was accepted.
    fn leaf(&self, line: &[u8], index: u64) -> Digest {
        let kept = self.replayed.ledger.tree().subtree_hashes(0, index..index.saturating_add(1));
        kept.first().copied().unwrap_or_else(|| leaf_hash(line))
    }

    /// A line that differs from the signed tree comes before the one that cannot follow it.
    fn blame(&self, index: u64, what: String) -> Finding {
        match (self.suspect, &self.another_roster) {
            (Some(suspect), _) if suspect < index => wrong(suspect, NOT_THE_SIGNED_LINE.to_owned()),
            (Some(_), _) => wrong(index, format!("{NOT_THE_SIGNED_LINE}: {what}")),
            (None, Some(what)) => Finding { file: ROSTER.to_owned(), line: None, what: what.clone() },
            (None, None) => wrong(index, what),
        }
    }

    fn compare_root(&mut self) -> Option<Finding> {
        let found = self.replayed.ledger.tree().size();
        let (next, rest) = self.heads.split_first().filter(|(next, _)| next.size == found)?;
        self.heads = rest;
        let root = self.replayed.ledger.tree().root();
        if root == next.root {
            // Signed as they are: where the tree's files differ from them, those are wrong.
            self.suspect = None;
            return None;
        }
        let index = self.suspect.unwrap_or(found.0.saturating_sub(1));
        let what = if self.suspect.is_some() {
            NOT_THE_SIGNED_LINE.to_owned()
        } else {
            format!("up to here the root is {root}, but {} is signed for {} entries", next.root, next.size.0)
        };
        Some(wrong(index, what))
    }

    /// The log ends where its newest checkpoint says.
    fn end(&self) -> Option<Finding> {
        let Size(size) = self.replayed.ledger.tree().size();
        let Size(signed) = self.signed?;
        if size < signed {
            Some(wrong(size, format!("the file ends here, but {signed} entries are signed")))
        } else if size > signed {
            Some(wrong(signed, format!("nobody signed this line: only {signed} entries are signed")))
        } else {
            None
        }
    }
}

const NOT_THE_SIGNED_LINE: &str = "not the line that was signed";
