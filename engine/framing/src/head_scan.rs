//! What both heads share: when a part of a head is worth parsing, and that each line ended in CR LF.
//! `httparse` accepts a bare LF as the end of a line, so it is looked for here, without a second pass.

use httparse::Header as Token;

use crate::error::FramingError;
use crate::limits::HeadLimits;

/// Remembers how much of an unfinished head was parsed in vain, so that a head that arrives in small pieces is not
/// parsed once per piece, but at most once per line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unfinished {
    seen: usize,
}

impl Unfinished {
    /// True if something arrived that can finish a line, or the buffer is not the one that was seen.
    #[inline]
    pub(crate) fn is_worth_parsing(self, buf: &[u8]) -> bool {
        match buf.get(self.seen..) {
            Some(fresh) if self.seen > 0 => memchr::memchr(b'\n', fresh).is_some(),
            _ => true,
        }
    }

    /// The head is still unfinished: it must not have outgrown its limit.
    #[inline]
    pub(crate) fn note(&mut self, buf: &[u8], limits: &HeadLimits) -> Result<(), FramingError> {
        if buf.len() >= limits.bytes {
            return Err(FramingError::HeadTooLarge);
        }
        self.seen = buf.len();
        Ok(())
    }
}

/// Checks the end of every line of a tokenised head.
///
/// `start_line_end` is where the start line's CR LF must have ended. A value holds no CR and no LF, so the two bytes
/// before the next name tell how the line before it ended.
#[inline]
pub(crate) fn check_line_ends(head: &[u8], fields: &[Token<'_>], start_line_end: usize) -> Result<(), FramingError> {
    let base = head.as_ptr() as usize;
    let first = fields.first().map_or(head.len().wrapping_sub(2), |field| offset(field, base));
    if first != start_line_end || !head.ends_with(b"\r\n\r\n") {
        return Err(FramingError::LineEnd);
    }
    for field in fields {
        let at = offset(field, base);
        if at < 2 || head.get(at - 2..at) != Some(b"\r\n") {
            return Err(FramingError::LineEnd);
        }
    }
    Ok(())
}

#[inline]
fn offset(field: &Token<'_>, base: usize) -> usize {
    (field.name.as_ptr() as usize).wrapping_sub(base)
}

#[cfg(test)]
mod tests {
    use super::Unfinished;
    use crate::limits::HeadLimits;

    #[test]
    fn a_head_in_pieces_is_parsed_again_only_when_a_line_ends() {
        let mut unfinished = Unfinished::default();
        assert!(unfinished.is_worth_parsing(b"GET / HT"));
        assert!(unfinished.note(b"GET / HT", &HeadLimits::REQUEST).is_ok());
        assert!(!unfinished.is_worth_parsing(b"GET / HTTP/1.1"));
        assert!(unfinished.is_worth_parsing(b"GET / HTTP/1.1\r\n"));
        assert!(unfinished.is_worth_parsing(b"G"), "a shorter buffer is another one");
    }
}
