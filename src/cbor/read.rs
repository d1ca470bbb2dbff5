//! From CBOR to JSON text.

use core::fmt;

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};

use super::error::{CborError, Flaw};
use crate::json::{DEPTH, write};

/// Checks that `cbor` is one item of the kind that JSON can say and nothing else, and writes it as JSON text from the
/// start of `out`; gives the length.
///
/// The text is at most six times as long, and 24 bytes for each number.
pub fn to_json(cbor: &[u8], out: &mut [u8]) -> Result<usize, CborError> {
    let decoder = Decoder::new(cbor);
    let mut reader = Reader { decoder, out, len: 0, open: [Open::default(); DEPTH], depth: 0, item: 0 };
    match reader.document() {
        Ok(()) => Ok(reader.len),
        Err(flaw) => Err(CborError { flaw, at: reader.item }),
    }
}

type Done<T = ()> = Result<T, Flaw>;

/// The number of the tag that says "this is CBOR".
const SELF_DESCRIBED: u64 = 55_799;

/// An array or map whose end was not yet reached.
#[derive(Clone, Copy, Default)]
struct Open {
    is_map: bool,
    /// The values to come; `None` until a break.
    left: Option<u64>,
    /// Whether one has come.
    begun: bool,
    /// Whether a key has come and its value not.
    keyed: bool,
}

struct Reader<'c, 'o> {
    decoder: Decoder<'c>,
    out: &'o mut [u8],
    len: usize,
    open: [Open; DEPTH],
    depth: usize,
    /// Where the item begins that is being read.
    item: usize,
}

impl Reader<'_, '_> {
    fn document(&mut self) -> Done {
        if self.peek()? == Type::Tag {
            let tag = self.decoder.tag().map_err(flaw)?;
            if tag.as_u64() != SELF_DESCRIBED {
                return Err(Flaw::Tag);
            }
        }
        loop {
            self.item()?;
            while self.depth > 0 && self.ends()? {
                self.depth -= 1;
                self.put(if self.open[self.depth].is_map { b"}" } else { b"]" })?;
            }
            if self.depth == 0 {
                break;
            }
        }
        self.item = self.decoder.position();
        if self.item < self.decoder.input().len() { Err(Flaw::Trailing) } else { Ok(()) }
    }

    /// A scalar, a key, or the opening of an array or map.
    fn item(&mut self) -> Done {
        let type_ = self.peek()?;
        let is_text = matches!(type_, Type::String | Type::StringIndef);
        self.separate(is_text)?;
        match type_ {
            Type::String | Type::StringIndef => self.text(),
            Type::Array | Type::ArrayIndef => {
                let left = self.decoder.array().map_err(flaw)?;
                self.open(b"[", Open { left, ..Open::default() })
            }
            Type::Map | Type::MapIndef => {
                let left = self.decoder.map().map_err(flaw)?;
                self.open(b"{", Open { left, is_map: true, ..Open::default() })
            }
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => {
                let number = self.decoder.u64().map_err(flaw)?;
                self.show(format_args!("{number}"))
            }
            Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
                let number = i128::from(self.decoder.int().map_err(flaw)?);
                self.show(format_args!("{number}"))
            }
            Type::F16 => {
                let number = self.half()?;
                self.number(number)
            }
            Type::F32 | Type::F64 => {
                let number = self.decoder.f64().map_err(flaw)?;
                self.number(number)
            }
            Type::Bool => {
                let is_true = self.decoder.bool().map_err(flaw)?;
                self.put(if is_true { b"true" } else { b"false" })
            }
            Type::Null => {
                self.decoder.null().map_err(flaw)?;
                self.put(b"null")
            }
            Type::Bytes | Type::BytesIndef => Err(Flaw::Bytes),
            Type::Tag => Err(Flaw::Tag),
            Type::Undefined | Type::Simple => Err(self.simple()),
            Type::Break | Type::Unknown(_) => Err(Flaw::Malformed),
        }
    }

    /// What comes next, and where.
    fn peek(&mut self) -> Done<Type> {
        self.item = self.decoder.position();
        self.decoder.datatype().map_err(flaw)
    }

    /// What stands in JSON before the item at hand.
    fn separate(&mut self, is_text: bool) -> Done {
        let Some(top) = self.depth.checked_sub(1) else { return Ok(()) };
        let open = &mut self.open[top];
        if open.is_map && !open.keyed && !is_text {
            return Err(Flaw::Key);
        }
        let mark: &[u8] = match (open.keyed, open.begun) {
            (true, _) => b":",
            (false, true) => b",",
            (false, false) => b"",
        };
        open.begun = true;
        open.keyed = open.is_map && !open.keyed;
        if !open.keyed
            && let Some(left) = &mut open.left
        {
            *left -= 1;
        }
        self.put(mark)
    }

    /// Whether the innermost array or map has all that belongs to it; takes the break.
    fn ends(&mut self) -> Done<bool> {
        let open = self.open[self.depth - 1];
        if open.left.is_some() || self.peek()? != Type::Break {
            return Ok(open.left == Some(0) && !open.keyed);
        }
        if open.keyed {
            return Err(Flaw::Malformed);
        }
        self.decoder.set_position(self.decoder.position() + 1);
        Ok(true)
    }

    fn open(&mut self, bracket: &[u8], open: Open) -> Done {
        *self.open.get_mut(self.depth).ok_or(Flaw::TooDeep)? = open;
        self.depth += 1;
        self.put(bracket)
    }

    fn text(&mut self) -> Done {
        self.put(b"\"")?;
        let Self { decoder, out, len, .. } = self;
        let text = |error: &Error| if error.is_end_of_input() { Flaw::Unfinished } else { Flaw::Text };
        for piece in decoder.str_iter().map_err(flaw)? {
            *len += write::escape(piece.map_err(|error| text(&error))?, &mut out[*len..])
                .map_err(|_| Flaw::TooLarge)?;
        }
        self.put(b"\"")
    }

    /// A number of 16 bits (IEEE 754 binary16), for which minicbor would need another crate.
    fn half(&mut self) -> Done<f64> {
        let bytes = self.decoder.input().get(self.item + 1..self.item + 3).ok_or(Flaw::Unfinished)?;
        self.decoder.set_position(self.item + 3);
        let bits = u16::from_be_bytes([bytes[0], bytes[1]]);
        let (exponent, fraction) = (bits >> 10 & 0x1F, bits & 0x3FF);
        // A power of two by its bits.
        let power = |exponent: u16| f64::from_bits(u64::from(1023 - 25 + exponent) << 52);
        let size = match exponent {
            0x1F => return Err(Flaw::NotFinite),
            0 => f64::from(fraction) * power(1),
            _ => f64::from(1024 + fraction) * power(exponent),
        };
        Ok(if bits >> 15 == 1 { -size } else { size })
    }

    fn number(&mut self, number: f64) -> Done {
        let size = number.abs();
        if !number.is_finite() {
            Err(Flaw::NotFinite)
        } else if size == 0.0 || (1e-5..1e16).contains(&size) {
            self.show(format_args!("{number}"))
        } else {
            self.show(format_args!("{number:e}"))
        }
    }

    /// Undefined or a simple value; in two bytes there are none below 32 (section 3.3).
    fn simple(&self) -> Flaw {
        match self.decoder.input()[self.item..] {
            [0xF8] => Flaw::Unfinished,
            [0xF8, ..0x20, ..] => Flaw::Malformed,
            _ => Flaw::Simple,
        }
    }

    fn show(&mut self, text: fmt::Arguments<'_>) -> Done {
        fmt::write(self, text).map_err(|_| Flaw::TooLarge)
    }

    fn put(&mut self, bytes: &[u8]) -> Done {
        let end = self.len + bytes.len();
        self.out.get_mut(self.len..end).ok_or(Flaw::TooLarge)?.copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }
}

impl fmt::Write for Reader<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
fn flaw(error: Error) -> Flaw {
    if error.is_end_of_input() { Flaw::Unfinished } else { Flaw::Malformed }
}
