//! `hadir export`.

use std::path::PathBuf;

use clap::{ValueEnum, builder::BoolishValueParser};
use hadir::{
    attempt::{Attempt, OpenError, layout::Layout},
    domain::{ids::Size, ledger::Ledger},
    evidence::{checkpoint::VerifierKey, manifest::Grade, progress::Watch},
    server::export::{self, ExportError, Exported, Wanted},
};

use super::{Failure, block_on, print, progress::Bar, with_remedy};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Names the attempt's directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Writes the bundle to this folder, or as one file where the path ends in .zip.
    #[arg(long, env = "HADIR_EXPORT_OUT", value_name = "PATH")]
    out: PathBuf,

    /// Exports what the log said when it had this many entries; a checkpoint of exactly this size must exist.
    #[arg(long, env = "HADIR_EXPORT_AT", value_name = "SIZE")]
    at: Option<u64>,

    /// Says for whom the bundle is.
    #[arg(long, env = "HADIR_EXPORT_GRADE", value_enum, default_value = "auditor")]
    grade: For,

    /// Shows no progress; without a terminal there is none to show.
    #[arg(long, env = "HADIR_EXPORT_QUIET", value_parser = BoolishValueParser::new())]
    quiet: bool,
}

/// For whom a bundle is.
#[derive(Clone, Copy, ValueEnum)]
enum For {
    /// For everybody.
    #[value(help = "Writes counts only, none of one to four persons.")]
    Public,
    /// For whoever checks.
    #[value(help = "Writes everything under pseudonyms, to be counted again.")]
    Auditor,
}

with_remedy!(ExportError);

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bar = Bar::new(arguments.quiet);
    let watch = |progress| bar.show(progress);
    let (layout, key, counted) = signed(arguments, &watch)?;
    let grade = match arguments.grade {
        For::Public => Grade::Public,
        For::Auditor => Grade::Auditor,
    };
    let wanted = Wanted { grade, at: arguments.at.map(Size), out: &arguments.out };
    let exported = export::export_graded(&layout, &key, counted, wanted, &watch);
    bar.clear();
    let Exported { head, beyond } = exported?;
    let out = arguments.out.display();
    print(format!("{out}: {} entries, root {}", head.size.0, head.root))?;
    if beyond > 0 {
        print(format!("note: {beyond} later entries are not in it; they are not signed yet, or were not asked for"))?;
    }
    if grade == Grade::Public {
        return print("the public grade has no entries: whoever checked the auditor's grade vouches for what it says");
    }
    print(format!("check it elsewhere with `hadir-verify {out} --key '{key}'`"))
}

/// Signs what is durable, and gives the log's key and count. Of a retired attempt everything is signed, by a key that
/// is gone.
fn signed(arguments: &Arguments, watch: &Watch<'_>) -> Result<(Layout, VerifierKey, Option<Ledger>), Failure> {
    let attempt = match Attempt::open(&arguments.directory) {
        Err(OpenError::Retired(directory)) => {
            let layout = Layout::new(directory);
            return Ok((layout.clone(), export::published_key(&layout)?, None));
        }
        opened => opened?,
    };
    if !attempt.is_open() {
        return Err(Failure::words(
            format!("{} was never served: nothing is logged yet", arguments.directory.display()),
            format!("open it with `hadir serve {}`", arguments.directory.display()),
        ));
    }
    let counted = block_on(export::sign_watched(&attempt, watch))??;
    let key = attempt.signing_key().map_err(ExportError::from)?.verifier().clone();
    Ok((attempt.layout, key, counted))
}
