//! Where requests are taken: addresses of TCP, Unix sockets, and what systemd has opened for us.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::problem::Wrong;
use super::values::digits;

/// The longest path of a Unix socket: what the system takes, less what its name is longer by before it is ready.
const PATH: usize = 107 - crate::shell::bind::UNREADY.len();

/// One place to listen at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An address of TCP.
    Tcp(SocketAddr),
    /// The file of a Unix socket.
    Unix(PathBuf),
    /// Sockets that systemd opened: those of that name, or all that nobody asks for by name.
    Systemd(Option<String>),
}

/// Who may use a Unix socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketRights {
    /// The mode of its file.
    pub mode: u32,
    /// The user that owns it, by name or number.
    pub user: Option<String>,
    /// The group that owns it.
    pub group: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Systemd(None) => f.write_str("systemd"),
            Self::Systemd(Some(name)) => write!(f, "systemd:{name}"),
        }
    }
}

impl Place {
    /// Whether other machines may reach it. What systemd opened is its unit's matter.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Tcp(address) if !address.ip().is_loopback())
    }

    /// Whether both want the same port: IPv6's "any" address takes IPv4 as well.
    fn collides(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tcp(one), Self::Tcp(two)) if one.port() == two.port() && one.port() != 0 => {
                let takes_all = |one: &SocketAddr, two: &SocketAddr| {
                    one.ip().is_unspecified() && (one.is_ipv6() || two.is_ipv4())
                };
                one == two || takes_all(one, two) || takes_all(two, one)
            }
            (Self::Tcp(_), Self::Tcp(_)) => false,
            _ => self == other,
        }
    }
}

/// Places with commas between them.
pub(super) fn places(text: &str) -> Result<Vec<Place>, Wrong> {
    let mut places = Vec::new();
    for piece in text.split(',').map(str::trim) {
        let place = place(piece)?;
        if let Some(other) = collision(&place, &places) {
            return Err(Wrong::new(
                format!("{other} takes what {place} is for"),
                "Leave one of the two out; [::] is for IPv4 as well.",
            ));
        }
        places.push(place);
    }
    Ok(places)
}

/// The one of `places` that is in the way of `place`.
pub(super) fn collision<'p>(place: &Place, places: &'p [Place]) -> Option<&'p Place> {
    places.iter().find(|other| other.collides(place))
}

fn place(text: &str) -> Result<Place, Wrong> {
    if let Some(path) = text.strip_prefix("unix:") {
        return if path.starts_with('/') && path.len() <= PATH && !path.ends_with('/') {
            Ok(Place::Unix(PathBuf::from(path)))
        } else {
            Err(Wrong::new(
                format!("{text:?} is not unix: and the full path of a socket"),
                format!("Write it like unix:/run/restanza/http.sock, the path at most {PATH} octets long."),
            ))
        };
    }
    if let Some(name) = text.strip_prefix("systemd") {
        match name.strip_prefix(':') {
            None if name.is_empty() => return Ok(Place::Systemd(None)),
            Some(name) if !name.is_empty() => return Ok(Place::Systemd(Some(name.to_owned()))),
            _ => {}
        }
    }
    if let Some(port) = digits(text).and_then(|n| u16::try_from(n).ok()) {
        return Ok(Place::Tcp(SocketAddr::from(([127, 0, 0, 1], port))));
    }
    text.parse().map(Place::Tcp).map_err(|_| {
        Wrong::new(
            format!("{text:?} is not an IP address and a port"),
            "Write 127.0.0.1:8080 or [::1]:8080 for this machine alone, 0.0.0.0:8080 or [::]:8080 for all networks, unix:/PATH, or systemd; with commas between several.",
        )
    })
}

/// The mode of a file, as chmod has it.
pub(super) fn mode(text: &str) -> Result<u32, Wrong> {
    let is_mode = (3..=4).contains(&text.len()) && text.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| is_mode && *mode <= 0o777);
    mode.ok_or_else(|| {
        Wrong::new(
            format!("{text:?} is not the mode of a file"),
            "Write three octal digits: 600 for the owner alone, 660 for the group as well, 666 for everybody.",
        )
    })
}

/// `USER`, `USER:GROUP` or `:GROUP`, each a name or a number.
pub(super) fn owner(text: &str) -> Result<(Option<String>, Option<String>), Wrong> {
    let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
    let fits = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.$".contains(&b));
    let is_empty = user.is_empty() && group.is_none_or(str::is_empty);
    if is_empty || group == Some("") || !fits(user) || !group.is_none_or(fits) {
        return Err(Wrong::new(
            format!("{text:?} is not the owner of a file"),
            "Write USER, USER:GROUP or :GROUP.",
        ));
    }
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    Ok((named(user), group.and_then(named)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_to_listen() {
        let cases = [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("[::1]:8080", "[::1]:8080"),
            ("0.0.0.0:0", "0.0.0.0:0"),
            ("8080", "127.0.0.1:8080"),
            ("8080, [::1]:8080 ,unix:/run/a.sock", "127.0.0.1:8080 [::1]:8080 unix:/run/a.sock"),
            ("0,0", "127.0.0.1:0 127.0.0.1:0"),
            ("systemd", "systemd"),
            ("systemd, systemd:http", "systemd systemd:http"),
        ];
        for (text, expected) in cases {
            let places = places(text).unwrap();
            assert_eq!(places.iter().map(Place::to_string).collect::<Vec<_>>().join(" "), expected);
        }
        let long = format!("unix:/{}", "x".repeat(PATH));
        for text in [
            "",
            ":8080",
            "localhost:8080",
            "127.0.0.1",
            "::1:8080:",
            "65536",
            "+80",
            "127.0.0.1:65536",
            "8080,",
            "unix:",
            "unix:run/x",
            "unix:/run/",
            "systemd:",
            "systemdx",
            "8080,8080",
            "[::]:80, 0.0.0.0:80",
            "127.0.0.1:80,0.0.0.0:80",
            "unix:/a,unix:/a",
            &long,
        ] {
            assert!(places(text).is_err(), "{text}");
        }
        assert!(places("0.0.0.0:80, [::1]:80").is_ok());
    }

    #[test]
    fn modes_and_owners() {
        assert_eq!((mode("660").ok(), mode("0600").ok()), (Some(0o660), Some(0o600)));
        for text in ["", "6", "680", "1777", "00660", "rw"] {
            assert!(mode(text).is_err(), "{text}");
        }
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(owner("www-data").ok(), Some((some("www-data"), None)));
        assert_eq!(owner("0:adm").ok(), Some((some("0"), some("adm"))));
        assert_eq!(owner(":adm").ok(), Some((None, some("adm"))));
        for text in ["", ":", "a:", "a b", "a:b:c"] {
            assert!(owner(text).is_err(), "{text}");
        }
    }
}
