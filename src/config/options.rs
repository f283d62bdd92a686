//! Every option of `serve`, from wherever it was written, checked once.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use crate::server::run;

/// Where the hub listens unless told otherwise: this machine only.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// What is logged unless told otherwise.
const DEFAULT_LOG_FILTER: &str = "info";

/// The heading of the flags that every command has.
const EVERY: &str = "Options of every command";

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Writes lines for people.
    #[default]
    #[value(help = "Writes lines for people.")]
    Text,
    /// Writes one JSON object a line, for machines.
    #[value(help = "Writes one JSON object a line, for machines.")]
    Json,
}

/// The options as one place has them; none where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Written {
    /// Listens on this address and port; the default is 127.0.0.1:8080, and 0.0.0.0:8080 means all of this machine's
    /// addresses.
    #[arg(long, env = "HADIR_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,

    /// Speaks TLS with this certificate chain (a PEM file); it needs the key too.
    #[arg(long, env = "HADIR_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// Speaks TLS with this private key (a PEM file); it needs the certificate too.
    #[arg(long, env = "HADIR_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Believes these proxies what X-Forwarded-For and X-Forwarded-Proto say; the default is this machine's own
    /// (127.0.0.1,::1).
    #[arg(long, env = "HADIR_PROXIES", value_name = "IP,...", value_delimiter = ',')]
    pub proxies: Option<Vec<IpAddr>>,

    /// The form of log lines; a flag of every command.
    #[arg(skip)]
    pub log_format: Option<LogFormat>,

    /// What is logged; a flag of every command.
    #[arg(skip)]
    pub log_filter: Option<String>,
}

/// The options of every command.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct LogWritten {
    /// Logs in this form, on stderr; results always go to stdout.
    #[arg(long, env = "HADIR_LOG_FORMAT", value_name = "FORMAT", value_enum, global = true, help_heading = EVERY)]
    pub log_format: Option<LogFormat>,

    /// Logs what passes this filter, such as `info` or `hadir=debug`.
    #[arg(long, env = "HADIR_LOG_FILTER", value_name = "FILTER", global = true, help_heading = EVERY)]
    pub log_filter: Option<String>,
}

/// How the program logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// The form of its lines.
    pub format: LogFormat,
    /// What is logged.
    pub filter: String,
}

/// The options as each module takes them.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The server's.
    pub server: run::Options,
    /// The log lines'.
    pub log: LogOptions,
}

/// Why the options do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Give both files, or neither.
    #[error("`{given}` is set without `{missing}`")]
    HalfTls {
        /// The one that is there.
        given: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
}

impl OptionsError {
    /// What the user can do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::HalfTls { .. } => "TLS needs both a certificate and its key; leave both out behind a proxy",
        }
    }
}

impl Written {
    /// These options, and where they say nothing those of the place that comes after.
    #[must_use]
    pub fn or(self, after: Self) -> Self {
        Self {
            listen: self.listen.or(after.listen),
            tls_cert: self.tls_cert.or(after.tls_cert),
            tls_key: self.tls_key.or(after.tls_key),
            proxies: self.proxies.or(after.proxies),
            log_format: self.log_format.or(after.log_format),
            log_filter: self.log_filter.or(after.log_filter),
        }
    }

    /// These options with those of every command.
    #[must_use]
    pub fn with(self, every: LogWritten) -> Self {
        Self { log_format: every.log_format, log_filter: every.log_filter, ..self }
    }

    /// How the program logs.
    #[must_use]
    pub fn log(&self) -> LogOptions {
        LogOptions {
            format: self.log_format.unwrap_or_default(),
            filter: self.log_filter.clone().unwrap_or_else(|| DEFAULT_LOG_FILTER.to_owned()),
        }
    }

    /// The options of each module.
    ///
    /// # Errors
    /// When they do not go together.
    pub fn check(self) -> Result<Checked, OptionsError> {
        let log = self.log();
        let half = |given, missing| Err(OptionsError::HalfTls { given, missing });
        let tls = match (self.tls_cert, self.tls_key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => return half("tls_cert", "tls_key"),
            (None, Some(_)) => return half("tls_key", "tls_cert"),
        };
        let own = || vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        let server = run::Options {
            listen: self.listen.unwrap_or(DEFAULT_LISTEN),
            tls,
            proxies: self.proxies.unwrap_or_else(own),
        };
        Ok(Checked { server, log })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_first_wins_option_by_option() {
        let flags = Written { listen: "127.0.0.1:1".parse().ok(), ..Written::default() };
        let file = Written {
            listen: "127.0.0.1:2".parse().ok(),
            log_format: Some(LogFormat::Json),
            proxies: Some(Vec::new()),
            ..Written::default()
        };

        let checked = flags.or(file).check().unwrap();

        assert_eq!(checked.server.listen.port(), 1);
        assert_eq!(checked.log.format, LogFormat::Json);
        assert!(checked.server.proxies.is_empty());
    }

    #[test]
    fn a_certificate_without_its_key_is_refused() {
        let half = Written { tls_cert: Some("c.pem".into()), ..Written::default() };

        let refused = half.check().unwrap_err();

        assert_eq!(refused.to_string(), "`tls_cert` is set without `tls_key`");
    }
}
