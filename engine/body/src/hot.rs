//! What an ordinary member needs, in one place: the bytes that its name is written with in ordinary text, and all that
//! an ordinary value of it must satisfy. Whatever is not ordinary is left to the general functions, which decide alone.

use firstclass_bundle::Keep;

use crate::formats::Format;
use crate::mask::{Strategy, Veil};
use crate::number::Bound;
use crate::program::{Node, Types, Way};
use crate::vector;

/// The longest `"name":` that is compared at once.
pub(crate) const NAME: usize = 31;
const LANES: usize = 32;

#[derive(Debug)]
pub(crate) struct Hot {
    template: [u8; LANES],
    /// All bits where the template asks for nothing.
    free: [u8; LANES],
    /// Of the template; zero if the name is too long for it or needs escapes.
    length: u8,
    /// `true` and `false` may leave as they are.
    pub boolean: bool,
    /// Any number may leave as it is.
    pub number: bool,
    pub text: Option<HotText>,
    pub whole: Option<HotWhole>,
    /// None: undeclared, the name is only required.
    pub node: Option<usize>,
}

/// A string of ASCII without escapes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HotText {
    pub min: usize,
    pub max: usize,
    pub extra: Extra,
    pub cover: Cover,
    pub category: usize,
}

/// What there is to judge besides the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extra {
    Nothing,
    Format(Format),
    Allowed,
    /// By the general function.
    More,
}

/// How an ordinary string leaves where it is classified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    Open,
    Full,
    First(usize, u8),
    Last(usize, u8),
    Gone,
    /// By the general function.
    Slow,
}

/// An integer of few digits, open to all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HotWhole {
    pub min: i64,
    pub max: i64,
}

impl Hot {
    pub fn undeclared(name: &[u8]) -> Self {
        let mut text = Vec::with_capacity(name.len() + 3);
        text.push(b'"');
        text.extend_from_slice(name);
        text.extend_from_slice(b"\":");
        let plain = name.iter().all(|&byte| byte >= b' ' && byte != b'"' && byte != b'\\');
        let length = if plain && text.len() <= NAME { text.len() } else { 0 };
        let (mut template, mut free) = ([0; LANES], [0xFF; LANES]);
        template[..length].copy_from_slice(&text[..length]);
        free[..length].fill(0);
        let length = length as u8;
        Hot { template, free, length, boolean: false, number: false, text: None, whole: None, node: None }
    }

    pub fn declare(&mut self, index: usize, node: &Node, actions: &[Strategy]) {
        self.node = Some(index);
        if !matches!(node.way, Way::Plain) || node.owner.is_some() || node.never.is_some() || node.dropped {
            return;
        }
        if node.types.has(Types::STRING) {
            self.text = Some(text(node, actions));
        }
        self.boolean = node.types.has(Types::BOOLEAN) && node.mask.is_none() && node.allowed.is_none();
        if node.types.has(Types::INTEGER) && node.mask.is_none() && node.allowed.is_none() {
            self.whole = whole(node);
            self.number = node.types.has(Types::FRACTION) && node.number.is_none();
        }
    }

    /// Whether `"name":` is what `bytes` begins with.
    #[inline(always)]
    pub fn names(&self, bytes: &[u8; crate::ordinary::WINDOW]) -> bool {
        bytes.first_chunk().is_some_and(|chunk| vector::agrees(chunk, &self.template, &self.free)) && self.length != 0
    }

    /// Of `"name":`.
    #[inline(always)]
    pub fn length(&self) -> usize {
        usize::from(self.length) & NAME
    }
}

fn text(node: &Node, actions: &[Strategy]) -> HotText {
    let bound = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    let pattern = node.text.as_ref().and_then(|rules| rules.pattern);
    let format = node.text.as_ref().and_then(|rules| rules.format);
    let extra = match (&node.allowed, pattern, format) {
        (None, None, None) => Extra::Nothing,
        (None, None, Some(format)) => Extra::Format(format),
        (Some(_), None, None) => Extra::Allowed,
        _ => Extra::More,
    };
    let cover = match node.mask.map(|mask| mask.veil) {
        None => Cover::Open,
        Some(Veil::Full) => Cover::Full,
        Some(Veil::Gone) => Cover::Gone,
        Some(Veil::Soft(action)) => match actions.get(action) {
            Some(&Strategy::Partial { keep, count, mask_char })
                if mask_char.is_ascii_graphic() && !matches!(mask_char, '"' | '\\') =>
            {
                match keep {
                    Keep::First => Cover::First(count, mask_char as u8),
                    Keep::Last => Cover::Last(count, mask_char as u8),
                }
            }
            _ => Cover::Slow,
        },
        Some(_) => Cover::Slow,
    };
    HotText {
        min: node.text.as_ref().map_or(0, |rules| bound(rules.min)),
        max: node.text.as_ref().map_or(usize::MAX, |rules| bound(rules.max)),
        extra,
        cover,
        category: node.mask.map_or(0, |mask| mask.category),
    }
}

/// None where the bounds are not plain integers.
fn whole(node: &Node) -> Option<HotWhole> {
    let Some(rules) = &node.number else {
        return Some(HotWhole { min: i64::MIN, max: i64::MAX });
    };
    let open = rules.exclusive_minimum.is_none() && rules.exclusive_maximum.is_none() && rules.multiple_of.is_none();
    let bound = |bound: &Option<Bound>, none: i64| match bound {
        None => Some(none),
        Some(bound) => bound.small(),
    };
    let (mut min, mut max) = (bound(&rules.minimum, i64::MIN)?, bound(&rules.maximum, i64::MAX)?);
    if let Some((low, high)) = &rules.range {
        // A float's range has no small bounds: it is left to the general function.
        min = min.max(low.small()?);
        max = max.min(high.small()?);
    }
    open.then_some(HotWhole { min, max })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ordinary::WINDOW;

    fn begins(hot: &Hot, text: &str) -> bool {
        let mut bytes = [b' '; WINDOW];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        hot.names(&bytes)
    }

    #[test]
    fn a_template_matches_its_own_name_only() {
        let hot = Hot::undeclared(b"name");
        assert!(begins(&hot, r#""name":1"#));
        assert_eq!(hot.length(), 7);
        for other in [r#""nam":1"#, r#""names":1"#, r#""name" :1"#, r#""Name":1"#, r#"{"name":1"#, ""] {
            assert!(!begins(&hot, other), "{other}");
        }
    }

    #[test]
    fn names_that_cannot_be_compared_at_once_never_match() {
        let (long, longest) = ("x".repeat(29), "x".repeat(28));
        for name in [long.as_str(), "a\"b", "a\\b", "a\0b"] {
            assert!(!begins(&Hot::undeclared(name.as_bytes()), &format!("\"{name}\":1")), "{name}");
        }
        for name in [longest.as_str(), "é", ""] {
            assert!(begins(&Hot::undeclared(name.as_bytes()), &format!("\"{name}\":1")), "{name}");
        }
    }
}
