//! Where the values of a document lie, flat and in order: for places that more than one node judges. Not a tree of
//! values: nothing is copied out of the text.

use crate::error::Syntax;
use crate::program::{Kind, Types};
use crate::scalar::Scalar;
use crate::scan::Text;
use crate::structure::{Reader, Sink};
use crate::{number, scan, text};

/// One value, or a member's name. An object's entries alternate between names and values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub start: u32,
    pub end: u32,
    /// Index of the entry after this value and all that lies in it.
    pub next: u32,
    pub kind: Kind,
    pub escaped: bool,
    pub ascii: bool,
}

impl Entry {
    pub fn start(&self) -> usize {
        self.start as usize
    }

    pub fn end(&self) -> usize {
        self.end as usize
    }

    /// The value as a scalar, which it must be.
    pub fn scalar(&self) -> Scalar {
        Scalar { kind: self.kind, start: self.start(), end: self.end(), escaped: self.escaped }
    }

    /// A string's content.
    pub fn text(&self) -> Text {
        Text { start: self.start() + 1, end: self.end() - 1, escaped: self.escaped, ascii: self.ascii }
    }

    /// The unescaped content of a string.
    pub fn content<'a>(&self, input: &'a [u8]) -> std::borrow::Cow<'a, [u8]> {
        text::bytes(&input[self.start() + 1..self.end() - 1], self.escaped)
    }

    /// Whether this is the string `content`.
    pub fn says(&self, input: &[u8], content: &[u8]) -> bool {
        let raw = &input[self.start() + 1..self.end() - 1];
        if self.escaped { *text::decode(raw) == *content } else { *raw == *content }
    }

    /// The bit of this value's type.
    pub fn type_bit(&self, input: &[u8]) -> u8 {
        match self.kind {
            Kind::Null => Types::NULL,
            Kind::Boolean => Types::BOOLEAN,
            Kind::String => Types::STRING,
            Kind::Array => Types::ARRAY,
            Kind::Object => Types::OBJECT,
            Kind::Number => number_bit(&input[self.start()..self.end()]),
        }
    }
}

/// Whether a number is an integer, as a type's bit.
pub(crate) fn number_bit(raw: &[u8]) -> u8 {
    if number::Decimal::read(raw).is_integer() { Types::INTEGER } else { Types::FRACTION }
}

struct Builder<'a> {
    tape: &'a mut Vec<Entry>,
    /// The innermost open container; an open container keeps the one around it in `next`.
    open: u32,
}

const OUTSIDE: u32 = u32::MAX;

impl Builder<'_> {
    fn push(&mut self, start: usize, end: usize, kind: Kind) {
        let next = self.tape.len() as u32 + 1;
        self.tape.push(Entry { start: start as u32, end: end as u32, next, kind, escaped: false, ascii: true });
    }

    fn push_text(&mut self, text: Text) {
        self.push(text.start - 1, text.end + 1, Kind::String);
        if let Some(entry) = self.tape.last_mut() {
            (entry.escaped, entry.ascii) = (text.escaped, text.ascii);
        }
    }
}

impl Sink for Builder<'_> {
    fn open(&mut self, at: usize, object: bool) {
        let index = self.tape.len() as u32;
        self.push(at, at, if object { Kind::Object } else { Kind::Array });
        if let Some(entry) = self.tape.last_mut() {
            entry.next = std::mem::replace(&mut self.open, index);
        }
    }

    fn close(&mut self, end: usize) {
        let next = self.tape.len() as u32;
        if let Some(entry) = self.tape.get_mut(self.open as usize) {
            self.open = std::mem::replace(&mut entry.next, next);
            entry.end = end as u32;
        }
    }

    fn name(&mut self, text: Text) {
        self.push_text(text);
    }

    fn string(&mut self, text: Text) {
        self.push_text(text);
    }

    fn scalar(&mut self, start: usize, end: usize, byte: u8) {
        self.push(start, end, Kind::of(byte));
    }
}

/// Appends the value at `at` to the tape; returns the position after it in the text.
pub(crate) fn append(reader: &mut Reader<'_>, tape: &mut Vec<Entry>, at: usize, depth: usize) -> Result<usize, Syntax> {
    scan::peek(reader.input, at)?;
    reader.value(at, depth, &mut Builder { tape, open: OUTSIDE })
}
