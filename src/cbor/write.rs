//! From JSON text of our own to CBOR, in the same memory.
//!
//! CBOR is hardly ever longer than its JSON: the text goes to the end of the memory, and what is read of it makes room
//! for what is written from the start. Arrays and maps are of unknown length (RFC 8949 section 3.2.2), so that nothing
//! has to be counted; numbers are as short as they can be, without 16 bits for fractions.

use minicbor::data::Int;
use minicbor::encode::write::Cursor;
use minicbor::{Encoder, encode};

use crate::buffer::Full;

/// Turns the JSON text of `len` bytes at the start of `memory` into CBOR there; gives the length.
///
/// The text is one that our writer made: JSON, with no escape for a character beyond ASCII. An integer beyond 64 bits
/// and a sign becomes the nearest floating-point number, as in most readers of JSON. `Full` needs memory that was
/// nearly full of text before: four bytes to spare will do, and five for each fraction.
pub fn from_json(memory: &mut [u8], len: usize) -> Result<usize, Full> {
    let read = memory.len().checked_sub(len).ok_or(Full)?;
    memory.copy_within(..len, read);
    let mut writer = Transcoder { memory, read, written: 0 };
    while let Some(&byte) = writer.memory.get(writer.read) {
        writer.token(byte)?;
    }
    Ok(writer.written)
}

/// `memory[..written]` is CBOR, `memory[read..]` the JSON that is left.
struct Transcoder<'m> {
    memory: &'m mut [u8],
    read: usize,
    written: usize,
}

impl Transcoder<'_> {
    fn token(&mut self, byte: u8) -> Result<(), Full> {
        let len = match byte {
            b't' | b'n' => 4,
            b'f' => 5,
            b'"' => return self.string(),
            b'-' | b'0'..=b'9' => return self.number(),
            _ => 1,
        };
        self.read += len;
        self.put(|cbor| {
            match byte {
                b'{' => cbor.begin_map()?,
                b'[' => cbor.begin_array()?,
                b'}' | b']' => cbor.end()?,
                b't' | b'f' => cbor.bool(byte == b't')?,
                b'n' => cbor.null()?,
                // A comma, a colon.
                _ => cbor,
            };
            Ok(())
        })
    }

    fn string(&mut self) -> Result<(), Full> {
        self.read += 1;
        let (mut end, mut len) = (self.read, 0);
        while !matches!(self.memory.get(end), None | Some(b'"')) {
            end += self.unit(end).1;
            len += 1;
        }
        self.put(|cbor| cbor.str_len(len).map(|_| ()))?;
        while self.read < end {
            let (byte, used) = self.unit(self.read);
            self.read += used;
            *self.memory[..self.read].get_mut(self.written).ok_or(Full)? = byte;
            self.written += 1;
        }
        self.read += 1;
        Ok(())
    }

    /// The byte that stands there in a string, and how many bytes of JSON it takes.
    fn unit(&self, at: usize) -> (u8, usize) {
        match self.memory[at..] {
            [b'\\', b'u', _, _, high, low, ..] => {
                let digit = |digit: u8| (digit as char).to_digit(16).unwrap_or(0) as u8;
                (digit(high) << 4 | digit(low), 6)
            }
            [b'\\', escaped, ..] => {
                let byte = match escaped {
                    b'b' => 0x08,
                    b'f' => 0x0C,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => other,
                };
                (byte, 2)
            }
            [byte, ..] => (byte, 1),
            [] => (0, 1),
        }
    }

    fn number(&mut self) -> Result<(), Full> {
        let rest = &self.memory[self.read..];
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let len = rest.iter().take_while(|byte| is_part(byte)).count();
        let text = core::str::from_utf8(&rest[..len]).unwrap_or_default();
        let integer = text.parse::<i128>().ok().and_then(|number| Int::try_from(number).ok());
        let real = text.parse::<f64>().unwrap_or_default();
        let short = real as f32;
        self.read += len;
        self.put(|cbor| {
            match integer {
                Some(integer) => cbor.int(integer)?,
                None if f64::from(short).to_bits() == real.to_bits() => cbor.f32(short)?,
                None => cbor.f64(real)?,
            };
            Ok(())
        })
    }

    /// Writes an item into the room before what is left to read.
    fn put(
        &mut self,
        item: impl FnOnce(&mut Encoder<Cursor<&mut [u8]>>) -> Result<(), Overtaken>,
    ) -> Result<(), Full> {
        let end = self.read.min(self.memory.len());
        let mut encoder = Encoder::new(Cursor::new(&mut self.memory[self.written..end]));
        item(&mut encoder).map_err(|_| Full)?;
        self.written += encoder.writer().position();
        Ok(())
    }
}

type Overtaken = encode::Error<encode::write::EndOfSlice>;
