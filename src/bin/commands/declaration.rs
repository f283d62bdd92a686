//! `hadir declaration check` and `hadir declaration seal`.

use std::path::{Path, PathBuf};

use hadir::attempt::{
    Attempt,
    declaration::{DeclarationError, DeclarationFile},
    keys::KeysError,
    layout::Layout,
    words,
};

use super::{Failure, print};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Checks a declaration and explains it in words, in Indonesian and English.
    Check {
        /// Names the attempt's directory, or a declaration's file.
        #[arg(value_name = "DIR")]
        place: PathBuf,
    },
    /// Prints the digest, the log's origin and its key, to be filed with the record body before the lesson.
    Seal {
        /// Names the attempt's directory.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
}

impl From<DeclarationError> for Failure {
    fn from(error: DeclarationError) -> Self {
        let remedy = match error {
            DeclarationError::Io { .. } => "check the path; `hadir init DIR` writes a valid declaration",
            DeclarationError::Invalid { .. } => "correct these lines, then check again",
        };
        Self::new(error, remedy)
    }
}

impl From<KeysError> for Failure {
    fn from(error: KeysError) -> Self {
        Self::new(error, "restore the attempt's keys from a copy")
    }
}

pub(crate) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Check { place } => check(place),
        Command::Seal { directory } => seal(directory),
    }
}

fn check(place: &Path) -> Result<(), Failure> {
    let path = if place.is_file() { place.to_owned() } else { Layout::new(place).declaration() };
    let file = DeclarationFile::load(&path)?;
    let explained = words::explain(&file.declaration);
    let reach = match &file.declaration.public_url {
        Some(url) => format!("Links lead to {url}. / Tautan menuju {url}."),
        None => "Links work on this machine only: public_url is not declared. / \
                 Tautan hanya berlaku di komputer ini: public_url belum diisi."
            .to_owned(),
    };
    print(format!(
        "{} is valid.\nSHA-256 {}\n\nBahasa Indonesia\n{}\n\nEnglish\n{}\n\n{reach}",
        path.display(),
        file.digest,
        explained.id,
        explained.en
    ))
}

fn seal(directory: &Path) -> Result<(), Failure> {
    let attempt = Attempt::open(directory)?;
    let key = attempt.signing_key()?;
    let DeclarationFile { declaration, digest, .. } = &attempt.declaration;
    print(format!(
        "title         {}\n\
         rehearsal     {}\n\
         declaration   {digest}\n\
         log origin    {}\n\
         verifier key  {}\n\
         rule          {}\n\
         aturan        {}\n\
         note          the declaration's line is what `sha256sum {}` prints; whoever has the key can check every checkpoint",
        declaration.title,
        declaration.rehearsal,
        attempt.origin(),
        key.verifier(),
        declaration.rule.words().en,
        declaration.rule.words().id,
        attempt.layout.declaration().display(),
    ))
}
