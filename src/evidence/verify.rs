//! The verdict on a bundle: everything in it is made again from the log alone and compared, and what differs is named.

mod claims;
mod contents;
mod noted;
mod replay;

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value;

pub use noted::{NotANotebook, Notebook};

use super::{
    bundle::{self, LOG},
    checkpoint::VerifierKey,
    documents::Make,
    files::{CHECKPOINT, CHECKPOINTS, ENTRIES, KEY, POLICY, policy},
    manifest::{BUNDLE_FORMAT, Grade, MANIFEST, Manifest},
    progress::{self, Watch},
};
use crate::domain::{
    ids::{Digest, Size},
    tree::Head,
};

/// What the auditor knows from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The log's key, as it was filed beforehand.
    pub key: Option<VerifierKey>,
    /// The checkpoints that were noted during the attempt.
    pub noted: Option<Notebook>,
}

/// What is said of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything in it follows from the log, and the log is what was signed.
    Sound,
    /// Something in it does not.
    NotSound,
    /// It cannot be read.
    CannotTell,
}

/// One thing that the bundle says, and what the log says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// What it is about.
    pub name: String,
    /// What the bundle says.
    pub claimed: Value,
    /// What the log says.
    pub recomputed: Value,
    /// Whether that is the same, or stands in the relation that the name says.
    pub ok: bool,
}

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file.
    pub file: String,
    /// Its line, from 1, where there is one to name.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// What the verifier says of a bundle.
#[derive(Clone, Debug)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it was compared with a key or checkpoints from elsewhere, and agreed.
    pub anchored: bool,
    /// The log's size and root, as far as it could be read.
    pub head: Option<Head>,
    /// Every claim, with what the log says.
    pub claims: Vec<Claim>,
    /// Everything that is wrong, the first first.
    pub findings: Vec<Finding>,
    /// The documents for people, of which only the digests were compared with the list.
    pub not_recomputed: Vec<String>,
    /// The documents for people that were made again and compared.
    pub remade: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{} line {line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

impl Report {
    /// The report as programs read it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::json!({
            "verdict": self.verdict,
            "anchored": self.anchored,
            "size": self.head.map(|head| head.size),
            "root": self.head.map(|head| head.root),
            "claims": self.claims,
            "error": self.findings.first(),
            "not_recomputed": self.not_recomputed,
        })
    }

    fn cannot_tell(file: String, what: String) -> Self {
        let findings = vec![Finding { file, line: None, what }];
        let (claims, not_recomputed, remade) = (Vec::new(), Vec::new(), Vec::new());
        let (verdict, anchored) = (Verdict::CannotTell, false);
        Self { verdict, anchored, head: None, claims, findings, not_recomputed, remade }
    }
}

/// Why nothing can be said of a bundle.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("a packed bundle: unpack it first (unzip BUNDLE.zip -d FOLDER), then verify the folder")]
    Packed,
    #[error("not a bundle: it has neither {MANIFEST} nor {LOG}/{ENTRIES}")]
    NotABundle,
    #[error("the public grade, which has no entries: nothing can be counted again; ask for the auditor's")]
    Public,
    #[error("a bundle of format {0}, newer than the {BUNDLE_FORMAT} that this program reads: use its own hadir-verify")]
    Newer(u32),
    #[error("the documents for people cannot be made again: {0}")]
    Documents(#[source] io::Error),
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// What a verification can be given beside the bundle.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Makes the documents for people again; without it only their digests are compared.
    pub documents: Option<&'a Make<'a>>,
    /// Is told how far the verification has come.
    pub watch: &'a Watch<'a>,
}

/// Checks a bundle's folder.
#[must_use]
pub fn verify(root: &Path, asked: &Asked) -> Report {
    verify_with(root, asked, Means { documents: None, watch: &progress::unseen })
}

/// Checks a bundle's folder, and its documents where they can be made again.
#[must_use]
pub fn verify_with(root: &Path, asked: &Asked, means: Means<'_>) -> Report {
    match Audit::of(root, asked, means).and_then(Audit::run) {
        Ok(report) => report,
        Err(unreadable) => Report::cannot_tell(root.display().to_string(), unreadable.to_string()),
    }
}

/// One verification.
struct Audit<'a> {
    root: &'a Path,
    asked: &'a Asked,
    means: Means<'a>,
    /// The documents that were made again.
    remade: BTreeSet<String>,
    /// Every file in the folder.
    paths: BTreeSet<String>,
    claims: Vec<Claim>,
    findings: Vec<Finding>,
}

impl<'a> Audit<'a> {
    fn of(root: &'a Path, asked: &'a Asked, means: Means<'a>) -> Result<Self, Unreadable> {
        if fs::metadata(root)?.is_file() {
            let packed = root.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
            return Err(if packed { Unreadable::Packed } else { Unreadable::NotABundle });
        }
        let paths: BTreeSet<String> = bundle::paths(root)?.into_iter().collect();
        if !paths.contains(MANIFEST) && !paths.contains(&in_log(ENTRIES)) {
            return Err(Unreadable::NotABundle);
        }
        let remade = BTreeSet::new();
        Ok(Self { root, asked, means, remade, paths, claims: Vec::new(), findings: Vec::new() })
    }

    fn run(mut self) -> Result<Report, Unreadable> {
        let manifest = self.manifest()?;
        self.compare_with_list(manifest.as_ref());
        let key = self.key()?;
        let heads = match &key {
            Some(key) => {
                self.compare_file(&in_log(POLICY), policy(key).as_bytes())?;
                self.checkpoints(key)?
            }
            None => Vec::new(),
        };
        let replayed = self.replay(&heads)?;
        if let Some(replayed) = &replayed {
            self.claim_head(manifest.as_ref(), &heads, replayed.ledger.head());
            // Counts of lines that nobody signed say nothing, and could be made to cost anything.
            if replayed.is_whole {
                self.compare_contents(replayed, key.as_ref(), &heads)?;
                self.claim_counts(&replayed.ledger)?;
            }
        }
        let noted = match (&key, &replayed) {
            (Some(key), Some(replayed)) => self.compare_with_notebook(key, &replayed.ledger),
            (None, _) | (_, None) => false,
        };
        self.compare_hashes(manifest.as_ref(), replayed.as_ref())?;
        let not_recomputed = self.not_recomputed(manifest.as_ref());
        let sound = self.findings.is_empty() && self.claims.iter().all(|claim| claim.ok);
        Ok(Report {
            verdict: if sound { Verdict::Sound } else { Verdict::NotSound },
            anchored: sound && (self.asked.key.is_some() || noted),
            head: replayed.map(|replayed| replayed.ledger.head()),
            claims: self.claims,
            findings: self.findings,
            not_recomputed,
            remade: self.remade.into_iter().collect(),
        })
    }

    /// The list of files; none when it is missing or damaged, which is found.
    fn manifest(&mut self) -> Result<Option<Manifest>, Unreadable> {
        let Some(bytes) = self.read(MANIFEST)? else { return Ok(None) };
        if let Ok(value) = serde_json::from_slice::<Value>(&bytes) {
            let format = value.get("format").and_then(Value::as_u64).and_then(|format| u32::try_from(format).ok());
            if let Some(format) = format.filter(|format| *format > BUNDLE_FORMAT) {
                return Err(Unreadable::Newer(format));
            }
        }
        match serde_json::from_slice::<Manifest>(&bytes) {
            Ok(manifest) if self.is_public(&manifest) => Err(Unreadable::Public),
            Ok(manifest) => Ok(Some(manifest)),
            Err(error) => {
                self.find(MANIFEST, Some(error.line() as u64), format!("not a manifest: {error}"));
                Ok(None)
            }
        }
    }

    /// Whether it is what everybody may see: whoever calls a log so must not have one.
    fn is_public(&self, manifest: &Manifest) -> bool {
        manifest.grade() == Grade::Public && !self.paths.contains(&in_log(ENTRIES))
    }

    /// The key that the auditor brought, or else the bundle's own.
    fn key(&mut self) -> Result<Option<VerifierKey>, Unreadable> {
        let name = in_log(KEY);
        let Some(bytes) = self.read(&name)? else { return Ok(self.asked.key.clone()) };
        let own = String::from_utf8_lossy(&bytes).parse::<VerifierKey>();
        match (&self.asked.key, own) {
            (None, Ok(own)) => Ok(Some(own)),
            (Some(asked), Ok(own)) if *asked == own => Ok(Some(own)),
            (Some(asked), Ok(own)) => {
                self.find(&name, Some(1), format!("the bundle's key is {own}, not {asked}"));
                Ok(Some(asked.clone()))
            }
            (asked, Err(error)) => {
                let asked = asked.clone();
                self.find(&name, Some(1), error.to_string());
                Ok(asked)
            }
        }
    }

    /// The heads that the key has signed, smallest first.
    fn checkpoints(&mut self, key: &VerifierKey) -> Result<Vec<Head>, Unreadable> {
        let folder = format!("{}/", in_log(CHECKPOINTS));
        let kept: Vec<String> = self.paths.iter().filter(|path| path.starts_with(&folder)).cloned().collect();
        let mut heads = Vec::new();
        for path in kept {
            let Some(head) = self.checkpoint(key, &path)? else { continue };
            if path == format!("{folder}{:012}", head.size.0) {
                heads.push(head);
            } else {
                self.find(&path, None, format!("holds the checkpoint of size {}", head.size.0));
            }
        }
        heads.sort_by_key(|head| head.size);
        let name = in_log(CHECKPOINT);
        let newest = self.checkpoint(key, &name)?;
        if let Some(newest) = newest
            && heads.last() != Some(&newest)
        {
            self.find(&name, None, "is not the newest of the kept checkpoints".to_owned());
            heads.retain(|head| head.size < newest.size);
            heads.push(newest);
        }
        Ok(heads)
    }

    fn checkpoint(&mut self, key: &VerifierKey, path: &str) -> Result<Option<Head>, Unreadable> {
        let Some(bytes) = self.read(path)? else { return Ok(None) };
        let opened = std::str::from_utf8(&bytes).map_err(|_| "not UTF-8".to_owned());
        match opened.and_then(|note| key.open(note).map_err(|error| error.to_string())) {
            Ok(head) => Ok(Some(head)),
            Err(what) => {
                self.find(path, None, what);
                Ok(None)
            }
        }
    }

    fn claim_head(&mut self, manifest: Option<&Manifest>, heads: &[Head], found: Head) {
        let mut pairs: Vec<(&str, Size, Digest)> = Vec::new();
        pairs.extend(manifest.map(|manifest| ("manifest", manifest.size, manifest.root)));
        pairs.extend(heads.last().map(|head| ("checkpoint", head.size, head.root)));
        for (name, size, root) in pairs {
            self.claim(format!("{name}.size"), size.0, found.size.0);
            self.claim(format!("{name}.root"), root.to_string(), found.root.to_string());
        }
    }

    /// Records what the bundle says beside what the log says.
    fn claim<T: Into<Value>>(&mut self, name: String, claimed: T, recomputed: T) {
        let (claimed, recomputed) = (claimed.into(), recomputed.into());
        let ok = claimed == recomputed;
        self.claims.push(Claim { name, claimed, recomputed, ok });
    }

    fn find(&mut self, file: &str, line: Option<u64>, what: String) {
        self.findings.push(Finding { file: file.to_owned(), line, what });
    }

    /// A file's bytes; what is missing is found elsewhere.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Unreadable> {
        match fs::read(self.path(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Unreadable::Io(error)),
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

/// The path of one of the log's files.
fn in_log(name: &str) -> String {
    format!("{LOG}/{name}")
}
