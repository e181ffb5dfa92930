//! Masking strategies: what a classified value becomes, and which of several strategies is the strictest.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_bundle::{Action, Keep};
use ring::hmac;

use crate::error::CompileError;
use crate::form::Form;
use crate::program::Program;

#[derive(Debug)]
pub(crate) enum Strategy {
    Remove,
    Full,
    Partial { keep: Keep, count: usize, mask_char: char },
    Regex { pattern: usize, replacement: Vec<Part>, form: Option<Form> },
    Hash,
}

/// A piece of an ECMA-262 replacement (GetSubstitution, without named groups).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    Group(usize),
    Before,
    After,
}

/// What hides a value at one place: the outcome of all masks that apply there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Veil {
    Nothing,
    /// Partial or regex, by action.
    Soft(usize),
    Hash,
    Full,
    /// Never leaves: `remove`, or dropped.
    Gone,
}

impl Veil {
    /// The strictest of two; two different partial views together could show more than either, so they show nothing.
    pub fn with(self, other: Veil) -> Veil {
        match (self, other) {
            (Veil::Soft(one), Veil::Soft(two)) if one != two => Veil::Full,
            (one, two) => one.max(two),
        }
    }
}

impl Strategy {
    pub fn compile(index: usize, action: &Action, patterns: &[regex::bytes::Regex]) -> Result<Self, CompileError> {
        Ok(match action {
            Action::Remove {} => Strategy::Remove,
            Action::Full {} => Strategy::Full,
            Action::Hash {} => Strategy::Hash,
            Action::Partial { keep, count, mask_char } => Strategy::Partial {
                keep: *keep,
                count: usize::try_from(*count).unwrap_or(usize::MAX),
                mask_char: *mask_char,
            },
            Action::Regex { pattern, replacement } => {
                let regex = patterns.get(*pattern).ok_or(CompileError::Action { index, pattern: *pattern })?;
                let replacement = parts(replacement, regex.captures_len() - 1);
                Strategy::Regex { pattern: *pattern, form: Form::of(regex.as_str(), &replacement), replacement }
            }
        })
    }

    pub fn veil(&self, action: usize) -> Veil {
        match self {
            Strategy::Remove => Veil::Gone,
            Strategy::Full => Veil::Full,
            Strategy::Hash => Veil::Hash,
            Strategy::Partial { .. } | Strategy::Regex { .. } => Veil::Soft(action),
        }
    }
}

pub(crate) fn parts(replacement: &str, groups: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = replacement;
    while let Some(letter) = rest.chars().next() {
        let (part, length) = if letter == '$' { special(&rest.as_bytes()[1..], groups) } else { (None, 0) };
        match part {
            Some(Part::Literal(text)) => literal.push_str(&text),
            Some(part) => {
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(part);
            }
            None => literal.push(letter),
        }
        rest = &rest[letter.len_utf8() + length..];
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    parts
}

/// What stands after a dollar sign, and its length; None where the dollar sign is only itself.
fn special(after: &[u8], groups: usize) -> (Option<Part>, usize) {
    let digit = |at: usize| after.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| usize::from(byte - b'0'));
    match after.first() {
        Some(b'$') => (Some(Part::Literal("$".to_owned())), 1),
        Some(b'&') => (Some(Part::Group(0)), 1),
        Some(b'`') => (Some(Part::Before), 1),
        Some(b'\'') => (Some(Part::After), 1),
        _ => match (digit(0), digit(1)) {
            (Some(tens), Some(ones)) if (1..=groups).contains(&(tens * 10 + ones)) => {
                (Some(Part::Group(tens * 10 + ones)), 2)
            }
            (Some(ones), _) if (1..=groups).contains(&ones) => (Some(Part::Group(ones)), 1),
            _ => (None, 0),
        },
    }
}

/// What hides a value whole.
pub(crate) const FULL: &str = "***";

/// The value as it may leave; None: not at all.
pub fn mask_text(program: &Program, action: usize, value: &str, hash_key: &[u8]) -> Option<String> {
    let strategy = program.actions.get(action)?;
    hidden(program, strategy.veil(action), value, hash_key)
}

pub(crate) fn hidden(program: &Program, veil: Veil, value: &str, hash_key: &[u8]) -> Option<String> {
    match veil {
        Veil::Nothing => Some(value.to_owned()),
        Veil::Gone => None,
        Veil::Full => Some(FULL.to_owned()),
        Veil::Hash => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, hash_key);
            Some(sealed(&key, &digest(&hmac::sign(&key, value.as_bytes()), HASHED)))
        }
        Veil::Soft(action) => Some(match &program.actions[action] {
            Strategy::Partial { keep, count, mask_char } => partial(value, *keep, *count, *mask_char),
            Strategy::Regex { pattern, replacement, .. } => replaced(&program.patterns[*pattern], replacement, value),
            Strategy::Remove | Strategy::Full | Strategy::Hash => FULL.to_owned(),
        }),
    }
}

/// Characters of a hash that come from the value, and those that show whose hash it is.
const HASHED: usize = 16;
const SEAL: usize = 6;

fn digest(tag: &hmac::Tag, characters: usize) -> String {
    let mut text = URL_SAFE_NO_PAD.encode(tag.as_ref());
    text.truncate(characters);
    text
}

/// The first part of a hash with its seal, by which we know our own hashes from every other text of that length. No value
/// begins with the byte that makes the seal's message another one.
fn sealed(key: &hmac::Key, hashed: &str) -> String {
    let mut context = hmac::Context::with_key(key);
    context.update(b"\xFF");
    context.update(hashed.as_bytes());
    format!("{hashed}{}", digest(&context.sign(), SEAL))
}

/// Whether the text is a hash that was made with this key.
pub(crate) fn is_hashed(text: &str, hash_key: &[u8]) -> bool {
    text.len() == HASHED + SEAL
        && text.get(..HASHED).is_some_and(|hashed| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, hash_key);
            sealed(&key, hashed) == text
        })
}

pub(crate) fn partial(value: &str, keep: Keep, count: usize, mask_char: char) -> String {
    let length = value.chars().count();
    let hide = |letters: usize| std::iter::repeat_n(mask_char, letters);
    if length <= count {
        return hide(length).collect();
    }
    match keep {
        Keep::First => value.chars().take(count).chain(hide(length - count)).collect(),
        Keep::Last => hide(length - count).chain(value.chars().skip(length - count)).collect(),
    }
}

/// ECMA's `replace` without the flag g: the first match only.
pub(crate) fn replaced(regex: &regex::bytes::Regex, replacement: &[Part], value: &str) -> String {
    let Some(found) = regex.captures(value.as_bytes()) else {
        return FULL.to_owned();
    };
    let (start, end) = found.get(0).map_or((0, 0), |whole| (whole.start(), whole.end()));
    let bytes = value.as_bytes();
    let mut out = bytes[..start].to_vec();
    for part in replacement {
        match part {
            Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
            Part::Group(group) => out.extend_from_slice(found.get(*group).map_or(b"", |piece| piece.as_bytes())),
            Part::Before => out.extend_from_slice(&bytes[..start]),
            Part::After => out.extend_from_slice(&bytes[end..]),
        }
    }
    out.extend_from_slice(&bytes[end..]);
    String::from_utf8(out).unwrap_or_else(|_| FULL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_keeps_one_end_and_hides_short_values_whole() {
        assert_eq!(partial("41é11234", Keep::Last, 4, '*'), "****1234");
        assert_eq!(partial("123", Keep::Last, 4, '*'), "***");
        assert_eq!(partial("1234", Keep::Last, 4, '*'), "****");
        assert_eq!(partial("12345", Keep::First, 2, '•'), "12•••");
        assert_eq!(partial("", Keep::First, 2, '*'), "");
        assert_eq!(partial("ab", Keep::Last, 0, '"'), "\"\"");
    }

    #[test]
    fn a_regex_replaces_as_ecma_does() {
        let check = |pattern: &str, replacement: &str, value: &str| {
            let regex = regex::bytes::Regex::new(pattern).unwrap();
            let groups = regex.captures_len() - 1;
            replaced(&regex, &parts(replacement, groups), value)
        };
        assert_eq!(check("(^.).*(@.*)$", "$1***$2", "anna@example.org"), "a***@example.org");
        assert_eq!(check("(^.).*(@.*)$", "$1***$2", "nobody"), "***");
        assert_eq!(check("b", "[$&|$$|$1|$0|$]", "abcb"), "a[b|$|$1|$0|$]cb");
        assert_eq!(check("(a)(x)?", "$2$11$`$'", "zab"), "za1zbb");
        assert_eq!(check("é", "$&$&", "éa"), "ééa");
    }

    #[test]
    fn the_strictest_of_two_masks_wins() {
        assert_eq!(Veil::Soft(1).with(Veil::Soft(1)), Veil::Soft(1));
        assert_eq!(Veil::Soft(1).with(Veil::Soft(2)), Veil::Full);
        assert_eq!(Veil::Hash.with(Veil::Soft(2)), Veil::Hash);
        assert_eq!(Veil::Full.with(Veil::Hash), Veil::Full);
        assert_eq!(Veil::Full.with(Veil::Gone), Veil::Gone);
        assert_eq!(Veil::Nothing.with(Veil::Soft(3)), Veil::Soft(3));
    }
}
