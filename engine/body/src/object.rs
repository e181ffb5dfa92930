//! Objects in one pass: names found, duplicates refused, undeclared members refused or left out with their comma.

use std::iter;

use crate::error::Syntax;
use crate::ordinary::Run;
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
    /// The comma before the element at hand, if an element before it was kept: both can be cut out together.
    #[inline(always)]
    pub fn comma_before_kept(&self) -> Option<usize> {
        if self.kept { self.comma } else { None }
    }

    /// After elements of which one at least was kept, at the comma after the last of them.
    #[inline(always)]
    pub fn kept_up_to(&mut self, comma: usize) {
        self.kept = true;
        self.comma = Some(comma);
    }

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
        let mut run = Run::new(scan::whitespace(input, open + 1));
        if scan::peek(input, run.at)? != b'}' {
            loop {
                self.ordinary_members(rules, &mut run, &mut seen.first, cutter.comma_before_kept());
                if let Some(comma) = run.comma.take() {
                    cutter.kept_up_to(comma);
                }
                if !run.ended {
                    let start = run.at;
                    let (end, fate) = self.member(node, mark, &mut run, &mut seen, depth + 1, path)?;
                    cutter.element(self, fate, start, end);
                    run.at = end;
                }
                run.at = scan::whitespace(input, run.at);
                match scan::peek(input, run.at)? {
                    b',' if run.ended => cutter.kept_up_to(run.at),
                    b',' => cutter.comma(self, run.at),
                    b'}' => break,
                    _ => return Err(Stop::from(Syntax::Unexpected)),
                }
                run.at = scan::whitespace(input, run.at + 1);
                run.ended = false;
            }
        }
        self.whole_object(node, run.members, &seen, path)?;
        seen.release(&mut self.s.seen);
        self.s.names.release(mark);
        Ok(run.at + 1)
    }

    /// What the node says of an object as a whole.
    #[inline]
    fn whole_object(&mut self, node: &'a Node, members: u64, seen: &Seen, path: &Path<'_>) -> Result<(), Stop> {
        let rules = &node.object;
        if seen.first & rules.required_first != rules.required_first || rules.names.len() > 64 {
            for &required in &rules.required {
                if !seen.has(required, &self.s.seen) {
                    self.violate(&path.declared(rules.names.name(required)), "required", node.index)?;
                }
            }
        }
        if members < rules.min || members > rules.max {
            self.violate(path, if members < rules.min { "minProperties" } else { "maxProperties" }, node.index)?;
        }
        Ok(())
    }

    /// Takes the member at hand, whatever it is; returns where it ends.
    #[inline(never)]
    fn member(
        &mut self,
        node: &'a Node,
        mark: usize,
        run: &mut Run,
        seen: &mut Seen,
        depth: usize,
        path: &Path<'_>,
    ) -> Result<(usize, Fate), Stop> {
        let rules = &node.object;
        if !self.request
            && !self.options.tell_left_out
            && !matches!(rules.additional, Additional::Schema(_))
            && let Some(end) = self.ordinary_stranger(rules, mark, run.at)?
        {
            run.members += 1;
            return Ok((end, Fate::Out));
        }
        let (known, name, colon) = self.name(rules, run.at)?;
        let value = scan::whitespace(self.input, colon);
        let fresh = match known {
            Some(known) => seen.insert(known, &mut self.s.seen),
            None => self.s.names.insert(mark, self.program.signer.of(self.input, name)),
        };
        if !fresh {
            return Err(Stop::from(Syntax::Duplicate));
        }
        run.members += 1;
        let Some(known) = known else {
            return self.unknown(node, name, value, depth, path);
        };
        run.next = known + 1;
        match self.ordinary_value(&rules.hot[known], value) {
            Some((end, fate)) => {
                if fate == Fate::Out {
                    self.note_left_out(&rules.hot[known]);
                }
                Ok((end, fate))
            }
            None => self.known(node, known, value, depth, path),
        }
    }

    /// Reads a name at `at` and its colon, whatever it is: its place among the declared, its text, what follows.
    fn name(&self, rules: &ObjectRules, at: usize) -> Result<(Option<usize>, Text, usize), Stop> {
        let name = scan::string(self.input, scan::expect(self.input, at, b'"')?)?;
        let colon = scan::whitespace(self.input, name.end + 1);
        let value = scan::expect(self.input, colon, b':')?;
        let raw = &self.input[name.start..name.end];
        let known = if name.escaped { rules.names.find(&text::decode(raw)) } else { rules.names.find(raw) };
        Ok((known, name, value))
    }

    /// Judges the value of the member `known`.
    fn known(
        &mut self,
        node: &'a Node,
        known: usize,
        value: usize,
        depth: usize,
        path: &Path<'_>,
    ) -> Result<(usize, Fate), Stop> {
        let rules = &node.object;
        let name = rules.names.name(known);
        let declared = path.declared(name);
        match rules.members[known].node {
            Some(child) => self.value(child, value, depth, &declared),
            None => self.rest(node, value, depth, &declared),
        }
    }

    fn unknown(
        &mut self,
        node: &'a Node,
        name: Text,
        value: usize,
        depth: usize,
        path: &Path<'_>,
    ) -> Result<(usize, Fate), Stop> {
        let sent = path.sent(&self.input[name.start..name.end], name.escaped);
        let rules = &node.object;
        let passes = matches!(rules.additional, Additional::Schema(_)) || !self.decisive();
        if self.request && passes && self.is_shadow(iter::once(&rules.owned), name, depth == 1) {
            self.violate_shadow(&sent, node.index)?;
        }
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
        if self.options.tell_left_out {
            self.tell_left_out(path, node.index, !node.object.members.is_empty());
        }
        Ok((self.skip(value, depth)?, Fate::Out))
    }
}
