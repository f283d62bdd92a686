//! The organizer's program: creates attempts, serves them, and hands out what they prove.

mod commands;
mod help;

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, builder::BoolishValueParser, error::ErrorKind};
use hadir::config::{LogFormat, LogOptions, LogWritten, Written};

use commands::Failure;

/// Counts who really takes part in one live lesson, so that a record claim can be certified.
///
/// Results go to stdout and log lines to stderr. The exit code is 0 when the command is done, 1 when it was refused or
/// failed, and 2 when it was called wrongly.
#[derive(Parser)]
#[command(name = "hadir", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    log: LogWritten,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Creates an attempt in a directory that does not exist yet.
    ///
    /// The declaration that it writes is valid as it stands: edit it, explain it with `hadir declaration check`, and
    /// file what `hadir declaration seal` prints before the lesson.
    Init(commands::init::Arguments),

    /// Explains a declaration, or prints what is filed of it beforehand.
    #[command(subcommand)]
    Declaration(commands::declaration::Command),

    /// Serves an attempt until Ctrl-C; the first start opens it.
    Serve(Box<ServeArguments>),

    /// Takes people in, hands their personal links out, and erases them.
    #[command(subcommand)]
    Roster(commands::roster::Command),

    /// Enrols the persons who act, and hands their personal links out.
    #[command(subcommand)]
    Staff(commands::staff::Command),

    /// Writes the bundle of evidence that an auditor checks with hadir-verify.
    Export(commands::export::Arguments),

    /// Checks a bundle, and makes its documents for people again from its own log.
    ///
    /// hadir-verify compares these documents with the bundle's list only, because it draws no pages and no sheets. A
    /// bundle that another version of this program wrote can have documents that look different and say the same.
    #[cfg(feature = "report")]
    Documents(commands::documents::Arguments),

    /// Writes certificates for everybody who counts, by school, and the reason of everybody else.
    ///
    /// Each certificate has a number and a signed code, which the page /certificate of the hub and the file check.html
    /// check. There are none before attendance is closed.
    #[cfg(feature = "report")]
    Certificates(commands::certificates::Arguments),

    /// Compares Zoom's attendance files with who took part here; it changes no count.
    ///
    /// People are recognised by the short code in their Zoom name, by e-mail, and by a name that nobody else has. The
    /// report says who is in one and not in the other, and which certified persons are seen in both.
    Reconcile(commands::reconcile::Arguments),

    /// Destroys the personal data of a closed attempt at the end of their retention; its evidence stays.
    ///
    /// The log says so, and a last checkpoint is signed, before any key is destroyed. What was interrupted is finished
    /// by the same command.
    Retire(commands::retire::Arguments),

    /// Checks this machine and an attempt, and says what to change.
    Doctor(commands::doctor::Arguments),
}

#[derive(clap::Args)]
struct ServeArguments {
    /// Names the attempt's directory; the demo has its own.
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,

    /// Serves a rehearsal that anybody can join; it is created in ./hadir-demo on first use.
    #[arg(long, env = "HADIR_DEMO", value_parser = BoolishValueParser::new())]
    demo: bool,

    /// Reads options from this file instead of the attempt's own hadir.toml.
    #[arg(long, env = "HADIR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    written: Written,
}

fn main() -> ExitCode {
    let Cli { log, command } = called();
    match run(log, command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::FAILURE
        }
    }
}

/// The call, or the end of the program with what is wrong with it.
fn called() -> Cli {
    let mut program = help::in_sentences(Cli::command());
    let cli = Cli::from_arg_matches(&program.get_matches_mut()).unwrap_or_else(|error| error.exit());
    // A variable that says `false` is no option that is given: clap's own rules between options cannot tell.
    match &cli.command {
        Command::Serve(arguments) if arguments.directory.is_none() && !arguments.demo => {
            let what = "`hadir serve` needs the attempt's directory, or --demo";
            program.error(ErrorKind::MissingRequiredArgument, what).exit()
        }
        Command::Serve(arguments) if arguments.directory.is_some() && arguments.demo => {
            let what = "the demo has its own directory: give `hadir serve` either a directory or --demo (HADIR_DEMO)";
            program.error(ErrorKind::ArgumentConflict, what).exit()
        }
        Command::Roster(command) if command.is_half() => {
            let what = "--accept-valid and --rejects (HADIR_IMPORT_ACCEPT_VALID, HADIR_IMPORT_REJECTS) go together";
            program.error(ErrorKind::MissingRequiredArgument, what).exit()
        }
        Command::Init(_)
        | Command::Declaration(_)
        | Command::Serve(_)
        | Command::Roster(_)
        | Command::Staff(_)
        | Command::Export(_)
        | Command::Reconcile(_)
        | Command::Retire(_)
        | Command::Doctor(_) => cli,
        #[cfg(feature = "report")]
        Command::Documents(_) | Command::Certificates(_) => cli,
    }
}

/// The variables of the other programs of this project.
const OTHERS_VARIABLES: [&str; 3] = ["HADIR_KEY", "HADIR_NOTED", "HADIR_JSON"];

/// A mistyped variable would be silently without effect.
fn warn_of_unknown_variables() {
    let (mut known, mut commands) = (Vec::new(), vec![Cli::command()]);
    while let Some(command) = commands.pop() {
        known.extend(command.get_arguments().filter_map(|argument| argument.get_env().map(ToOwned::to_owned)));
        commands.extend(command.get_subcommands().cloned());
    }
    let ours = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("HADIR_"));
    for name in ours {
        if !known.contains(&name) && !OTHERS_VARIABLES.iter().any(|other| name == *other) {
            tracing::warn!(variable = %name.to_string_lossy(), "this variable is not known; `hadir serve --help` names those that are");
        }
    }
}

fn run(log: LogWritten, command: Command) -> Result<(), Failure> {
    let written = Written::default().with(log.clone());
    if let Command::Serve(arguments) = command {
        let ServeArguments { directory, demo: _, config, written } = *arguments;
        return commands::serve::run(directory, config, written.with(log));
    }
    start_log(&written.log())?;
    match command {
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Declaration(command) => commands::declaration::run(&command),
        Command::Roster(command) => commands::roster::run(&command),
        Command::Staff(command) => commands::staff::run(&command),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Retire(arguments) => commands::retire::run(&arguments),
        #[cfg(feature = "report")]
        Command::Documents(arguments) => commands::documents::run(&arguments),
        #[cfg(feature = "report")]
        Command::Certificates(arguments) => commands::certificates::run(&arguments),
        Command::Reconcile(arguments) => commands::reconcile::run(&arguments),
        Command::Doctor(arguments) => commands::doctor::run(&arguments),
        Command::Serve(_) => Ok(()),
    }
}

/// Log lines go to stderr from here on.
fn start_log(options: &LogOptions) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(&options.filter).map_err(|error| {
        Failure::new(error, "write a level (error, warn, info, debug) or a filter such as `info,hadir=debug`")
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match options.format {
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => lines.json().init(),
    }
    warn_of_unknown_variables();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_help_text_is_a_sentence_and_every_option_has_a_variable() {
        let mut found = Vec::new();

        help::faults(&help::in_sentences(Cli::command()), &mut found);

        assert!(found.is_empty(), "{found:#?}");
    }
}
