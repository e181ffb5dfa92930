//! A piece of a connection's buffer, by offsets: heads borrow nothing and are reused between requests.

/// Offsets into the buffer that was parsed. 32 bits are enough: limits keep heads far below 4 GiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// The bytes of this span in the buffer that it was parsed from; empty if the buffer is another, shorter one.
    #[inline]
    pub fn of(self, buf: &[u8]) -> &[u8] {
        buf.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Length in bytes.
    #[inline]
    pub const fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// True if the span holds no byte.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.end == self.start
    }

    /// Where `part`, a sub-slice of `whole`, lies in it.
    #[inline]
    pub(crate) fn locate(whole: &[u8], part: &[u8]) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
        Self { start: start as u32, end: (start + part.len()) as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn a_part_is_found_where_it_lies() {
        let whole = b"hello world";
        let span = Span::locate(whole, &whole[6..9]);
        assert_eq!((span.start, span.end, span.len(), span.of(whole)), (6, 9, 3, &b"wor"[..]));
        assert!(Span::locate(whole, &whole[3..3]).is_empty());
    }

    #[test]
    fn a_span_of_another_buffer_is_empty() {
        assert_eq!(Span { start: 4, end: 9 }.of(b"abc"), b"");
    }
}
