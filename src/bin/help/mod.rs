//! Help texts as both programs print them: complete sentences, and every option with its environment variable.

use clap::Command;

/// The command as it is called: its help, with that which clap adds by itself, in complete sentences.
pub(crate) fn in_sentences(mut command: Command) -> Command {
    // Only a built command has what clap adds: the flags for help and version, and the command `help`.
    command.build();
    sentences(command)
}

fn sentences(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let command = command.mut_args(|argument| {
        let own = match argument.get_id().as_str() {
            "help" => Some("Prints this help; --help prints all of it.".to_owned()),
            "version" => Some("Prints the version.".to_owned()),
            "subcommand" => Some("Names the command to explain.".to_owned()),
            _ => argument.get_help().map(|text| sentence(&text.to_string())),
        };
        let argument = match own {
            Some(text) => argument.help(text),
            None => argument,
        };
        match argument.get_long_help().map(|text| sentence(&text.to_string())) {
            Some(_) if argument.get_id() == "help" => argument.long_help("Prints this help; -h prints it in short."),
            Some(text) => argument.long_help(text),
            None => argument,
        }
    });
    let about = match command.get_name() {
        "help" => Some("Explains a command.".to_owned()),
        _ => command.get_about().map(|text| sentence(&text.to_string())),
    };
    let command = match about {
        Some(text) => command.about(text),
        None => command,
    };
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, sentences))
}

/// Doc comments lose their last full stop on the way to clap.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// What is wrong with a command's help texts: each has to be one or more sentences, beginning with what is done
/// (`Writes ...`), and each option has to have a variable. For tests.
#[cfg(test)]
pub(crate) fn faults(command: &Command, found: &mut Vec<String>) {
    let name = command.get_name();
    let mut texts: Vec<(String, String)> = Vec::new();
    texts.push((name.to_owned(), command.get_about().map(ToString::to_string).unwrap_or_default()));
    for argument in command.get_arguments() {
        let (id, text) = (argument.get_id(), argument.get_help().map(ToString::to_string).unwrap_or_default());
        texts.push((format!("{name} {id}"), text));
        // Those of a flag are true and false.
        let values = argument.get_possible_values().into_iter().filter(|_| argument.get_action().takes_values());
        let values = values.map(|value| (value.get_name().to_owned(), value.get_help().map(ToString::to_string)));
        texts.extend(values.map(|(value, text)| (format!("{name} {id} {value}"), text.unwrap_or_default())));
        let from_clap = matches!(id.as_str(), "help" | "version");
        if !argument.is_positional() && !from_clap {
            let variable = argument.get_env().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if !variable.starts_with("HADIR_") {
                found.push(format!("{name} {id} has no variable"));
            }
        }
    }
    for (place, text) in texts {
        let first = text.split_whitespace().next().unwrap_or_default();
        let verb = first.starts_with(char::is_uppercase) && first.ends_with('s');
        if !verb || !text.ends_with('.') {
            found.push(format!("{place}: {text}"));
        }
    }
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        faults(inner, found);
    }
}
