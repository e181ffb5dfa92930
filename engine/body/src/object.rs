//! Objects in one pass: names found, duplicates refused, undeclared members refused or left out with their comma.

use crate::error::Syntax;
use crate::hot::{Cover, Hot};
use crate::pass::{Fate, Pass, Stop};
use crate::program::{Additional, Node, ObjectRules};
use crate::scan::{self, Text};
use crate::text;
use crate::violation::Path;

/// Which declared names an object had so far: a word, and more of them for large objects.
#[derive(Debug)]
pub(crate) struct Seen {
    first: u64,
    /// Where the further words begin in the scratch.
    more: usize,
}

impl Seen {
    pub fn new(names: usize, words: &mut Vec<u64>) -> Self {
        let more = words.len();
        if names > 64 {
            words.resize(more + names.div_ceil(64) - 1, 0);
        }
        Seen { first: 0, more }
    }

    /// True if the name was not there yet.
    #[inline(always)]
    pub fn insert(&mut self, at: usize, words: &mut [u64]) -> bool {
        let word = if at < 64 { &mut self.first } else { &mut words[self.more + at / 64 - 1] };
        let bit = 1 << (at % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    #[inline]
    pub fn has(&self, at: usize, words: &[u64]) -> bool {
        let word = if at < 64 { self.first } else { words[self.more + at / 64 - 1] };
        word >> (at % 64) & 1 == 1
    }

    pub fn release(self, words: &mut Vec<u64>) {
        words.truncate(self.more);
    }
}

/// Cuts members or items out of a container, each with the comma that goes with it.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    /// The comma before this element, where an element before it was kept.
    comma: Option<usize>,
    kept: bool,
    /// An element left out before any that was kept; its following comma goes too.
    pending: Option<usize>,
}

impl Cutter {
    /// After an element: `start` to `end` is what it takes.
    #[inline(always)]
    pub fn element(&mut self, pass: &mut Pass<'_, '_>, fate: Fate, start: usize, end: usize) {
        match (fate, self.kept) {
            (Fate::Kept, _) => self.kept = true,
            (Fate::Out, true) => pass.leave_out(self.comma.unwrap_or(start), end),
            (Fate::Out, false) => {
                pass.leave_out(start, end);
                self.pending = Some(end);
            }
        }
    }

    /// At the comma after an element.
    #[inline(always)]
    pub fn comma(&mut self, pass: &mut Pass<'_, '_>, at: usize) {
        match self.pending.take() {
            Some(end) => pass.leave_out(end, at + 1),
            None => self.comma = Some(at),
        }
    }
}

impl<'a> Pass<'a, '_> {
    /// Reads the object that opens at `open`; returns the position after it.
    pub(crate) fn object(&mut self, node: &'a Node, open: usize, depth: usize, path: &Path<'_>) -> Result<usize, Stop> {
        let rules = &node.object;
        let input = self.input;
        let mark = self.s.names.mark();
        let mut seen = Seen::new(rules.names.len(), &mut self.s.seen);
        let mut cutter = Cutter::default();
        let mut members = 0;
        let mut next = 0;
        let mut at = scan::whitespace(input, open + 1);
        if scan::peek(input, at)? != b'}' {
            loop {
                let (known, name, value) = match rules.hot.get(next).and_then(|hot| hot.matches(input, at)) {
                    Some(colon) => (Some(next), None, colon),
                    None => self.name(rules, at)?,
                };
                let value = scan::whitespace(input, value);
                let fresh = match (known, name) {
                    (Some(known), _) => seen.insert(known, &mut self.s.seen),
                    (None, Some(name)) => self.s.names.insert(mark, self.program.signer.of(input, name)),
                    (None, None) => false,
                };
                if !fresh {
                    return Err(Stop::from(Syntax::Duplicate));
                }
                let (end, fate) = match known {
                    Some(known) => {
                        next = known + 1;
                        let hot = &rules.hot[known];
                        match self.ordinary(hot, value) {
                            Some(end) => (end, Fate::Kept),
                            None => self.known(node, known, value, depth + 1, path)?,
                        }
                    }
                    None => self.unknown(node, name.unwrap_or_default(), value, depth + 1, path)?,
                };
                members += 1;
                cutter.element(self, fate, at, end);
                at = scan::whitespace(input, end);
                match scan::peek(input, at)? {
                    b',' => cutter.comma(self, at),
                    b'}' => break,
                    _ => return Err(Stop::from(Syntax::Unexpected)),
                }
                at = scan::whitespace(input, at + 1);
            }
        }
        for &required in &rules.required {
            if !seen.has(required, &self.s.seen) {
                self.violate(&path.declared(rules.names.name(required)), "required", node.index)?;
            }
        }
        if members < rules.min || members > rules.max {
            self.violate(path, if members < rules.min { "minProperties" } else { "maxProperties" }, node.index)?;
        }
        seen.release(&mut self.s.seen);
        self.s.names.release(mark);
        Ok(at + 1)
    }

    /// Reads a name at `at` and its colon, whatever it is: its place among the declared, its text, what follows.
    fn name(&self, rules: &ObjectRules, at: usize) -> Result<(Option<usize>, Option<Text>, usize), Stop> {
        let name = scan::string(self.input, scan::expect(self.input, at, b'"')?)?;
        let colon = scan::whitespace(self.input, name.end + 1);
        let value = scan::expect(self.input, colon, b':')?;
        let raw = &self.input[name.start..name.end];
        let known = if name.escaped { rules.names.find(&text::decode(raw)) } else { rules.names.find(raw) };
        Ok((known, Some(name), value))
    }

    /// Takes a value that is as ordinary as its member's record asks; None: the general functions must look at it.
    #[inline(always)]
    fn ordinary(&mut self, hot: &'a Hot, value: usize) -> Option<usize> {
        match (self.input.get(value)?, &hot.text, &hot.whole) {
            (b'"', Some(rules), _) => {
                let end = scan::plain_string(self.input, value + 1)?;
                let length = end - value - 1;
                if length < rules.min || length > rules.max {
                    return None;
                }
                if rules.judged {
                    let found = Text { start: value + 1, end, escaped: false, ascii: true };
                    if !self.program.judge_text(&self.program.nodes[hot.node?], self.input, found).is_empty() {
                        return None;
                    }
                }
                if rules.cover != Cover::Open && !self.request && !self.cover_plain(rules, value + 1, end) {
                    return None;
                }
                Some(end + 1)
            }
            (b'-' | b'0'..=b'9', _, Some(rules)) => {
                if hot.number {
                    return Some(scan::number(self.input, value).ok()?.end);
                }
                let (number, end) = scan::small_integer(self.input, value)?;
                (rules.min <= number && number <= rules.max).then_some(end)
            }
            _ => None,
        }
    }

    /// Judges the value of the member `known`.
    fn known(&mut self, node: &'a Node, known: usize, value: usize, depth: usize, path: &Path<'_>) -> Result<(usize, Fate), Stop> {
        let rules = &node.object;
        let name = rules.names.name(known);
        let declared = path.declared(name);
        match rules.members[known].node {
            Some(child) => self.value(child, value, depth, &declared),
            None => self.rest(node, value, depth, &declared),
        }
    }

    fn unknown(&mut self, node: &'a Node, name: Text, value: usize, depth: usize, path: &Path<'_>) -> Result<(usize, Fate), Stop> {
        let sent = path.sent(&self.input[name.start..name.end], name.escaped);
        self.rest(node, value, depth, &sent)
    }

    /// Judges the value of a member that no property names.
    fn rest(&mut self, node: &'a Node, value: usize, depth: usize, path: &Path<'_>) -> Result<(usize, Fate), Stop> {
        if let Additional::Schema(child) = node.object.additional {
            return self.value(child, value, depth, path);
        }
        if self.request {
            self.violate(path, "undeclared", node.index)?;
            return Ok((self.skip(value, depth)?, Fate::Kept));
        }
        Ok((self.skip(value, depth)?, Fate::Out))
    }
}
