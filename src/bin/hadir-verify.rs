//! The auditor's program: reads a bundle, makes everything in it again, and says whether it is sound.

mod help;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{CommandFactory, FromArgMatches, Parser, builder::BoolishValueParser};
use hadir::evidence::{
    checkpoint::VerifierKey,
    verify::{self, Asked, Notebook, Report, Verdict},
};
use serde_json::json;

/// Verifies an exported bundle: recomputes every count and table from the log alone, and names the first line that is
/// wrong.
///
/// Exits with 0 when the bundle is sound, 1 when it is not (a wrong key too), and 2 when nothing can be said. Without
/// --key and --noted a sound bundle is consistent in itself, but nothing shows that it is the history that was watched.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Names the folder of the bundle; a .zip is unpacked first.
    bundle: PathBuf,
    /// Checks the signatures with this verifier key, as it was filed beforehand; it may be a file that holds the key.
    #[arg(long, value_name = "VERIFIER_KEY", env = "HADIR_KEY")]
    key: Option<String>,
    /// Compares with the checkpoints in this file, which were noted during the attempt and stand between empty lines.
    #[arg(long, value_name = "FILE", env = "HADIR_NOTED")]
    noted: Option<PathBuf>,
    /// Prints the report as one JSON object.
    #[arg(long, env = "HADIR_JSON", value_parser = BoolishValueParser::new())]
    json: bool,
}

fn main() -> ExitCode {
    let matches = help::in_sentences(Arguments::command()).get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let said = match asked(&arguments) {
        Ok(asked) => {
            let report = verify::verify(&arguments.bundle, &asked);
            say(&report, &asked, arguments.json).map(|()| exit_code(report.verdict))
        }
        Err(problem) => say_problem(&problem, arguments.json).map(|()| ExitCode::from(2)),
    };
    // A reader that went away has seen enough to know that this was cut short.
    said.unwrap_or(ExitCode::from(2))
}

fn exit_code(verdict: Verdict) -> ExitCode {
    match verdict {
        Verdict::Sound => ExitCode::SUCCESS,
        Verdict::NotSound => ExitCode::from(1),
        Verdict::CannotTell => ExitCode::from(2),
    }
}

/// What the auditor gave that cannot be used.
struct Problem {
    file: String,
    what: String,
}

fn asked(arguments: &Arguments) -> Result<Asked, Problem> {
    Ok(Asked {
        key: arguments.key.as_deref().map(key).transpose()?,
        noted: arguments.noted.as_deref().map(notebook).transpose()?,
    })
}

/// A key as text, or the file that holds it.
fn key(given: &str) -> Result<VerifierKey, Problem> {
    let text = if Path::new(given).is_file() { read(Path::new(given))? } else { given.to_owned() };
    text.parse().map_err(|error| Problem { file: "--key".into(), what: format!("{error}") })
}

fn notebook(path: &Path) -> Result<Notebook, Problem> {
    let name = path.display().to_string();
    let text = read(path)?;
    Notebook::parse(&name, &text).map_err(|error| Problem { file: name, what: error.to_string() })
}

fn read(path: &Path) -> Result<String, Problem> {
    fs::read_to_string(path)
        .map_err(|error| Problem { file: path.display().to_string(), what: format!("cannot be read: {error}") })
}

fn say(report: &Report, asked: &Asked, as_json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if as_json {
        return writeln!(out, "{}", report.to_json());
    }
    for claim in &report.claims {
        let mark = if claim.ok { "ok   " } else { "WRONG" };
        writeln!(out, "{mark} {}: claimed {}, recomputed {}", claim.name, claim.claimed, claim.recomputed)?;
    }
    for finding in &report.findings {
        writeln!(out, "WRONG {finding}")?;
    }
    if let Some(head) = report.head {
        writeln!(out, "{} entries, root {}", head.size.0, head.root)?;
    }
    if !report.not_recomputed.is_empty() {
        let documents = report.not_recomputed.join(", ");
        writeln!(
            out,
            "note: made for people, not recomputed here, only compared with manifest.json / dibuat untuk dibaca orang, \
             tidak dihitung ulang di sini, hanya dicocokkan dengan manifest.json: {documents}"
        )?;
    }
    writeln!(out, "{}", verdict_text(report, asked))
}

fn verdict_text(report: &Report, asked: &Asked) -> &'static str {
    match (report.verdict, report.anchored) {
        (Verdict::Sound, true) if asked.noted.is_some() => {
            "SOUND: this is the history that was watched, and everything follows from it\n\
             SAH: inilah riwayat yang disaksikan, dan semua isinya berasal darinya"
        }
        (Verdict::Sound, true) => {
            "SOUND: the history is signed by the given key, and everything follows from it\n\
             SAH: riwayat ini ditandatangani dengan kunci yang diberikan, dan semua isinya berasal darinya"
        }
        (Verdict::Sound, false) => {
            "CONSISTENT, NOT ANCHORED: give --key (as filed beforehand) or --noted (checkpoints noted during the \
             attempt) to see whether this is the history that was watched\n\
             KONSISTEN, BELUM TERTAMBAT: berikan --key atau --noted untuk memastikan inilah riwayat yang disaksikan"
        }
        (Verdict::NotSound, _) => "NOT SOUND: see the lines marked WRONG\nTIDAK SAH: lihat baris bertanda WRONG",
        (Verdict::CannotTell, _) => "CANNOT TELL\nTIDAK DAPAT DIPASTIKAN",
    }
}

fn say_problem(problem: &Problem, as_json: bool) -> io::Result<()> {
    let Problem { file, what } = problem;
    let mut out = io::stdout().lock();
    if as_json {
        let error = json!({ "file": file, "line": null, "what": what });
        let report = json!({
            "verdict": Verdict::CannotTell, "anchored": false, "size": null, "root": null, "claims": [], "error": error,
            "not_recomputed": [],
        });
        return writeln!(out, "{report}");
    }
    writeln!(out, "WRONG {file}: {what}\nCANNOT TELL\nTIDAK DAPAT DIPASTIKAN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_help_text_is_a_sentence_and_every_option_has_a_variable() {
        let mut found = Vec::new();

        help::faults(&help::in_sentences(Arguments::command()), &mut found);

        assert!(found.is_empty(), "{found:#?}");
    }
}
