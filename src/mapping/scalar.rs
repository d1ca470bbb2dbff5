//! JSON→XML of scalars: strings, numbers and booleans, held to the type and the bounds that the table wants.

use core::fmt;

use super::Done;
use super::path::Path;
use super::shape::{Bounds, Scalar};
use super::to_xml::ToXml;
use crate::json::{self, Str, Value};

/// A scalar that was found to be of its type, as XML wants it.
pub(super) enum Said<'j> {
    Str(Str<'j>),
    Number(json::Number<'j>),
    Integer(i64),
    Boolean(bool),
}

impl<'j> Said<'j> {
    pub(super) fn as_plain(&self) -> Option<&'j str> {
        match self {
            Self::Str(text) => text.as_plain(),
            Self::Number(number) => Some(number.as_text()),
            Self::Boolean(value) => Some(if *value { "1" } else { "0" }),
            Self::Integer(_) => None,
        }
    }
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => text.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Boolean(value) => f.write_str(if *value { "1" } else { "0" }),
        }
    }
}

impl ToXml<'_> {
    /// The value as the scalar that it must be.
    pub(super) fn scalar<'j>(&mut self, scalar: Scalar, value: Value<'j>, path: &Path<'_>) -> Done<Said<'j>> {
        match scalar {
            Scalar::String => match value.as_str() {
                Some(text) => Ok(Said::Str(text)),
                None => self.wants(path, &"a string"),
            },
            Scalar::Integer(bounds) => match self.integer(bounds, value) {
                Some(integer) => Ok(Said::Integer(integer)),
                None => self.wants(path, &bounds.words()),
            },
            Scalar::Number => match (value.as_number(), value.as_str()) {
                (Some(number), _) => Ok(Said::Number(number)),
                (None, Some(text)) if self.strings && super::number::Digits::read(&text).is_some() => {
                    Ok(Said::Str(text))
                }
                _ => self.wants(path, &"a number"),
            },
            Scalar::Boolean => self.truth(value, path).map(Said::Boolean),
        }
    }

    fn integer(&self, bounds: Bounds, value: Value<'_>) -> Option<i64> {
        let integer = match value.as_str() {
            Some(text) if self.strings || bounds == Bounds::Digits => {
                let mut digits = heapless::String::<24>::new();
                fmt::write(&mut digits, format_args!("{text}")).ok()?;
                digits.parse().ok()?
            }
            _ => value.as_integer()?,
        };
        bounds.range().contains(&integer).then_some(integer)
    }

    pub(super) fn truth(&mut self, value: Value<'_>, path: &Path<'_>) -> Done<bool> {
        match value.as_bool() {
            Some(value) => Ok(value),
            None if self.is_true(value) => Ok(true),
            None if self.strings && value.as_str().is_some_and(|text| text == "false" || text == "0") => {
                Ok(false)
            }
            None => self.wants(path, &"true or false"),
        }
    }

    /// `true`, which stands for an empty object, too; in a form the empty text or a word for it.
    pub(super) fn is_true(&self, value: Value<'_>) -> bool {
        value.as_bool() == Some(true)
            || (self.strings
                && value.as_str().is_some_and(|text| text.is_empty() || text == "true" || text == "1"))
    }
}

impl Bounds {
    pub(super) const fn range(self) -> core::ops::RangeInclusive<i64> {
        match self {
            Self::Natural | Self::Digits => 0..=i64::MAX,
            Self::Priority => -128..=127,
            Self::Port => 0..=65_535,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Natural | Self::Digits => "an integer, 0 or above",
            Self::Priority => "an integer from -128 to 127",
            Self::Port => "an integer from 0 to 65535",
        }
    }
}

/// One of several words, in a sentence.
pub(super) struct OneOf<'w>(pub &'w [&'w str]);

impl fmt::Display for OneOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of")?;
        self.0.iter().enumerate().try_for_each(|(at, word)| {
            f.write_str(if at == 0 { " " } else { ", " })?;
            f.write_str(word)
        })
    }
}
