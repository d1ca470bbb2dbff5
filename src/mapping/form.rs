//! Forms (`application/x-www-form-urlencoded`): decoded into a JSON object of strings, then mapped as JSON.

use core::fmt::Write as _;

use super::{Given, Options, Scratch, given};
use crate::arena::Arena;
use crate::fault::{Fault, reason};
use crate::stanza::Stanza;

/// A form as a body, or the arguments of a query string.
pub(super) fn read<'s>(
    body: &'s [u8],
    given: &Given<'s>,
    options: &Options<'_>,
    mut scratch: Scratch<'s>,
) -> Result<Stanza<'s>, Fault> {
    if !body.is_empty() && !body.contains(&b'=') {
        // mod_rest takes it for a text, but not behind a path.
        return match given.kind {
            Some("iq") => Err(Fault::new(&reason::INVALID_QUERY)),
            Some(_) => {
                Err(Fault::with(&reason::NOT_WELL_FORMED, format_args!("the form has no pair key=value")))
            }
            None => {
                let text = text(body, &mut scratch.memory)?;
                given::text(text, given, scratch)
            }
        };
    }
    if body.is_empty() && given.kind.is_none() {
        return Err(Fault::with(&reason::NOT_WELL_FORMED, format_args!("the form is empty")));
    }
    if body.is_empty() {
        return given::json(body, 0, true, given, options, scratch);
    }
    let text = object(body, &mut scratch.memory)?;
    given::json(text, body.len(), true, given, options, scratch)
}

/// A body without pairs; its plus signs stay.
fn text<'s>(body: &[u8], memory: &mut Arena<'s>) -> Result<&'s [u8], Fault> {
    let mut out = Out { out: memory.space(), len: 0 };
    let done = Decoded { rest: body, plus: b'+' }.try_for_each(|byte| out.put(&[byte]));
    done.ok_or(Fault::new(&reason::STANZA_TOO_LARGE))?;
    let len = out.len;
    Ok(memory.keep(len))
}

/// The pairs as a JSON object.
fn object<'s>(body: &[u8], memory: &mut Arena<'s>) -> Result<&'s [u8], Fault> {
    let mut out = Out { out: memory.space(), len: 0 };
    let mut pairs = || {
        out.put(b"{")?;
        let mut first = true;
        // What has no value is no pair; mod_rest drops it as well.
        for pair in body.split(|byte| *byte == b'&') {
            let Some(at) = pair.iter().position(|byte| *byte == b'=') else { continue };
            out.put(if first { b"" } else { b"," })?;
            first = false;
            out.string(&pair[..at])?;
            out.put(b":")?;
            out.string(&pair[at + 1..])?;
        }
        out.put(b"}")
    };
    pairs().ok_or(Fault::new(&reason::STANZA_TOO_LARGE))?;
    let len = out.len;
    Ok(memory.keep(len))
}

struct Out<'b> {
    out: &'b mut [u8],
    len: usize,
}

impl Out<'_> {
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.len + bytes.len();
        self.out.get_mut(self.len..end)?.copy_from_slice(bytes);
        self.len = end;
        Some(())
    }

    /// A decoded text in quotes. Bytes that are not UTF-8 are found by the JSON reader.
    fn string(&mut self, encoded: &[u8]) -> Option<()> {
        self.put(b"\"")?;
        for byte in (Decoded { rest: encoded, plus: b' ' }) {
            match byte {
                b'"' | b'\\' => self.put(&[b'\\', byte])?,
                0..0x20 => write!(self, "\\u{byte:04x}").ok()?,
                _ => self.put(&[byte])?,
            }
        }
        self.put(b"\"")
    }
}

impl core::fmt::Write for Out<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.put(text.as_bytes()).ok_or(core::fmt::Error)
    }
}

/// The bytes that are encoded; a percent sign that encodes nothing stands for itself.
struct Decoded<'b> {
    rest: &'b [u8],
    /// What a plus sign stands for.
    plus: u8,
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&byte, after) = self.rest.split_first()?;
        self.rest = after;
        Some(match (byte, after) {
            (b'+', _) => self.plus,
            (b'%', [high, low, ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    self.rest = &after[2..];
                    high << 4 | low
                }
                _ => b'%',
            },
            (byte, _) => byte,
        })
    }
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|digit| digit as u8)
}
