//! What the writing of JSON needs beside serde-json-core's own serializer.
//!
//! Never give that serializer a `char` or a custom error: both panic there. Text goes through [`Text`], or through
//! [`escape`] where speed counts: that serializer takes a string character by character.

use core::fmt;

use serde::{Serialize, Serializer};

use super::string::copy_plain;
use super::{Number, Str, Value};
use crate::buffer::Full;

/// A JSON string of whatever the value displays; escaped on the way, not kept anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Text<T>(pub T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Str<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// As it was written.
impl Serialize for Number<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // serde-json-core copies bytes as they are; a checked number is JSON.
        serializer.serialize_bytes(self.as_text().as_bytes())
    }
}

/// With the same members and texts; repeated keys once, white space gone.
impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The recursion is bounded by the depth that the reader admits.
        match self.as_str() {
            Some(text) => text.serialize(serializer),
            None => match self.kind() {
                super::Kind::Array => serializer.collect_seq(self.items()),
                super::Kind::Object => serializer.collect_map(self.entries()),
                _ => serializer.serialize_bytes(self.raw().as_bytes()),
            },
        }
    }
}

/// Writes a value as JSON text from the start of `out`; gives the length.
pub fn to_slice(value: &(impl Serialize + ?Sized), out: &mut [u8]) -> Result<usize, Full> {
    // A full buffer is the only error that serde-json-core has.
    serde_json_core::to_slice(value, out).map_err(|_| Full)
}

/// Writes a text at the start of `out` as it stands inside a JSON string, without the quotes; gives the length.
///
/// Escaped is only what has to be (RFC 8259 section 7), as serde-json-core does it.
pub fn escape(text: &str, out: &mut [u8]) -> Result<usize, Full> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let (bytes, mut done, mut len) = (text.as_bytes(), 0, 0);
    loop {
        let rest = &bytes[done..];
        let n = copy_plain(rest, out.get_mut(len..).filter(|room| room.len() >= rest.len()).ok_or(Full)?);
        (done, len) = (done + n, len + n);
        let Some(special) = bytes.get(done) else { return Ok(len) };
        let mut put = |bytes: &[u8]| {
            out.get_mut(len..len + bytes.len()).ok_or(Full)?.copy_from_slice(bytes);
            len += bytes.len();
            Ok(())
        };
        match *special {
            b'\n' => put(b"\\n")?,
            b'\r' => put(b"\\r")?,
            b'\t' => put(b"\\t")?,
            0x08 => put(b"\\b")?,
            0x0c => put(b"\\f")?,
            byte @ ..0x20 => {
                put(&[b'\\', b'u', b'0', b'0', HEX[byte as usize >> 4], HEX[byte as usize & 15]])?;
            }
            other => put(&[b'\\', other])?,
        }
        done += 1;
    }
}
