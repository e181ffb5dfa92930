//! The field lines of one head, as offsets, with a set of the known ones: most questions need no search.

use crate::alias;
use crate::error::FramingError;
use crate::fields::FramingFields;
use crate::header::{Class, Header, KnownHeader};
use crate::span::Span;

/// The fields of one head in their order, reused from head to head.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    list: Vec<Header>,
    present: u128,
    repeated: u128,
}

impl Headers {
    /// Room for an ordinary head; it grows once and is kept.
    pub(crate) fn new() -> Self {
        Self { list: Vec::with_capacity(32), ..Self::default() }
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.present = 0;
        self.repeated = 0;
    }

    /// Takes the fields of a tokenised head over, and what they say about framing.
    ///
    /// `refuses_alias` says for which classes another spelling of a field's name is refused.
    #[inline]
    pub(crate) fn read(
        &mut self,
        buf: &[u8],
        tokens: &[httparse::Header<'_>],
        refuses_alias: impl Fn(Class) -> bool,
    ) -> Result<FramingFields, FramingError> {
        let mut framing = FramingFields::default();
        for token in tokens {
            let name = token.name.as_bytes();
            let known = KnownHeader::find(name);
            let odd = known == KnownHeader::Other && alias::is_odd(name);
            if odd && alias::alias_of(name).is_some_and(&refuses_alias) {
                return Err(FramingError::Alias);
            }
            framing.note(known, token.value)?;
            self.repeated |= self.present & known.bit();
            self.present |= known.bit();
            let (name, value) = (Span::locate(buf, name), Span::locate(buf, token.value));
            self.list.push(Header { name, value, known, odd });
        }
        Ok(framing)
    }

    /// True if the head has this known header.
    #[inline]
    pub fn has(&self, known: KnownHeader) -> bool {
        self.present & known.bit() != 0
    }

    /// True if the head has this known header more than once.
    #[inline]
    pub fn repeats(&self, known: KnownHeader) -> bool {
        self.repeated & known.bit() != 0
    }

    /// Where the value of the first header of this kind lies.
    #[inline]
    pub fn find(&self, known: KnownHeader) -> Option<Span> {
        if !self.has(known) {
            return None;
        }
        self.list.iter().find(|header| header.known == known).map(|header| header.value)
    }

    /// All fields, in their order.
    #[inline]
    pub fn as_slice(&self) -> &[Header] {
        &self.list
    }

    /// All fields, in their order.
    #[inline]
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.list.iter()
    }
}

impl<'head> IntoIterator for &'head Headers {
    type Item = &'head Header;
    type IntoIter = std::slice::Iter<'head, Header>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Headers;
    use crate::error::FramingError;
    use crate::header::{Class, KnownHeader};

    fn read(lines: &[u8], refuses: fn(Class) -> bool) -> Result<Headers, FramingError> {
        let mut tokens = [httparse::EMPTY_HEADER; 8];
        let mut headers = Headers::new();
        let parsed = httparse::parse_headers(lines, &mut tokens).expect("the test is well formed");
        headers.read(lines, parsed.unwrap().1, refuses).map(|_| headers)
    }

    #[test]
    fn known_fields_are_found_and_repeated_ones_marked() {
        let lines = b"Authorization: a\r\nX: y\r\nauthorization: b\r\nAccept: x\r\n\r\n";
        let headers = read(lines, |_| true).expect("framing does not judge credentials");
        assert!(headers.repeats(KnownHeader::Authorization) && !headers.repeats(KnownHeader::Accept));
        assert!(!headers.has(KnownHeader::Cookie) && !headers.has(KnownHeader::Other));
        let first = headers.find(KnownHeader::Authorization).expect("it is there");
        assert_eq!((first.of(lines), headers.iter().len()), (&b"a"[..], 4));
    }

    #[test]
    fn aliases_are_refused_as_asked() {
        let lines = b"X_API_Key: 1\r\n\r\n";
        assert_eq!(read(lines, |_| true).map(|_| ()), Err(FramingError::Alias));
        assert!(read(lines, |class| class == Class::Framing).is_ok_and(|headers| headers.as_slice()[0].odd));
    }
}
