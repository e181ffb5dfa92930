//! Which header a name means: the contract's own names beside those that framing knows by number.

use firstclass_framing::alias::is_alias_of;
pub(crate) use firstclass_framing::header::KnownSet;
use firstclass_framing::{Header, KnownHeader};

use crate::request::RequestView;

/// A name that a contract gives, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderName {
    pub(crate) known: KnownHeader,
    text: Box<str>,
}

impl HeaderName {
    /// A name in any case.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { known: KnownHeader::find(text.as_bytes()), text: text.into() }
    }

    /// As the contract writes it, or in its canonical spelling.
    #[must_use]
    pub fn text(&self) -> &str {
        match self.known {
            KnownHeader::Other => &self.text,
            known => known.name(),
        }
    }

    /// True if both are one name, in any case.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.known == other.known && self.text().eq_ignore_ascii_case(other.text())
    }

    /// True if this field line has the name.
    #[inline]
    #[must_use]
    pub fn names(&self, header: &Header, bytes: &[u8]) -> bool {
        self.known == header.known
            && (self.known != KnownHeader::Other || header.name.of(bytes).eq_ignore_ascii_case(self.text.as_bytes()))
    }

    /// What a head holds under this name.
    pub(crate) fn find<'a>(&self, view: &RequestView<'a>) -> Found<'a> {
        if self.known != KnownHeader::Other {
            let headers = &view.head.headers;
            return match headers.find(self.known) {
                None => Found::Nothing,
                Some(_) if headers.repeats(self.known) => Found::Several,
                Some(span) => Found::One(span.of(view.bytes)),
            };
        }
        let mut found = Found::Nothing;
        for header in &view.head.headers {
            if self.names(header, view.bytes) {
                found = match found {
                    Found::Nothing => Found::One(header.value.of(view.bytes)),
                    Found::One(_) | Found::Several => return Found::Several,
                };
            }
        }
        found
    }

    /// True if the head has another spelling of this name (THREATS 13): a server behind us might read it as this one.
    pub(crate) fn has_alias(&self, view: &RequestView<'_>) -> bool {
        let aliased = |header: &Header| header.odd && is_alias_of(header.name.of(view.bytes), self.text.as_bytes());
        view.head.headers.iter().any(aliased)
    }
}

/// How often a field is there. Two lines are never joined: recipients differ on which one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    Nothing,
    One(&'a [u8]),
    Several,
}
