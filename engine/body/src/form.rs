//! What masked values look like: for each strategy, the texts that it makes of some value. The guard refuses these, so
//! that this is kept as narrow as the strategy allows.

use firstclass_bundle::Keep;
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Hir, HirKind, Look};

use crate::mask::{FULL, Part, Strategy, Veil, is_hashed, replaced};
use crate::program::Program;

/// Bytes of compiled program that a form may take.
const SIZE: usize = 1 << 20;

/// Whether the text is what `veil` makes of some value. An empty text hides nothing, and is what an empty value becomes.
pub(crate) fn has_form(program: &Program, veil: Veil, text: &str, hash_key: &[u8]) -> bool {
    match veil {
        Veil::Nothing | Veil::Gone => false,
        Veil::Full => text == FULL,
        Veil::Hash => is_hashed(text, hash_key),
        Veil::Soft(action) => match &program.actions[action] {
            Strategy::Partial { keep, count, mask_char } => is_partial(text, *keep, *count, *mask_char),
            Strategy::Regex { pattern, replacement, form } => {
                let regex = &program.patterns[*pattern];
                let found = match form {
                    Some(form) => form.occurs(regex, text),
                    None => regex.is_match(text.as_bytes()) && replaced(regex, replacement, text) == text,
                };
                text == FULL || found
            }
            Strategy::Remove | Strategy::Full | Strategy::Hash => text == FULL,
        },
    }
}

/// Every character but the kept ones is the mask's; of a text that is not longer than what is kept, every one.
fn is_partial(text: &str, keep: Keep, count: usize, mask_char: char) -> bool {
    let length = text.chars().count();
    let hidden = if length <= count { length } else { length - count };
    let from = if keep == Keep::First { length - hidden } else { 0 };
    hidden > 0 && text.chars().skip(from).take(hidden).all(|letter| letter == mask_char)
}

/// What stands in a masked value in place of what the pattern found.
#[derive(Debug)]
pub(crate) struct Form(Regex);

impl Form {
    /// None where the replacement has no text of its own: then nothing but a value that the mask leaves as it is can be
    /// told apart from a real one.
    pub fn of(pattern: &str, replacement: &[Part]) -> Option<Self> {
        if !replacement.iter().any(|part| matches!(part, Part::Literal(text) if !text.is_empty())) {
            return None;
        }
        let whole = ParserBuilder::new().utf8(false).build().parse(pattern).ok()?;
        let properties = whole.properties();
        let begins = properties.look_set_prefix().contains(Look::Start);
        let ends = properties.look_set_suffix().contains(Look::End);
        let mut parts: Vec<Hir> = Vec::new();
        parts.extend(begins.then(|| Hir::look(Look::Start)));
        parts.extend(replacement.iter().map(|part| match part {
            Part::Literal(text) => Hir::literal(text.as_bytes()),
            Part::Group(0) => bare(&whole),
            Part::Group(group) => find_group(&whole, *group).map_or_else(Hir::empty, bare),
            Part::Before | Part::After => anything(),
        }));
        parts.extend(ends.then(|| Hir::look(Look::End)));
        let text = Hir::concat(parts).to_string();
        RegexBuilder::new(&text).size_limit(SIZE).dfa_size_limit(SIZE).build().ok().map(Form)
    }

    /// Whether it stands in the text, and the pattern finds nothing wholly before: the first thing found is replaced.
    fn occurs(&self, pattern: &Regex, text: &str) -> bool {
        let Some(form) = self.0.find(text.as_bytes()) else { return false };
        pattern.find(text.as_bytes()).is_none_or(|found| found.start() >= form.start() || found.end() > form.start())
    }
}

fn find_group(hir: &Hir, group: usize) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(Capture { index, sub, .. }) if *index as usize == group => Some(sub),
        HirKind::Capture(Capture { sub, .. }) => find_group(sub, group),
        HirKind::Repetition(repetition) => find_group(&repetition.sub, group),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(|part| find_group(part, group)),
        _ => None,
    }
}

/// What an expression finds, wherever it stands, and nothing where it took no part.
fn bare(hir: &Hir) -> Hir {
    Hir::alternation(vec![without_places(hir), Hir::empty()])
}

fn without_places(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(_) => Hir::empty(),
        HirKind::Capture(capture) => without_places(&capture.sub),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(without_places(&repetition.sub))),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_places).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(without_places).collect()),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) => hir.clone(),
    }
}

fn anything() -> Hir {
    let one = Hir::dot(regex_syntax::hir::Dot::AnyChar);
    Hir::repetition(regex_syntax::hir::Repetition { min: 0, max: None, greedy: true, sub: Box::new(one) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::{partial, parts};

    #[test]
    fn a_partial_mask_is_told_by_its_characters() {
        for (text, keep, count, expected) in [
            ("********22", Keep::Last, 2, true),
            ("*22", Keep::Last, 2, true),
            ("22", Keep::Last, 2, false),
            ("**", Keep::Last, 2, true),
            ("*", Keep::Last, 2, true),
            ("", Keep::Last, 2, false),
            ("*2*22", Keep::Last, 2, false),
            ("********22x", Keep::Last, 2, false),
            ("0790009999", Keep::Last, 2, false),
            ("07****", Keep::First, 2, true),
            ("****07", Keep::First, 2, false),
            ("***", Keep::Last, 0, true),
            ("", Keep::Last, 0, false),
        ] {
            assert_eq!(is_partial(text, keep, count, '*'), expected, "{text:?} {keep:?} {count}");
        }
        assert!(is_partial("••é", Keep::Last, 1, '•'));
    }

    #[test]
    fn every_partial_mask_of_a_value_is_told() {
        for value in ["a", "ab", "abc", "é😀x", "****", "a*b*c"] {
            for count in 0..5 {
                for keep in [Keep::First, Keep::Last] {
                    assert!(is_partial(&partial(value, keep, count, '*'), keep, count, '*'), "{value:?} {count}");
                }
            }
        }
    }

    fn masked(pattern: &str, replacement: &str, text: &str) -> bool {
        let regex = Regex::new(pattern).expect("a pattern");
        let replacement = parts(replacement, regex.captures_len() - 1);
        let strategy = Strategy::Regex { pattern: 0, form: Form::of(pattern, &replacement), replacement };
        let mut program = Program::compile(&[], &[], &[]).expect("a program");
        (program.patterns, program.actions) = (vec![regex], vec![strategy]);
        has_form(&program, Veil::Soft(0), text, b"")
    }

    #[test]
    fn a_regex_mask_is_told_by_what_it_puts_in_place() {
        let mail = r"(^.).*(@.*)$";
        for (text, expected) in [
            ("a***@example.org", true),
            ("***", true),
            ("anna@example.org", false),
            ("anna***x", false),
            ("an***@example.org", false),
            ("", false),
        ] {
            assert_eq!(masked(mail, "$1***$2", text), expected, "{text}");
        }
        for (text, expected) in [("1234****", true), ("12345678", false), ("a****b", false), ("****", true)] {
            assert_eq!(masked(r"[0-9]{4}$", "****", text), expected, "{text}");
        }
        // Only the first digit is replaced: one that stands before was never a mask's.
        for (text, expected) in [("#2", true), ("C#", true), ("1 Flat #", false), ("Flat #3", true), ("Flat 3", false)]
        {
            assert_eq!(masked("[0-9]", "#", text), expected, "{text}");
        }
        // It changes its own output again.
        assert!(masked("^.", "**", "**bc"));
        assert!(!masked("^.", "**", "*bc"));
        assert!(!masked(r"^([0-9]{3})[0-9]*([0-9]{2})$", "$1-$2", "0790-1234"));
        assert!(masked(r"^([0-9]{3})[0-9]*([0-9]{2})$", "$1-$2", "079-34"));
    }

    #[test]
    fn a_mask_without_a_text_of_its_own_is_told_only_where_it_changes_nothing() {
        assert!(masked("^(.).*$", "$1", "A"));
        assert!(!masked("^(.).*$", "$1", "Anna"));
        assert!(!masked("[^0-9]+", "", "0790"));
        assert!(masked("[^0-9]+", "", "***"));
    }

    #[test]
    fn what_a_regex_mask_makes_is_told_whatever_it_was_made_of() {
        for (pattern, replacement) in [
            ("(^.).*(@.*)$", "$1***$2"),
            ("[0-9]+", "#"),
            ("b", "[$&]"),
            ("(a)(x)?", "<$2$1>"),
            ("^..", "--"),
            ("(é)|(.)$", "$1+$2"),
            ("x", "$`|$'"),
        ] {
            let regex = Regex::new(pattern).expect("a pattern");
            let list = parts(replacement, regex.captures_len() - 1);
            for value in ["anna@b.org", "0790 12 ab", "aax", "éa", "b", "xx", "a", "zab\nx", "12", "bb[b]"] {
                let text = replaced(&regex, &list, value);
                assert!(masked(pattern, replacement, &text), "{pattern} {replacement} {value:?} {text:?}");
            }
        }
    }
}
