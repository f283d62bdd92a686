//! Which web pages may open a socket, and from where a request really comes.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, header};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The other end of a connection, as the listener saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Whether it speaks TLS with us.
    pub secure: bool,
}

impl Peer {
    /// The peer behind a proxy of ours; what a header says is believed from nobody else.
    #[must_use]
    pub fn behind(self, proxies: &[IpAddr], headers: &HeaderMap) -> Self {
        if !proxies.contains(&self.address) {
            return self;
        }
        // The last entry is the one that our own proxy has added.
        let address = text(headers, &FORWARDED_FOR)
            .and_then(|list| list.rsplit(',').next())
            .and_then(|last| last.trim().parse().ok())
            .unwrap_or(self.address);
        let secure = text(headers, &FORWARDED_PROTO).map_or(self.secure, |scheme| scheme.trim() == "https");
        Self { address, secure }
    }
}

/// The origin of a URL as browsers write it: scheme, host and a port that is not the scheme's own.
#[must_use]
pub(super) fn of_url(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())?;
    Some(written(&scheme.to_ascii_lowercase(), authority))
}

fn written(scheme: &str, authority: &str) -> String {
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let host = authority.strip_suffix(own_port).unwrap_or(authority).to_ascii_lowercase();
    format!("{scheme}://{host}")
}

/// Whether a request may open a socket: programs send no Origin; a page must be ours.
#[must_use]
pub(super) fn is_allowed(headers: &HeaderMap, secure: bool, public: Option<&str>) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().and_then(of_url) else { return false };
    let scheme = if secure { "https" } else { "http" };
    let own = text(headers, &header::HOST).map(|host| written(scheme, host));
    Some(origin.as_str()) == public || Some(&origin) == own.as_ref()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_our_own_pages_and_programs_open_sockets() {
        let public = of_url("https://Hadir.example/join");
        let cases = [
            (None, false, true),
            (Some("http://127.0.0.1:8080"), false, true),
            (Some("http://127.0.0.1:8080"), true, false),
            (Some("https://127.0.0.1:8080"), true, true),
            (Some("http://127.0.0.1:8081"), false, false),
            (Some("https://hadir.example"), false, true),
            (Some("https://hadir.example:443"), false, true),
            (Some("http://hadir.example"), false, false),
            (Some("https://hadir.example.evil.test"), false, false),
            (Some("null"), false, false),
        ];
        for (origin, secure, allowed) in cases {
            let mut headers = headers(&[("host", "127.0.0.1:8080")]);
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }

            assert_eq!(is_allowed(&headers, secure, public.as_deref()), allowed, "{origin:?} {secure}");
        }
    }

    #[test]
    fn what_a_stranger_says_of_its_own_address_is_not_believed() {
        let peer = Peer { address: "10.0.0.1".parse().unwrap(), secure: false };
        let said = headers(&[("x-forwarded-for", "6.6.6.6, 203.0.113.9"), ("x-forwarded-proto", "https")]);

        assert_eq!(peer.behind(&[], &said), peer);
        assert_eq!(peer.behind(&[peer.address], &said), Peer { address: "203.0.113.9".parse().unwrap(), secure: true });
    }
}
