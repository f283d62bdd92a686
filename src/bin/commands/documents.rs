//! `hadir documents`.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use hadir::{evidence::verify::Report, server::export};

use super::{Failure, print, progress::Bar};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Names the folder of the bundle; a .zip is unpacked first.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    /// Shows no progress; without a terminal there is none to show.
    #[arg(long, env = "HADIR_DOCUMENTS_QUIET", value_parser = BoolishValueParser::new())]
    quiet: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bar = Bar::new(arguments.quiet);
    let report = export::check_documents(&arguments.bundle, &|progress| bar.show(progress));
    bar.clear();
    let bundle = arguments.bundle.display();
    if let Some(wrong) = wrong(&report) {
        return Err(Failure::words(
            format!("{bundle}: {wrong}"),
            "check the bundle with hadir-verify; where only documents differ, make them again with the program \
             version that manifest.json names",
        ));
    }
    if report.remade.is_empty() {
        return Err(Failure::words(
            format!("{bundle} holds no documents"),
            "export the attempt with a program that was built with the feature `report`",
        ));
    }
    for document in &report.remade {
        print(format!("ok    {document}"))?;
    }
    print("every document is what this bundle's log makes it; hadir-verify --key says whose log it is")
}

/// Everything that is wrong with the bundle or its documents, in one sentence.
fn wrong(report: &Report) -> Option<String> {
    let findings = report.findings.iter().map(ToString::to_string);
    let claims = report.claims.iter().filter(|claim| !claim.ok).map(|claim| format!("{} is wrong", claim.name));
    let wrong: Vec<String> = findings.chain(claims).collect();
    (!wrong.is_empty()).then(|| wrong.join("; "))
}
