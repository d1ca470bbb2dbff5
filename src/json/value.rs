//! The tape of a checked text, and the views of its values.

use super::number::Number;
use super::string::Str;

/// One value or key on the tape: 16 bytes of lent memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Where its text begins: for a string behind the quote.
    pub(super) start: u32,
    /// Where its text ends: for a string at the closing quote.
    pub(super) end: u32,
    /// The tape index behind it and all that it holds.
    pub(super) next: u32,
    pub(super) kind: Kind,
    /// For a string: whether it has a backslash.
    pub(super) escaped: bool,
}

/// What a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The word for it in a sentence: "a string", "null".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// A view of one value of a checked text.
#[derive(Clone, Copy, Debug)]
pub struct Value<'j> {
    text: &'j str,
    nodes: &'j [Node],
    at: usize,
}

impl<'j> Value<'j> {
    pub(super) fn root(text: &'j str, nodes: &'j [Node]) -> Self {
        Self { text, nodes, at: 0 }
    }

    fn node(self) -> Node {
        self.nodes[self.at]
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// The text of the value as it was written; a string without its quotes.
    pub fn raw(self) -> &'j str {
        let node = self.node();
        &self.text[node.start as usize..node.end as usize]
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The boolean, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// The string, if it is one.
    pub fn as_str(self) -> Option<Str<'j>> {
        (self.kind() == Kind::String).then(|| Str::new(self.raw(), self.node().escaped))
    }

    /// The number, if it is one.
    pub fn as_number(self) -> Option<Number<'j>> {
        (self.kind() == Kind::Number).then(|| Number::new(self.raw()))
    }

    /// The number, if it is one, without fraction and in range; see [`Number::integer`].
    pub fn as_integer(self) -> Option<i64> {
        self.as_number()?.integer().ok()
    }

    /// The values of an array; nothing for other kinds.
    pub fn items(self) -> Items<'j> {
        let end = if self.kind() == Kind::Array { self.node().next as usize } else { self.at + 1 };
        Items { next: Value { at: self.at + 1, ..self }, end }
    }

    /// The members of an object in their order; nothing for other kinds.
    ///
    /// Of members with the same key only the last is given, as [`Value::get`] does.
    pub fn entries(self) -> Entries<'j> {
        let end = if self.kind() == Kind::Object { self.node().next as usize } else { self.at + 1 };
        Entries { next: Value { at: self.at + 1, ..self }, end }
    }

    /// The value of a key of an object; of several the last.
    pub fn get(self, key: &str) -> Option<Value<'j>> {
        self.entries().written().filter(|(name, _)| *name == key).last().map(|(_, value)| value)
    }

    /// Its place on the tape; 0 for the whole text only.
    pub(crate) fn place(self) -> u32 {
        self.at as u32
    }

    /// The value at a place that another value of the same text gave.
    pub(crate) fn at_place(self, place: u32) -> Self {
        Self { at: place as usize, ..self }
    }

    /// The value behind this one and all that it holds.
    fn following(self) -> Self {
        Self { at: self.node().next as usize, ..self }
    }
}

/// The values of an array, in order.
#[derive(Clone, Debug)]
pub struct Items<'j> {
    next: Value<'j>,
    end: usize,
}

impl<'j> Iterator for Items<'j> {
    type Item = Value<'j>;

    fn next(&mut self) -> Option<Value<'j>> {
        let value = self.next;
        (value.at < self.end).then(|| {
            self.next = value.following();
            value
        })
    }
}

/// The members of an object, in order, each key once.
#[derive(Clone, Debug)]
pub struct Entries<'j> {
    next: Value<'j>,
    end: usize,
}

impl<'j> Entries<'j> {
    /// The members as they are written, repeated keys included.
    pub fn written(self) -> impl Iterator<Item = (Str<'j>, Value<'j>)> {
        let mut rest = self;
        core::iter::from_fn(move || rest.member())
    }

    fn member(&mut self) -> Option<(Str<'j>, Value<'j>)> {
        let key = self.next;
        (key.at < self.end).then(|| {
            let value = key.following();
            self.next = value.following();
            (Str::new(key.raw(), key.node().escaped), value)
        })
    }
}

impl<'j> Iterator for Entries<'j> {
    type Item = (Str<'j>, Value<'j>);

    fn next(&mut self) -> Option<Self::Item> {
        // The search for a later member is quadratic; MEMBERS bounds it.
        loop {
            let (key, value) = self.member()?;
            if !self.clone().written().any(|(later, _)| later == key) {
                return Some((key, value));
            }
        }
    }
}
