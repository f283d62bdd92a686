//! `hadir.toml`: the options as a file has them.

use std::{
    fmt, fs, io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use toml::de::DeValue;

use super::options::{LogFormat, Written};
use crate::attempt::settings::{self, Problem, Setting};

/// Why a file of options cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Check the path and your rights.
    #[error("{} cannot be read", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Correct the file: every mistake is listed.
    #[error("{} is not a valid file of options:{}", .path.display(), List(.problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        problems: Vec<Problem>,
    },
}

struct List<'a>(&'a [Problem]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl ConfigError {
    /// What the user can do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check the path and your right to read it",
            Self::Invalid { .. } => "correct these lines; `config/hadir.toml` documents every option",
        }
    }
}

/// Reads a file of options. Paths in it are taken from the file's own directory.
///
/// # Errors
/// When it cannot be read, or with every mistake in it.
pub fn load(path: &Path) -> Result<Written, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Io { path: path.to_owned(), source })?;
    let mut problems = Vec::new();
    let written = match settings::parse(&text) {
        Ok(top) => read(top, path.parent().unwrap_or(Path::new("")), &mut problems),
        Err(problem) => {
            problems.push(problem);
            Written::default()
        }
    };
    problems.sort_by_key(|problem| problem.line);
    if problems.is_empty() { Ok(written) } else { Err(ConfigError::Invalid { path: path.to_owned(), problems }) }
}

fn read(mut top: settings::Section<'_>, directory: &Path, problems: &mut Vec<Problem>) -> Written {
    let listen = top.take::<Listen>("listen", problems).map(|listen| listen.0);
    let certificate: Option<String> = top.take("tls_cert", problems);
    let key: Option<String> = top.take("tls_key", problems);
    let proxies = top.take::<Proxies>("proxies", problems).map(|proxies| proxies.0);
    let log_format = top.take("log_format", problems);
    let log_filter = top.take("log_filter", problems);
    top.finish(problems);
    Written {
        listen,
        tls_cert: certificate.map(|path| directory.join(path)),
        tls_key: key.map(|path| directory.join(path)),
        proxies,
        log_format,
        log_filter,
    }
}

struct Listen(SocketAddr);

impl Setting for Listen {
    const EXPECTED: &'static str = "address and port, such as \"0.0.0.0:8080\"";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let text = String::read(value)?;
        text.parse().map(Self).map_err(|_| format!("is \"{text}\""))
    }
}

struct Proxies(Vec<IpAddr>);

impl Setting for Proxies {
    const EXPECTED: &'static str = "a list of IP addresses, such as [\"127.0.0.1\"]";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let texts = Vec::<String>::read(value)?;
        let address = |text: String| text.parse().map_err(|_| format!("has \"{text}\" in it"));
        texts.into_iter().map(address).collect::<Result<_, _>>().map(Self)
    }
}

impl Setting for LogFormat {
    const EXPECTED: &'static str = "\"text\" or \"json\"";

    fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let text = String::read(value)?;
        Self::from_str(&text, false).map_err(|_| format!("is \"{text}\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Written, ConfigError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hadir.toml");
        fs::write(&path, text).unwrap();
        load(&path)
    }

    #[test]
    fn the_documented_file_says_what_is_the_case_without_it() {
        let documented = load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config/hadir.toml"))).unwrap();

        let (with, without) = (documented.check().unwrap(), Written::default().check().unwrap());
        assert_eq!(with.server.listen, without.server.listen);
        assert_eq!(with.server.proxies, without.server.proxies);
        assert_eq!(with.log, without.log);
    }

    #[test]
    fn every_option_is_documented_in_the_file() {
        let text = include_str!("../../config/hadir.toml");

        for option in ["listen", "tls_cert", "tls_key", "proxies", "log_format", "log_filter"] {
            let line = |line: &str| line.trim_start_matches("# ").starts_with(&format!("{option} = "));
            assert!(text.lines().any(line), "{option}");
        }
    }

    #[test]
    fn an_unknown_key_and_a_wrong_type_are_both_reported() {
        let error = read_text("listn = \"127.0.0.1:1\"\nproxies = \"127.0.0.1\"\nlog_format = \"xml\"\n").unwrap_err();

        let said = error.to_string();
        for part in ["line 1: `listn` is not a known key (did you mean `listen`?)", "line 2: `proxies`", "line 3:"] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }

    #[test]
    fn paths_are_taken_from_the_files_own_directory() {
        let written = read_text("tls_cert = \"tls/chain.pem\"\ntls_key = \"/etc/key.pem\"\n").unwrap();

        assert!(written.tls_cert.unwrap().is_absolute());
        assert_eq!(written.tls_key, Some(PathBuf::from("/etc/key.pem")));
    }
}
