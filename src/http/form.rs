//! Percent-encoding (RFC 3986 section 2.1) and form encoding (the URL Standard's
//! `application/x-www-form-urlencoded`), decoded while they are read.
//!
//! In a path a percent sign that encodes nothing is an error; in a form it stands for itself, as browsers and mod_rest
//! have it. What decodes to bytes that are not UTF-8 is an error in both.

use core::fmt::{self, Write as _};

/// Text that is still encoded.
#[derive(Clone, Copy, Debug)]
pub struct Encoded<'a> {
    raw: &'a [u8],
    form: bool,
}

/// It does not decode, or not to UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl<'a> Encoded<'a> {
    /// A piece of a path; a plus sign stands for itself.
    pub fn path(raw: &'a str) -> Self {
        Self { raw: raw.as_bytes(), form: false }
    }

    /// A name or value of a form or query; a plus sign is a space.
    pub fn form(raw: &'a [u8]) -> Self {
        Self { raw, form: true }
    }

    /// Whether there is nothing.
    pub fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// Whether all of it decodes. To be asked once before anything is done with it.
    pub fn check(self) -> Result<(), Malformed> {
        self.chars().try_for_each(|c| c.map(|_| ()))
    }

    /// The text.
    pub fn chars(self) -> impl Iterator<Item = Result<char, Malformed>> {
        Chars(Bytes(self))
    }

    /// The text, when nothing in it is encoded.
    pub fn as_plain(self) -> Option<&'a str> {
        let encoded = |byte: &u8| *byte == b'%' || (self.form && *byte == b'+');
        if self.raw.iter().any(encoded) { None } else { core::str::from_utf8(self.raw).ok() }
    }
}

/// The text; what does not decode shows as U+FFFD.
impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_plain() {
            Some(text) => f.write_str(text),
            None => self.chars().try_for_each(|c| f.write_char(c.unwrap_or(char::REPLACEMENT_CHARACTER))),
        }
    }
}

impl PartialEq<str> for Encoded<'_> {
    fn eq(&self, text: &str) -> bool {
        self.chars().eq(text.chars().map(Ok))
    }
}

/// The names and values of a form or query, in order; a value is `None` where there is no equals sign.
pub fn pairs(text: &[u8]) -> impl Iterator<Item = (Encoded<'_>, Option<Encoded<'_>>)> {
    text.split(|&byte| byte == b'&').filter(|piece| !piece.is_empty()).map(|piece| {
        match piece.iter().position(|&byte| byte == b'=') {
            Some(at) => (Encoded::form(&piece[..at]), Some(Encoded::form(&piece[at + 1..]))),
            None => (Encoded::form(piece), None),
        }
    })
}

struct Bytes<'a>(Encoded<'a>);

impl Iterator for Bytes<'_> {
    type Item = Result<u8, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let (byte, used) = match *self.0.raw {
            [] => return None,
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |digit: u8| (digit as char).to_digit(16).unwrap_or_default() as u8;
                (Ok(digit(high) << 4 | digit(low)), 3)
            }
            [b'%', ..] if !self.0.form => (Err(Malformed), 1),
            [b'+', ..] if self.0.form => (Ok(b' '), 1),
            [byte, ..] => (Ok(byte), 1),
        };
        self.0.raw = &self.0.raw[used..];
        Some(byte)
    }
}

struct Chars<'a>(Bytes<'a>);

impl Iterator for Chars<'_> {
    type Item = Result<char, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.0.next()? {
            Ok(first) => first,
            Err(malformed) => return Some(Err(malformed)),
        };
        let len = match first {
            0x00..=0x7F => return Some(Ok(first as char)),
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => return Some(Err(Malformed)),
        };
        let mut bytes = [first, 0, 0, 0];
        for place in &mut bytes[1..len] {
            match self.0.next() {
                Some(Ok(byte)) => *place = byte,
                _ => return Some(Err(Malformed)),
            }
        }
        let text = core::str::from_utf8(&bytes[..len]).ok();
        Some(text.and_then(|text| text.chars().next()).ok_or(Malformed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Text = Result<&'static str, Malformed>;

    /// Encoded; as path; as form.
    const CASES: &[(&str, Text, Text)] = &[
        ("", Ok(""), Ok("")),
        ("romeo%40example.net", Ok("romeo@example.net"), Ok("romeo@example.net")),
        ("a%2fb%2Fc", Ok("a/b/c"), Ok("a/b/c")),
        ("a+b%2B", Ok("a+b+"), Ok("a b+")),
        ("%e2%82%ac%F0%9F%98%80", Ok("€😀"), Ok("€😀")),
        ("100%", Err(Malformed), Ok("100%")),
        ("%4", Err(Malformed), Ok("%4")),
        ("%zz%41", Err(Malformed), Ok("%zzA")),
        ("%+1%-1", Err(Malformed), Ok("% 1%-1")),
        ("%ff", Err(Malformed), Err(Malformed)),
        ("%c0%80", Err(Malformed), Err(Malformed)),
        ("%ed%a0%80", Err(Malformed), Err(Malformed)),
        ("%e2%82", Err(Malformed), Err(Malformed)),
        ("%f4%90%80%80", Err(Malformed), Err(Malformed)),
        ("%00", Ok("\0"), Ok("\0")),
    ];

    #[test]
    fn text_decodes() {
        for (raw, path, form) in CASES {
            for (encoded, expected) in [(Encoded::path(raw), path), (Encoded::form(raw.as_bytes()), form)] {
                assert_eq!(encoded.check(), expected.map(|_| ()), "{raw:?}");
                if let Ok(text) = expected {
                    assert_eq!(encoded.to_string(), *text);
                    assert!(encoded == **text && encoded != *"something else");
                }
            }
        }
        assert_eq!(Encoded::path("x%ffy").to_string(), "x\u{FFFD}y");
        assert_eq!((Encoded::path("a+b").as_plain(), Encoded::form(b"a+b").as_plain()), (Some("a+b"), None));
    }

    #[test]
    fn forms_come_apart() {
        type Pairs<'a> = &'a [(&'a str, Option<&'a str>)];
        let cases: &[(&str, Pairs<'_>)] = &[
            ("", &[]),
            ("a=1&b=&=c&d", &[("a", Some("1")), ("b", Some("")), ("", Some("c")), ("d", None)]),
            ("&&to=a%40b&body=x=y+z&", &[("to", Some("a@b")), ("body", Some("x=y z"))]),
        ];
        for (form, expected) in cases {
            let found: Vec<_> = pairs(form.as_bytes())
                .map(|(name, value)| (name.to_string(), value.map(|v| v.to_string())))
                .collect();
            let expected: Vec<_> =
                expected.iter().map(|(name, value)| (name.to_string(), value.map(str::to_string))).collect();
            assert_eq!(found, expected, "{form:?}");
        }
    }
}
