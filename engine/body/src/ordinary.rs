//! Ordinary members: each the one that the contract names next, written plainly, with a value that needs no second look.
//! They make up nearly all of nearly every body, so they are taken in one loop over flat records, each from a window of
//! bytes whose bounds are checked once. Whatever is not ordinary ends the loop: the general functions decide alone.

use crate::error::Syntax;
use crate::hot::{Cover, Extra, Hot, HotText, NAME};
use crate::pass::{Fate, Pass};
use crate::program::ObjectRules;
use crate::scan::{self, Text};
use crate::vector;

/// Bytes that are looked at together: a name, its colon, and a value of 48.
pub(crate) const WINDOW: usize = 96;
type Window = [u8; WINDOW];

/// Where less than a window is left of the input, it is looked at here, with zeros behind it: no text contains them.
#[derive(Debug)]
pub(crate) struct Tail {
    /// Of the input, where `bytes` begin.
    start: usize,
    bytes: [u8; 2 * WINDOW],
}

impl Tail {
    pub fn of(input: &[u8]) -> Self {
        let start = input.len().saturating_sub(WINDOW);
        let mut bytes = [0; 2 * WINDOW];
        bytes[..input.len() - start].copy_from_slice(&input[start..]);
        Tail { start, bytes }
    }

    /// What begins at `at`, where less than a window is left.
    #[cold]
    fn window(&self, at: usize) -> Option<&Window> {
        self.bytes.get(at.checked_sub(self.start)?..)?.first_chunk()
    }
}

/// How far an object was read.
#[derive(Debug)]
pub(crate) struct Run {
    pub at: usize,
    /// The declared name that is expected next.
    pub next: usize,
    pub members: u64,
    /// After the last of the members that were just taken.
    pub comma: Option<usize>,
    /// `at` is behind a value, not at a name.
    pub ended: bool,
}

impl Run {
    pub fn new(at: usize) -> Self {
        Run { at, next: 0, members: 0, comma: None, ended: false }
    }
}

impl<'a> Pass<'a, '_> {
    /// Takes members as long as they are ordinary. Ends at the first name that is not, or behind the value that no comma
    /// follows at once. `comma`: the one before the member at hand, if anything before it was kept.
    #[inline(always)]
    pub(crate) fn ordinary_members(
        &mut self,
        rules: &'a ObjectRules,
        run: &mut Run,
        seen: &mut u64,
        mut comma: Option<usize>,
    ) {
        let input = self.input;
        let first = run.next;
        let mut at = run.at;
        let mut taken = 0;
        for hot in rules.hot.get(first..).unwrap_or_default() {
            let bit = 1u64.checked_shl((first + taken) as u32).unwrap_or(0);
            let Some(window) = self.window(at) else {
                break;
            };
            if bit == 0 || *seen & bit != 0 || !hot.names(window) {
                break;
            }
            let Some((end, fate)) = self.windowed(hot, window, at) else {
                break;
            };
            if fate == Fate::Out {
                // What is left out takes the comma before it along; the first of an object has none.
                let Some(comma) = comma else {
                    break;
                };
                self.note_left_out(hot);
                self.leave_out(comma, end);
            }
            *seen |= bit;
            taken += 1;
            if input.get(end) != Some(&b',') {
                at = end;
                run.ended = true;
                break;
            }
            comma = Some(end);
            run.comma = comma;
            at = scan::whitespace(input, end + 1);
        }
        run.at = at;
        run.next = first + taken;
        run.members += taken as u64;
    }

    /// What begins at `at`; None: that is no place of the input.
    #[inline(always)]
    fn window(&self, at: usize) -> Option<&'a Window> {
        match self.input.get(at..).and_then(|rest| rest.first_chunk()) {
            Some(window) => Some(window),
            None => self.tail.window(at),
        }
    }

    /// The value behind the name that `window`, which lies at `at`, begins with.
    #[inline(always)]
    fn windowed(&mut self, hot: &'a Hot, window: &Window, at: usize) -> Option<(usize, Fate)> {
        let mut value = hot.length();
        // One space behind the colon is how many writers write. A branch, so that what follows need not wait for this byte.
        if window[value] == b' ' {
            value = behind_space(value);
        }
        match window[value] {
            b'"' => {
                let rules = hot.text.as_ref()?;
                let start = value + 1;
                let end = match text_end(window, start) {
                    Some(end) => at + end,
                    None => scan::plain_end(self.input, at + start + LOOKED)?,
                };
                let (start, end) = (at + start, end);
                if self.input.get(end) != Some(&b'"') {
                    return None;
                }
                Some((end + 1, self.ordinary_text(hot, rules, start, end)?))
            }
            byte if byte.is_ascii_digit() => {
                let rules = hot.whole?;
                if let Some((number, length)) = small(window, value) {
                    let good = rules.min <= number && number <= rules.max;
                    return good.then_some((at + value + length, Fate::Kept));
                }
                self.ordinary_value(hot, at + value)
            }
            b't' if hot.boolean && window[value..value + 4] == *b"true" => Some((at + value + 4, Fate::Kept)),
            b'f' if hot.boolean && window[value..value + 5] == *b"false" => Some((at + value + 5, Fate::Kept)),
            byte if byte <= b' ' => self.ordinary_value(hot, scan::whitespace(self.input, at + value)),
            _ => self.ordinary_value(hot, at + value),
        }
    }

    /// The end of a member that nobody declared, with an ordinary name and a scalar: in an answer it is left out. None: the
    /// general functions must look at it.
    #[inline]
    pub(crate) fn ordinary_stranger(
        &mut self,
        rules: &ObjectRules,
        mark: usize,
        at: usize,
    ) -> Result<Option<usize>, Syntax> {
        let Some(window) = self.window(at) else {
            return Ok(None);
        };
        let (b'"', Some(quote)) = (window[0], text_end(window, 1)) else {
            return Ok(None);
        };
        let [b'"', b':', first, ..] = window[quote..] else {
            return Ok(None);
        };
        let signature = self.program.signer.sign(&window[1..quote]);
        if rules.filter.may_have(signature) {
            return Ok(None);
        }
        let value = at + quote + 2;
        let end = match first {
            b'"' => scan::string(self.input, value + 1)?.end + 1,
            b'-' | b'0'..=b'9' => scan::number(self.input, value)?.end,
            b't' | b'f' | b'n' => scan::literal(self.input, value)?,
            _ => return Ok(None),
        };
        if self.s.names.insert(mark, signature) { Ok(Some(end)) } else { Err(Syntax::Duplicate) }
    }

    /// Takes a value that is as ordinary as its member's record asks; None: the general functions must look at it.
    #[inline]
    pub(crate) fn ordinary_value(&mut self, hot: &'a Hot, value: usize) -> Option<(usize, Fate)> {
        match (self.input.get(value)?, &hot.text, &hot.whole) {
            (b'"', Some(rules), _) => {
                let end = scan::plain_string(self.input, value + 1)?;
                Some((end + 1, self.ordinary_text(hot, rules, value + 1, end)?))
            }
            (b'-' | b'0'..=b'9', _, Some(rules)) => {
                if hot.number {
                    return Some((scan::number(self.input, value).ok()?.end, Fate::Kept));
                }
                let (number, end) = scan::small_integer(self.input, value)?;
                (rules.min <= number && number <= rules.max).then_some((end, Fate::Kept))
            }
            _ => None,
        }
    }

    /// An ordinary value of this member was classified, and is left out.
    #[inline(always)]
    pub(crate) fn note_left_out(&mut self, hot: &Hot) {
        if let Some(rules) = &hot.text {
            self.note_category(rules.category);
        }
    }

    /// Judges and covers a string of ASCII without escapes, content from `start` to `end`.
    #[inline(always)]
    fn ordinary_text(&mut self, hot: &'a Hot, rules: &HotText, start: usize, end: usize) -> Option<Fate> {
        let length = end - start;
        if length < rules.min || length > rules.max {
            return None;
        }
        if rules.extra != Extra::Nothing && !self.satisfies(hot, rules.extra, start, end) {
            return None;
        }
        match rules.cover {
            Cover::Open => Some(Fate::Kept),
            // The guard looks at what could be a mask that comes back: what is left out never could.
            cover if self.request => (cover == Cover::Gone).then_some(Fate::Kept),
            _ => self.cover_plain(rules, start, end),
        }
    }

    /// Whether an ordinary string is what is asked besides its length.
    #[inline(never)]
    fn satisfies(&self, hot: &'a Hot, extra: Extra, start: usize, end: usize) -> bool {
        let raw = &self.input[start..end];
        match extra {
            Extra::Nothing => return true,
            Extra::Format(format) => return format.admits(raw),
            Extra::Allowed | Extra::More => {}
        }
        let Some(node) = hot.node.map(|index| &self.program.nodes[index]) else {
            return false;
        };
        if extra == Extra::Allowed {
            return node.allowed.as_ref().is_some_and(|allowed| allowed.strings.find(raw).is_some());
        }
        self.program.judge_text(node, self.input, Text { start, end, escaped: false, ascii: true }).is_empty()
    }
}

#[cold]
#[inline(never)]
fn behind_space(value: usize) -> usize {
    (value & NAME) + 1
}

/// Bytes of a string that are looked at within a window.
const LOOKED: usize = 48;
const _: () = assert!(NAME + 2 + LOOKED <= WINDOW && NAME + 1 + 8 < WINDOW);

/// The first byte from `start` on that is not simply part of a string; None: it lies beyond the bytes looked at.
#[inline(always)]
fn text_end(window: &Window, start: usize) -> Option<usize> {
    for step in [0, 16, 32] {
        let chunk = window.get(start + step..start + step + 16)?.first_chunk()?;
        let hits = vector::special(chunk, true);
        if hits != 0 {
            return Some(start + step + hits.trailing_zeros() as usize);
        }
    }
    None
}

/// An unsigned integer of at most seven digits and its length; None: anything else.
#[inline(always)]
fn small(window: &Window, at: usize) -> Option<(i64, usize)> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let chunk = u64::from_le_bytes(*window.get(at..at + 8)?.first_chunk()?);
    let digits = chunk ^ ZEROS;
    // The top bit of each byte that is no digit; a carry reaches only bytes behind the first of them.
    let others = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & TOPS;
    let length = others.trailing_zeros() as usize / 8;
    let after = *window.get(at + length)?;
    let leading_zero = digits & 0xFF == 0 && length > 1;
    if length == 0 || length > 7 || leading_zero || matches!(after, b'.' | b'e' | b'E') {
        return None;
    }
    // The digits move to the end of the word, behind zeros; then pairs, fours and eights are joined.
    let word = digits << (64 - 8 * length);
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    let number = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF;
    Some((number as i64, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> Window {
        let mut bytes = [b' '; WINDOW];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        bytes
    }

    #[test]
    fn small_integers_are_read_whatever_their_length() {
        for number in [0, 1, 9, 10, 42, 99, 100, 1234, 54321, 100_000, 999_999, 1_234_567, 9_999_999] {
            for after in [",", "}", " ", "]", "x", "\u{7f}", "é"] {
                let text = format!("{number}{after}");
                let found = small(&window(&text), 0);
                assert_eq!(found, Some((number, number.to_string().len())), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_small_integer_is_left_to_the_general_function() {
        for text in ["", "-1", "01", "00", "1.5", "1e3", "12E1", "12345678", "123456789012", "x", "/", ":", "é1"] {
            assert_eq!(small(&window(text), 0), None, "{text}");
        }
    }

    #[test]
    fn strings_end_where_they_end() {
        for length in 0..=LOOKED {
            let text = format!("{}\"rest", "x".repeat(length));
            let found = text_end(&window(&text), 0);
            assert_eq!(found, (length < LOOKED).then_some(length));
        }
        assert_eq!(text_end(&window("ab\\\"c\""), 0), Some(2));
    }
}
