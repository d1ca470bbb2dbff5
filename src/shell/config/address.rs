//! Where to connect to.

use std::ffi::OsString;
use std::fmt;
use std::net::Ipv6Addr;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use super::problem::Wrong;
use super::values::{TLS, digits};
use crate::gateway::target;

/// A host and a port to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

/// Whom to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remote {
    /// By TCP.
    Tcp(Address),
    /// Over a Unix socket, by the path of its file.
    Unix(PathBuf),
}

/// Where a webhook is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Whom to connect to.
    pub remote: Remote,
    /// Whether it is one of https.
    pub secure: bool,
    /// The Host header: host, and port when it is not that of the scheme.
    pub authority: String,
    /// Path and query.
    pub target: String,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} port {}", self.host, self.port)
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Url {
    /// Whether nobody but this machine is on the way.
    pub(super) fn is_near(&self) -> bool {
        match &self.remote {
            Remote::Unix(_) => true,
            Remote::Tcp(Address { host, .. }) => {
                host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
            }
        }
    }
}

/// `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`.
pub(super) fn address(text: &str, default_port: u16) -> Result<Address, Wrong> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').unwrap_or(("", ""));
        if host.parse::<Ipv6Addr>().is_err() || !(rest.is_empty() || rest.starts_with(':')) {
            return Err(Wrong::new(
                format!("{text:?} is not an IPv6 address in brackets and a port"),
                "Write it like [::1]:5347.",
            ));
        }
        (host, rest.strip_prefix(':'))
    } else {
        match text.split_once(':') {
            Some((_, rest)) if rest.contains(':') => {
                return Err(Wrong::new(
                    format!("{text:?} has more than one colon"),
                    "Put an IPv6 address in brackets, like [::1]:5347.",
                ));
            }
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    if !host.contains(':') && !is_host(host) {
        return Err(Wrong::new(
            format!("{host:?} is not a host name"),
            "Write a host name or an IP address, then perhaps a colon and a port.",
        ));
    }
    let port = port.map_or(Ok(default_port), |text| {
        digits(text)
            .and_then(|n| u16::try_from(n).ok())
            .filter(|port| *port > 0)
            .ok_or_else(|| Wrong::new(format!("{text:?} is not a port"), "Write a number from 1 to 65535."))
    })?;
    Ok(Address { host: host.to_owned(), port })
}

/// Letters, digits, `-` and (as container networks use it) `_`, in labels of at most 63; a final dot is fine.
fn is_host(host: &str) -> bool {
    let labels = host.strip_suffix('.').unwrap_or(host);
    labels.len() <= 253
        && labels.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
}

/// `http[s]://HOST[:PORT][/PATH][?QUERY]`, or `http+unix://%2FPATH%2FOF%2FSOCKET[/PATH][?QUERY]`.
pub(super) fn url(text: &str) -> Result<Url, Wrong> {
    let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong(text, "is not a URL", LIKE))?;
    let scheme = Scheme::of(scheme).map_err(|(what, cure)| wrong(text, what, cure))?;
    let (host, target) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    check(text, host, target)?;
    let secure = scheme == Scheme::Https;
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    let port = match scheme {
        Scheme::Http => 80,
        Scheme::Https => 443,
        Scheme::Unix => {
            let remote = Remote::Unix(socket(host).ok_or_else(|| {
                wrong(
                    text,
                    "does not name a Unix socket where the host is",
                    "Write the full path of the socket with %2F for each /, as in http+unix://%2Frun%2Fbot.sock/path.",
                )
            })?);
            return Ok(Url { remote, secure, authority: "localhost".to_owned(), target });
        }
    };
    let address = address(host, port)?;
    let bracketed = host.split_once(']').map(|(host, _)| format!("{host}]"));
    let bare = bracketed.unwrap_or_else(|| address.host.clone());
    let authority = if address.port == port { bare } else { format!("{bare}:{}", address.port) };
    Ok(Url { remote: Remote::Tcp(address), secure, authority, target })
}

/// How a webhook is spoken to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
    Unix,
}

/// What a URL may be.
const LIKE: &str = "Write it like http://127.0.0.1:5000/path.";

impl Scheme {
    /// The error is what is wrong with it, and the cure.
    fn of(name: &str) -> Result<Self, (&'static str, &'static str)> {
        let names = [("http", Self::Http), ("https", Self::Https), ("http+unix", Self::Unix)];
        match names.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)) {
            Some((_, Self::Https)) if !TLS => Err((
                "needs TLS, which this build does not have",
                "Use http:// to a webhook on this machine or network, or to a local proxy that speaks https.",
            )),
            Some((_, scheme)) => Ok(*scheme),
            None => Err(("has a scheme other than http, https and http+unix", LIKE)),
        }
    }
}

/// What neither the host nor what follows may hold.
fn check(text: &str, host: &str, target: &str) -> Result<(), Wrong> {
    if host.contains(['{', '}']) {
        return Err(wrong(
            text,
            "has a variable where the host is",
            "Variables stand in path and query alone: where a stanza goes is not for its sender to say.",
        ));
    }
    if let Some(name) = target::unknown_variable(target) {
        return Err(Wrong::new(
            format!("{text:?}: {name:?} is not a variable"),
            format!("There are: {{{}}}.", target::VARIABLES.join("} {")),
        ));
    }
    let unfit = |c: &char| !c.is_ascii_graphic() || "\"<>\\^`|".contains(*c);
    if let Some(c) = host.chars().chain(target.chars()).find(unfit) {
        return Err(Wrong::new(
            format!("{text:?} contains {c:?}, which a URL cannot"),
            "Percent-encode it: a blank is %20, anything beyond ASCII is its UTF-8 octets.",
        ));
    }
    if target.contains('#') {
        return Err(wrong(text, "has a fragment, which is never sent", "Remove the # and what follows it."));
    }
    if host.contains('@') {
        return Err(wrong(
            text,
            "carries a user or a password, which is not supported",
            "Remove what stands before the @; put a secret into the path or the query.",
        ));
    }
    Ok(())
}

fn wrong(text: &str, what: &str, cure: &str) -> Wrong {
    Wrong::new(format!("{text:?} {what}"), cure)
}

/// The path of a socket, percent-encoded: a full one that the system takes.
fn socket(host: &str) -> Option<PathBuf> {
    let mut path = Vec::new();
    let mut rest = host.bytes();
    while let Some(byte) = rest.next() {
        let digit = |digit: Option<u8>| char::from(digit?).to_digit(16);
        path.push(match byte {
            b'%' => (digit(rest.next())? << 4 | digit(rest.next())?) as u8,
            byte => byte,
        });
    }
    let fits = path.starts_with(b"/") && path.len() <= 107 && path.iter().all(|byte| *byte >= b' ');
    fits.then(|| PathBuf::from(OsString::from_vec(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let cases = [
            ("localhost", "localhost 5347"),
            ("a_b.example.org.:1", "a_b.example.org. 1"),
            ("127.0.0.1:65535", "127.0.0.1 65535"),
            ("[::1]", "::1 5347"),
            ("[fe80::1]:80", "fe80::1 80"),
            ("[::1]80", "! not an IPv6"),
            ("::1", "! more than one colon"),
            ("[::1", "! not an IPv6"),
            ("[]:80", "! not an IPv6"),
            ("", "! not a host name"),
            (":80", "! not a host name"),
            ("a..b", "! not a host name"),
            ("a b", "! not a host name"),
            ("xmpp://a", "! not a port"),
            ("a:", "! not a port"),
            ("a:0", "! not a port"),
            ("a:65536", "! not a port"),
            ("a:+1", "! not a port"),
            ("a:99999999999999999999999", "! not a port"),
        ];
        for (text, expected) in cases {
            match (address(text, 5347), expected.strip_prefix("! ")) {
                (Err(wrong), Some(part)) => assert!(wrong.what.contains(part), "{text}: {wrong:?}"),
                (Ok(found), None) => assert_eq!(format!("{} {}", found.host, found.port), expected),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn urls() {
        let cases = [
            ("http://a", "a 80 a /"),
            ("HTTP://a:80/", "a 80 a /"),
            ("http://a:5000/x?y=z&/", "a 5000 a:5000 /x?y=z&/"),
            ("http://a?y", "a 80 a /?y"),
            ("http://[::1]:81/x", "::1 81 [::1]:81 /x"),
            ("http://[::1]/", "::1 80 [::1] /"),
            ("https://a/", if TLS { "a 443 a /" } else { "! needs TLS" }),
            ("https://a:80/", if TLS { "a 80 a:80 /" } else { "! needs TLS" }),
            ("ftp://a/", "! scheme other"),
            ("http+unix://%2Frun%2fbot.sock/x?{id}", "unix:/run/bot.sock localhost /x?{id}"),
            ("HTTP+unix://%2Fa", "unix:/a localhost /"),
            ("http+unix://run%2Fbot.sock/", "! a Unix socket"),
            ("http+unix:///run/bot.sock", "! a Unix socket"),
            ("http+unix://%2Fa%0/", "! a Unix socket"),
            ("http+unix://%2Fa%00/", "! a Unix socket"),
            ("http+unix://%2F{to}/", "! a variable where the host is"),
            ("a/b", "! not a URL"),
            ("http:/a", "! not a URL"),
            ("http://", "! not a host name"),
            ("http:///x", "! not a host name"),
            ("http://u:p@a/", "! a user or a password"),
            ("http://a/x y", "! contains ' '"),
            ("http://a/{to}?{id}", "a 80 a /{to}?{id}"),
            ("http://{to}/", "! a variable where the host is"),
            ("http://a:{id}/", "! a variable where the host is"),
            ("http://a/{host}", "! \"host\" is not a variable"),
            ("http://a/x}", "! \"}\" is not a variable"),
            ("http://a/ü", "! contains 'ü'"),
            ("http://a/\r\nX: y", "! contains '\\r'"),
            ("http://a/#x", "! fragment"),
            ("http://a:x/", "! not a port"),
        ];
        for (text, expected) in cases {
            match (url(text), expected.strip_prefix("! ")) {
                (Err(wrong), Some(part)) => assert!(wrong.what.contains(part), "{text}: {wrong:?}"),
                (Ok(url), None) => {
                    let Url { remote, authority, target, .. } = url;
                    let remote = remote.to_string().replace(" port", "");
                    assert_eq!(format!("{remote} {authority} {target}"), expected);
                }
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }
}
