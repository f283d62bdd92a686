//! The list of a bundle's files with their digests, and what it is a bundle of.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::{
    ids::{Digest, Size},
    ledger::Ledger,
    line::FORMAT,
    tree::Head,
};

/// The list's own name in a bundle.
pub(super) const MANIFEST: &str = "manifest.json";

/// The version of a bundle's layout that this program writes and reads.
pub(super) const BUNDLE_FORMAT: u32 = 1;

/// For whom a bundle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// For everybody: counts only.
    Public,
    /// For whoever checks: everything, under pseudonyms.
    Auditor,
}

/// What a bundle holds. All of it follows from the evidence, so that every export of one log is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// The version of the bundle's layout.
    pub(super) format: u32,
    /// Named where it is not the auditor's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) grade: Option<Grade>,
    /// The version of the log's lines.
    pub(super) line_format: u32,
    /// The version of the program that wrote the end of the log; none before a node started.
    pub(super) program: Option<String>,
    /// The log's origin.
    pub(super) origin: String,
    /// How many of the log's entries are in the bundle.
    pub(super) size: Size,
    /// The root over them.
    pub(super) root: Digest,
    /// Every file but this list, in the order of their paths.
    pub(super) files: Vec<Listed>,
}

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    /// Where it is, with `/` between the parts.
    pub(super) path: String,
    /// Its size.
    pub(super) bytes: u64,
    /// Its digest, as `sha256sum` prints it.
    pub(super) sha256: Digest,
}

impl Manifest {
    /// The list for a log, in the one order and with the versions of this program.
    #[must_use]
    pub(super) fn new(origin: String, ledger: &Ledger, files: Vec<Listed>) -> Self {
        Self::of(origin, ledger.attendance().program().map(str::to_owned), ledger.head(), files)
    }

    /// The list of the public grade.
    #[must_use]
    pub(super) fn public(origin: String, ledger: &Ledger, files: Vec<Listed>) -> Self {
        Self { grade: Some(Grade::Public), ..Self::new(origin, ledger, files) }
    }

    /// For whom the bundle is.
    #[must_use]
    pub(super) fn grade(&self) -> Grade {
        self.grade.unwrap_or(Grade::Auditor)
    }

    fn of(origin: String, program: Option<String>, head: Head, mut files: Vec<Listed>) -> Self {
        files.sort_by(|left, right| left.path.cmp(&right.path));
        let Head { size, root } = head;
        Self { format: BUNDLE_FORMAT, grade: None, line_format: FORMAT, program, origin, size, root, files }
    }

    /// The exact bytes of `manifest.json`.
    ///
    /// # Errors
    /// Never for this type; the caller reports it as a defect.
    pub(super) fn bytes(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// Describes a file while it passes by.
#[derive(Default)]
pub(super) struct Hashing {
    sha256: Sha256,
    bytes: u64,
}

impl Hashing {
    pub(super) fn update(&mut self, part: &[u8]) {
        self.sha256.update(part);
        self.bytes = self.bytes.saturating_add(part.len() as u64);
    }

    pub(super) fn listed(self, path: &str) -> Listed {
        Listed { path: path.to_owned(), bytes: self.bytes, sha256: Digest(self.sha256.finalize().into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_back_and_lists_its_files_in_order() {
        let files = vec![Hashing::default().listed("tallies.json"), Hashing::default().listed("README.txt")];
        let head = Head { size: Size(3), root: Digest([7; 32]) };

        let manifest = Manifest::of("hadir.example/x".into(), Some("0.1.0".into()), head, files);

        assert_eq!(serde_json::from_slice::<Manifest>(&manifest.bytes().unwrap()).unwrap(), manifest);
        assert_eq!(manifest.files.first().unwrap().path, "README.txt");
        assert_eq!(
            manifest.files.first().unwrap().sha256.to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
