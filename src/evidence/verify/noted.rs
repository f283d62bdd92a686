//! The notebook: checkpoints that somebody noted while the attempt was going on. Each has to lie in the bundle's log.

use serde_json::Value;

use super::{Audit, Claim};
use crate::{
    domain::{ids::Size, ledger::Ledger},
    evidence::checkpoint::VerifierKey,
};

/// The most checkpoints that are read: one a second for two days.
const NOTES_MAX: usize = 200_000;

/// How a signature's line begins.
const SIGNATURE: &str = "\u{2014} ";

/// Checkpoints that were noted, with the lines on which they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notebook {
    /// What the file is called.
    name: String,
    notes: Vec<(u64, String)>,
}

/// A text in which no checkpoint was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANotebook {
    /// Give the file that the adjudicator's page saved.
    #[error("no checkpoint is noted in it")]
    Empty,
    /// Copy the checkpoint whole: three lines, an empty line, and the signatures' lines.
    #[error("line {0}: a signature without a checkpoint before it, or a checkpoint without a signature")]
    Torn(u64),
    /// Note fewer checkpoints.
    #[error("more than {NOTES_MAX} checkpoints")]
    TooLong,
}

impl Notebook {
    /// Reads signed checkpoints with empty lines between them; line ends of any system are taken.
    ///
    /// # Errors
    /// When there is none, or one is not whole.
    pub fn parse(name: &str, text: &str) -> Result<Self, NotANotebook> {
        let mut notes: Vec<(u64, String)> = Vec::new();
        let mut body: Option<(u64, String)> = None;
        for (start, block) in blocks(text) {
            let signed = block.starts_with(SIGNATURE);
            match (signed, body.take()) {
                (true, Some((line, text))) => notes.push((line, format!("{text}\n{block}"))),
                (true, None) => return Err(NotANotebook::Torn(start)),
                (false, None) => body = Some((start, block)),
                (false, Some((line, _))) => return Err(NotANotebook::Torn(line)),
            }
            if notes.len() > NOTES_MAX {
                return Err(NotANotebook::TooLong);
            }
        }
        match body {
            Some((line, _)) => Err(NotANotebook::Torn(line)),
            None if notes.is_empty() => Err(NotANotebook::Empty),
            None => Ok(Self { name: name.to_owned(), notes }),
        }
    }
}

/// Runs of lines that are not empty, each with the number of its first line; every line ends with a line feed.
fn blocks(text: &str) -> Vec<(u64, String)> {
    let mut blocks: Vec<(u64, String)> = Vec::new();
    let mut open = false;
    for (number, line) in (1_u64..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = line.trim();
        if line.is_empty() {
            open = false;
            continue;
        }
        if !open {
            blocks.push((number, String::new()));
        }
        open = true;
        if let Some((_, block)) = blocks.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    blocks
}

impl Audit<'_> {
    /// Whether every noted checkpoint is one of this log; false where none was noted.
    pub(super) fn compare_with_notebook(&mut self, key: &VerifierKey, ledger: &Ledger) -> bool {
        let asked = self.asked;
        let Some(notebook) = &asked.noted else { return false };
        let mut all = true;
        for (line, note) in &notebook.notes {
            if let Err(what) = self.compare_noted(key, ledger, note) {
                self.find(&notebook.name, Some(*line), what);
                all = false;
            }
        }
        all
    }

    fn compare_noted(&mut self, key: &VerifierKey, ledger: &Ledger, note: &str) -> Result<(), String> {
        let head = key.open(note).map_err(|error| error.to_string())?;
        let (Size(noted), Size(size)) = (head.size, ledger.tree().size());
        let root = ledger.tree().root_at(head.size);
        self.claims.push(Claim {
            name: format!("noted.{noted}"),
            claimed: head.root.to_string().into(),
            recomputed: root.map_or(Value::Null, |root| root.to_string().into()),
            ok: root == Some(head.root),
        });
        match root {
            Some(root) if root == head.root => Ok(()),
            Some(root) => {
                Err(format!("another history: {} was noted for {noted} entries, the bundle has {root}", head.root))
            }
            None => Err(format!("{noted} entries were noted, but the bundle ends after {size}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_read_whatever_stands_between_them() {
        let text = "\u{feff}log\r\n3\r\nAAA=\r\n\r\n\u{2014} log sig\r\n\r\n\r\nlog\r\n5\r\nBBB=\r\n\r\n\u{2014} log sig\r\n\u{2014} w sig\r\n";

        let notebook = Notebook::parse("noted.txt", text).unwrap();

        let notes =
            [(1, "log\n3\nAAA=\n\n\u{2014} log sig\n"), (8, "log\n5\nBBB=\n\n\u{2014} log sig\n\u{2014} w sig\n")];
        assert_eq!(notebook.notes, notes.map(|(line, note)| (line, note.to_owned())));
    }

    #[test]
    fn a_checkpoint_that_is_not_whole_is_named_by_its_line() {
        assert_eq!(Notebook::parse("n", "\n\n"), Err(NotANotebook::Empty));
        assert_eq!(Notebook::parse("n", "\nlog\n3\nAAA=\n"), Err(NotANotebook::Torn(2)));
        assert_eq!(Notebook::parse("n", "\u{2014} log sig\n"), Err(NotANotebook::Torn(1)));
        assert_eq!(Notebook::parse("n", "log\n3\nA\n\nlog\n4\nB\n\n\u{2014} log sig\n"), Err(NotANotebook::Torn(1)));
    }
}
