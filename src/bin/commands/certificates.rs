//! `hadir certificates`.

use std::path::PathBuf;

use clap::{ValueEnum, builder::BoolishValueParser};
use hadir::{
    attempt::{Attempt, calendar::Language},
    server::certificates::{self, IssueError, Issued},
};

use super::{Failure, block_on, print, progress::Bar, with_remedy};

/// How many references are printed; the register has everybody.
const NAMED_MAX: usize = 20;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Names the attempt's directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Writes the certificates into this folder, which names people: only its owner may read it.
    #[arg(long, env = "HADIR_CERTIFICATES_OUT", value_name = "FOLDER")]
    out: PathBuf,

    /// Writes the certificates in this language.
    #[arg(long, env = "HADIR_CERTIFICATES_LANGUAGE", value_enum, default_value_t = Written::Id)]
    language: Written,

    /// Shows no progress; without a terminal there is none to show.
    #[arg(long, env = "HADIR_CERTIFICATES_QUIET", value_parser = BoolishValueParser::new())]
    quiet: bool,
}

/// The language of certificates.
#[derive(Clone, Copy, ValueEnum)]
enum Written {
    #[value(help = "Writes them in Indonesian.")]
    Id,
    #[value(help = "Writes them in English.")]
    En,
}

with_remedy!(IssueError);

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let attempt = Attempt::open(&arguments.directory)?;
    let language = match arguments.language {
        Written::Id => Language::Id,
        Written::En => Language::En,
    };
    let bar = Bar::new(arguments.quiet);
    let watch = |progress| bar.show(progress);
    let issued = block_on(certificates::issue(&attempt, &arguments.out, language, &watch));
    bar.clear();
    print(told(&attempt, arguments, &issued??))
}

fn told(attempt: &Attempt, arguments: &Arguments, issued: &Issued) -> String {
    let out = arguments.out.display();
    let Issued { certificates, schools, reasons, erased, unknown, unprintable, key } = issued;
    let mut lines = vec![
        format!("{out}: {certificates} certificates in {schools} files; {reasons} others with their reasons"),
        format!("publish the key that checks them: {key}"),
        "the folder names people: give each school its own files, and never publish register.csv".to_owned(),
    ];
    if attempt.declaration.declaration.rehearsal {
        lines.push("note: this is a rehearsal; every certificate says so across its page".to_owned());
    }
    if attempt.is_loopback_only() {
        lines.push(
            "note: without public_url in attempt.toml the codes lead to no page; check.html checks them".to_owned(),
        );
    }
    if *erased > 0 {
        lines.push(format!("note: {erased} persons who count are erased: nobody knows whom to give a certificate to"));
    }
    if *unknown > 0 {
        lines.push(format!(
            "note: {unknown} persons came onto the roster after the log took nobody in any more; they are left out"
        ));
    }
    if !unprintable.is_empty() {
        let named: Vec<&str> = unprintable.iter().take(NAMED_MAX).map(String::as_str).collect();
        let more = unprintable.len().saturating_sub(named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!(
            "note: look at the certificates of {}{more}: characters that cannot be printed are shown as a box",
            named.join(", ")
        ));
    }
    lines.join("\n")
}
