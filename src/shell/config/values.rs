//! How each sort of value is read from text.

use std::path::PathBuf;

use base64ct::{Base64, Encoding as _};

use super::problem::Wrong;
use crate::arena::Arena;
use crate::gateway::address::Network;
use crate::gateway::rights;
use crate::gateway::settings::{Events, Kinds};
use crate::jid::{self, Jid};
use crate::mapping::Format;
use crate::time::Duration;

/// Whether this build has TLS.
pub(super) const TLS: bool = cfg!(feature = "tls");

/// A value that means something only in a build with TLS.
pub(super) fn with_tls<T>(value: T) -> Result<T, Wrong> {
    if TLS {
        return Ok(value);
    }
    Err(Wrong::new(
        "the key needs TLS, which this build does not have",
        "Take a build with TLS, or remove the key.",
    ))
}

/// A format, in a build that has it.
pub(super) fn format(text: &str) -> Result<Format, Wrong> {
    const FORMATS: &[(&str, Option<Format>)] = &[
        ("xml", Some(Format::Xml)),
        ("json", Some(Format::Json)),
        ("form", Some(Format::Form)),
        #[cfg(feature = "cbor")]
        ("cbor", Some(Format::Cbor)),
        #[cfg(not(feature = "cbor"))]
        ("cbor", None),
        ("text", Some(Format::Text)),
    ];
    choice(text, FORMATS)?.ok_or_else(|| {
        Wrong::new("this build has no CBOR", "Take a build with the feature cbor, or another format.")
    })
}

/// `yes` or `no`.
pub(super) fn yes_or_no(text: &str) -> Result<bool, Wrong> {
    choice(text, &[("yes", true), ("no", false)])
}

/// The path of a file that TLS needs.
pub(super) fn tls_file(text: &str) -> Result<PathBuf, Wrong> {
    if text.is_empty() {
        return Err(Wrong::new("the name of the file is empty", "Write its full path."));
    }
    with_tls(PathBuf::from(text))
}

/// `sha256//BASE64`, as curl has it, or 64 hexadecimal digits, as openssl prints them.
pub(super) fn pin(text: &str) -> Result<[u8; 32], Wrong> {
    let mut pin = [0; 32];
    let read = match text.strip_prefix("sha256//") {
        Some(base64) => Base64::decode(base64, &mut pin).is_ok_and(|pin| pin.len() == 32),
        None => base16(text, &mut pin),
    };
    if !read {
        return Err(Wrong::new(
            format!("{text:?} is not the SHA-256 of a public key"),
            "Write sha256// and 44 characters of base64; the log tells that of a server which is not trusted.",
        ));
    }
    with_tls(pin)
}

/// Hexadecimal digits, exactly as many as there is room for.
fn base16(text: &str, out: &mut [u8]) -> bool {
    let digits = text.as_bytes().chunks_exact(2);
    text.len() == 2 * out.len()
        && digits.zip(out).all(|(digits, byte)| {
            let value = |digit: u8| (digit as char).to_digit(16);
            match (value(digits[0]), value(digits[1])) {
                (Some(high), Some(low)) => *byte = (high << 4 | low) as u8,
                _ => return false,
            }
            true
        })
}

/// The domain of a component, prepared.
pub(super) fn domain(text: &str) -> Result<String, Wrong> {
    prepared(text, |jid| match (jid.node(), jid.resource()) {
        (None, None) => Ok(()),
        _ => Err(Wrong::new(
            format!("{text:?} is not a domain alone"),
            "Leave out what is before @ and behind /.",
        )),
    })
}

/// An address, prepared.
pub(super) fn jid(text: &str) -> Result<String, Wrong> {
    prepared(text, |_| Ok(()))
}

fn prepared(text: &str, check: impl Fn(Jid<'_>) -> Result<(), Wrong>) -> Result<String, Wrong> {
    // Lower-casing can make a text longer, up to three times.
    let mut memory = vec![0; 3 * jid::LONGEST];
    let jid = jid::prepare(text, &mut Arena::new(&mut memory)).map_err(|error| {
        Wrong::new(
            format!("{text:?} is not an address: {error}"),
            "Write domain, user@domain or user@domain/resource.",
        )
    })?;
    check(jid)?;
    Ok(jid.as_str().to_owned())
}

/// A whole number from `least` to `most`.
pub(super) fn number(text: &str, least: u32, most: u32) -> Result<u32, Wrong> {
    let number = digits(text).and_then(|n| u32::try_from(n).ok());
    number.filter(|n| (least..=most).contains(n)).ok_or_else(|| {
        let what = if digits(text).is_some() { "is out of range" } else { "is not a whole number" };
        Wrong::new(format!("{text:?} {what}"), format!("Write a number from {least} to {most}."))
    })
}

/// Seconds, with up to three decimals, within these milliseconds.
pub(super) fn seconds(text: &str, least: u32, most: u32) -> Result<Duration, Wrong> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_part = (1..=3).contains(&part.len());
    let part_len = part.len().min(3) as u32;
    let millis = digits(whole).zip(digits(part).filter(|_| is_part && !whole.is_empty()));
    let millis = millis
        .map(|(whole, part)| whole.saturating_mul(1_000).saturating_add(part * 10_u64.pow(3 - part_len)));
    // Without the arithmetic of floating point, which would take 8 KB of the binary.
    let shown = |millis: u32| {
        let text = format!("{}.{:03}", millis / 1_000, millis % 1_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    millis.filter(|n| (u64::from(least)..=u64::from(most)).contains(n)).map(Duration::from_millis).ok_or_else(
        || {
            let what = if millis.is_some() { "is out of range" } else { "is not a number of seconds" };
            Wrong::new(
                format!("{text:?} {what}"),
                format!("Write a number from {} to {}, such as 1 or 0.5.", shown(least), shown(most)),
            )
        },
    )
}

/// Digits alone: no sign, no blanks, nothing beyond 64 bits.
pub(super) fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// One of the names of a table.
pub(super) fn choice<T: Copy>(text: &str, table: &[(&str, T)]) -> Result<T, Wrong> {
    table.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = table.iter().map(|(name, _)| *name).collect();
        Wrong::new(format!("{text:?} is not known"), format!("Choose from: {}.", names.join(", ")))
    })
}

/// Some of message, presence, iq, with commas between them.
pub(super) fn kinds(text: &str) -> Result<Kinds, Wrong> {
    let [message, presence, iq] = set(text, ["message", "presence", "iq"])?;
    Ok(Kinds { message, presence, iq })
}

/// Some of bare, full, host, with commas between them.
pub(super) fn events(text: &str) -> Result<Events, Wrong> {
    let [bare, full, host] = set(text, ["bare", "full", "host"])?;
    Ok(Events { bare, full, host })
}

fn set(text: &str, names: [&str; 3]) -> Result<[bool; 3], Wrong> {
    let mut chosen = [false; 3];
    for word in text.split(',').map(str::trim) {
        let at = names.iter().position(|name| *name == word).ok_or_else(|| {
            Wrong::new(
                format!("{word:?} is not known"),
                format!("Choose from: {}; put commas between them.", names.join(", ")),
            )
        })?;
        chosen[at] = true;
    }
    Ok(chosen)
}

/// Networks with commas between them.
pub(super) fn networks(text: &str) -> Result<Vec<Network>, Wrong> {
    let network = |text: &str| {
        Network::parse(text).ok_or_else(|| {
            Wrong::new(
                format!("{text:?} is not a network"),
                "Write IP addresses, each alone or with /BITS, with commas between them: 127.0.0.1, 192.168.7.0/24.",
            )
        })
    };
    text.split(',').map(str::trim).map(network).collect()
}

/// Patterns of addresses with commas between them.
pub(super) fn patterns(text: &str) -> Result<String, Wrong> {
    match text.split(',').map(str::trim).find(|pattern| !rights::is_pattern(pattern)) {
        None => Ok(text.to_owned()),
        Some(pattern) => Err(Wrong::new(
            format!("{pattern:?} is not a pattern of addresses"),
            "Write addresses in lower case; only a whole part may be *, or the domain begin with *., as in *@example.org.",
        )),
    }
}

/// Web sites with commas between them, or `*`.
pub(super) fn origins(text: &str) -> Result<String, Wrong> {
    let is_origin = |origin: &str| {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', '*', ' ']))
    };
    match text.split(',').map(str::trim).find(|origin| !is_origin(origin)) {
        Some(origin) if text.trim() != "*" => Err(Wrong::new(
            format!("{origin:?} is not the origin of a web site"),
            "Write https://HOST or https://HOST:PORT, with commas between several, or * for all.",
        )),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<T: std::fmt::Debug>(result: Result<T, Wrong>) -> String {
        result.map_or_else(|wrong| format!("! {}", wrong.what), |value| format!("{value:?}"))
    }

    #[test]
    fn pins() {
        let base64 = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let base16 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(pin(base64), pin(base16));
        assert_eq!(pin(base64).is_ok(), TLS);
        for text in ["", "sha256//", "sha256//AAAA", &base16[2..], "g0", &base64[8..]] {
            assert!(shown(pin(text)).contains("is not the SHA-256"), "{text}");
        }
    }

    #[test]
    fn addresses_of_entities_are_prepared() {
        assert_eq!(shown(domain("REST.Example.org")), "\"rest.example.org\"");
        assert_eq!(shown(jid("Sensor@Example.org/Roof 1")), "\"sensor@example.org/Roof 1\"");
        assert!(shown(domain("a@example.org")).contains("not a domain alone"));
        assert!(shown(domain("example.org/x")).contains("not a domain alone"));
        for text in ["", "a b@example.org", "@example.org", "example.org/", "a@b@c"] {
            assert!(shown(jid(text)).contains("is not an address"), "{text}");
        }
    }

    #[test]
    fn lists_of_networks_patterns_and_origins() {
        assert_eq!(networks("127.0.0.1, ::1/64").map(|list| list.len()).ok(), Some(2));
        assert!(networks("").is_err() && networks("127.0.0.1,").is_err() && networks("a").is_err());
        assert!(patterns("*@example.org, example.org").is_ok() && patterns("a*@b").is_err());
        for text in ["*", "https://a.example", "http://localhost:3000, https://b.example"] {
            assert!(origins(text).is_ok(), "{text}");
        }
        for text in ["", "a.example", "https://", "https://a/", "*, https://a", "https://*.a"] {
            assert!(origins(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_and_choices() {
        assert_eq!(number("5", 1, 5).ok(), Some(5));
        assert!(number("6", 1, 5).unwrap_err().what.contains("out of range"));
        for text in ["", "-1", "+1", "1 ", "1.0", "0x1"] {
            assert!(number(text, 0, 5).unwrap_err().what.contains("not a whole number"), "{text}");
        }
        assert!(number("4294967296", 0, u32::MAX).unwrap_err().what.contains("out of range"));
        for (text, millis) in [("1", 1_000), ("0.5", 500), ("1.25", 1_250), ("0.001", 1)] {
            assert_eq!(seconds(text, 1, 5_000), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", ".5", "1.", "1.0001", "-1", "1,5", "6", "0", "0x1"] {
            assert!(seconds(text, 1, 5_000).is_err(), "{text}");
        }
        assert_eq!(choice("b", &[("a", 1), ("b", 2)]), Ok(2));
        assert!(choice("B", &[("a", 1), ("b", 2)]).unwrap_err().cure.contains("a, b"));
        assert_eq!(kinds("iq , message"), Ok(Kinds { message: true, presence: false, iq: true }));
        assert_eq!(events("bare,full,host"), Ok(Events::ALL));
        assert!(kinds("").is_err() && kinds("iq,").is_err() && kinds("iq message").is_err());
    }
}
