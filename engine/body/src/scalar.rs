//! Strings, numbers, literals: what a node says of them, and how classified ones leave.

use std::cmp::Ordering;

use crate::mask::Veil;
use crate::number::Decimal;
use crate::pass::{Fate, Pass, Stop};
use crate::program::{Allowed, Kind, Node, NumberRules, Program, Types};
use crate::scan::{self, Text};
use crate::tape::number_bit;
use crate::text;
use crate::violation::{Faults, Path};

/// A scalar as it stands in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scalar {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub escaped: bool,
}

impl Program {
    /// Everything that a node says of a string by itself, its type included.
    pub(crate) fn judge_text(&self, node: &Node, input: &[u8], found: Text) -> Faults {
        let mut faults = Faults::NONE;
        if !node.types.has(Types::STRING) {
            faults.add(Faults::TYPE, true);
            return faults;
        }
        let raw = &input[found.start..found.end];
        if let Some(rules) = &node.text {
            let (min, max) = (rules.min, rules.max);
            let mut length = raw.len() as u64;
            if (length < min || length > max || min > 0) && (found.escaped || !found.ascii) {
                length = text::code_points(&text::bytes(raw, found.escaped));
            }
            faults.add(Faults::MIN_LENGTH, length < min);
            faults.add(Faults::MAX_LENGTH, length > max);
            if rules.pattern.is_some() || rules.format.is_some() {
                let content = text::bytes(raw, found.escaped);
                faults.add(
                    Faults::PATTERN,
                    rules.pattern.is_some_and(|pattern| !self.patterns[pattern].is_match(&content)),
                );
                faults.add(Faults::FORMAT, rules.format.is_some_and(|format| !format.admits(&content)));
            }
        }
        if let Some(allowed) = &node.allowed {
            faults.add(Faults::ENUM, allowed.strings.find(&text::bytes(raw, found.escaped)).is_none());
        }
        faults
    }

    /// Everything that a node says of a number by itself.
    pub(crate) fn judge_number(&self, node: &Node, raw: &[u8], whole: bool) -> Faults {
        let mut faults = Faults::NONE;
        let bit = if whole { Types::INTEGER } else { number_bit(raw) };
        if !node.types.has(bit) {
            faults.add(Faults::TYPE, true);
            return faults;
        }
        if node.number.is_none() && node.allowed.is_none() {
            return faults;
        }
        let number = Decimal::read(raw);
        if let Some(rules) = &node.number {
            judge_size(rules, &number, &mut faults);
        }
        if let Some(allowed) = &node.allowed {
            let known = allowed.numbers.iter().any(|value| value.decimal().compare(&number) == Ordering::Equal);
            faults.add(Faults::ENUM, !known);
        }
        faults
    }

    /// Everything that a node says of `true`, `false` or `null` by itself.
    pub(crate) fn judge_literal(&self, node: &Node, first: u8) -> Faults {
        let mut faults = Faults::NONE;
        let bit = if first == b'n' { Types::NULL } else { Types::BOOLEAN };
        if !node.types.has(bit) {
            faults.add(Faults::TYPE, true);
        } else if let Some(allowed) = &node.allowed {
            faults.add(Faults::ENUM, !allows_literal(allowed, first));
        }
        faults
    }
}

fn allows_literal(allowed: &Allowed, first: u8) -> bool {
    match first {
        b'n' => allowed.null,
        b't' => allowed.yes,
        _ => allowed.no,
    }
}

fn judge_size(rules: &NumberRules, number: &Decimal<'_>, faults: &mut Faults) {
    let compared = |bound: &Option<crate::number::Bound>| bound.as_ref().map(|bound| number.compare(&bound.decimal()));
    faults.add(Faults::MINIMUM, compared(&rules.minimum).is_some_and(Ordering::is_lt));
    faults.add(Faults::MAXIMUM, compared(&rules.maximum).is_some_and(Ordering::is_gt));
    faults.add(Faults::EXCLUSIVE_MINIMUM, compared(&rules.exclusive_minimum).is_some_and(Ordering::is_le));
    faults.add(Faults::EXCLUSIVE_MAXIMUM, compared(&rules.exclusive_maximum).is_some_and(Ordering::is_ge));
    faults.add(Faults::MULTIPLE_OF, rules.multiple_of.as_ref().is_some_and(|multiple| !multiple.divides(number)));
    if let Some((low, high)) = &rules.range {
        let outside = number.compare(&low.decimal()).is_lt() || number.compare(&high.decimal()).is_gt();
        faults.add(Faults::FORMAT, outside || (rules.whole && !number.is_integer()));
    }
}

impl<'a> Pass<'a, '_> {
    #[inline]
    pub(crate) fn string(&mut self, node: &'a Node, at: usize, path: &Path<'_>) -> Result<(usize, Fate), Stop> {
        let found = scan::string(self.input, at + 1)?;
        let end = found.end + 1;
        let faults = self.program.judge_text(node, self.input, found);
        if faults.is_empty() && !node.marked {
            return Ok((end, Fate::Kept));
        }
        let scalar = Scalar { kind: Kind::String, start: at, end, escaped: found.escaped };
        Ok((end, self.settle(node, faults, scalar, path)?))
    }

    #[inline]
    pub(crate) fn number(&mut self, node: &'a Node, at: usize, path: &Path<'_>) -> Result<(usize, Fate), Stop> {
        let found = scan::number(self.input, at)?;
        let faults = self.program.judge_number(node, &self.input[at..found.end], found.whole);
        if faults.is_empty() && !node.marked {
            return Ok((found.end, Fate::Kept));
        }
        let scalar = Scalar { kind: Kind::Number, start: at, end: found.end, escaped: false };
        Ok((found.end, self.settle(node, faults, scalar, path)?))
    }

    #[inline]
    pub(crate) fn literal(&mut self, node: &'a Node, at: usize, path: &Path<'_>) -> Result<(usize, Fate), Stop> {
        let end = scan::literal(self.input, at)?;
        let faults = self.program.judge_literal(node, self.input[at]);
        if faults.is_empty() && !node.marked {
            return Ok((end, Fate::Kept));
        }
        let scalar = Scalar { kind: Kind::of(self.input[at]), start: at, end, escaped: false };
        Ok((end, self.settle(node, faults, scalar, path)?))
    }

    /// Records a scalar's faults, checks its owner and hides it.
    fn settle(&mut self, node: &'a Node, faults: Faults, scalar: Scalar, path: &Path<'_>) -> Result<Fate, Stop> {
        if let Some(word) = node.never {
            self.violate(path, word, node.index)?;
            return Ok(if self.request { Fate::Kept } else { Fate::Out });
        }
        if self.request && self.is_written_back(node, scalar) {
            return Ok(self.take_back(node.index, path));
        }
        self.record(node, faults, scalar.kind, path)?;
        if let Some(claim) = &node.owner {
            self.require_owner(claim, scalar.kind, scalar.start, scalar.end, scalar.escaped)?;
        }
        if self.request {
            return Ok(Fate::Kept);
        }
        let veil = self.veil(node);
        if self.hides(veil, scalar.kind) {
            self.note_masked(node);
        }
        Ok(self.cover(veil, !faults.has(Faults::TYPE), scalar))
    }

    /// Records the faults that a node finds in a value by itself.
    pub(crate) fn record(&mut self, node: &'a Node, faults: Faults, kind: Kind, path: &Path<'_>) -> Result<(), Stop> {
        if faults.has(Faults::TYPE) {
            return self.mistyped(node, kind, path);
        }
        for keyword in faults.keywords() {
            self.violate(path, keyword, node.index)?;
        }
        Ok(())
    }

    /// Null is nothing that could be hidden; it can only be left out.
    pub(crate) fn hides(&self, veil: Veil, kind: Kind) -> bool {
        veil == Veil::Gone || (veil != Veil::Nothing && kind != Kind::Null)
    }

    /// How a scalar leaves in an answer.
    pub(crate) fn cover(&mut self, veil: Veil, typed: bool, scalar: Scalar) -> Fate {
        match (veil, scalar.kind) {
            (Veil::Nothing, _) => Fate::Kept,
            (Veil::Gone, _) => Fate::Out,
            (_, Kind::Null) => Fate::Kept,
            (_, Kind::String) if typed => {
                let found =
                    Text { start: scalar.start + 1, end: scalar.end - 1, escaped: scalar.escaped, ascii: false };
                self.hide(veil, found)
            }
            _ => Fate::Out,
        }
    }

    /// Owner, words and masks of a container's node, before anything in it is read.
    pub(crate) fn marked_container(&mut self, node: &'a Node, typed: bool, path: &Path<'_>) -> Result<Fate, Stop> {
        if let Some(word) = node.never {
            self.violate(path, word, node.index)?;
            return Ok(if self.request { Fate::Kept } else { Fate::Out });
        }
        if node.owner.is_some() && typed {
            return Err(Stop::Foreign);
        }
        if self.request {
            return Ok(Fate::Kept);
        }
        let veil = self.veil(node);
        if veil == Veil::Nothing {
            return Ok(Fate::Kept);
        }
        self.note_masked(node);
        if veil != Veil::Gone && typed {
            // Only `remove` can hide a container; the compiler says so, and here nothing is shown.
            self.violate(path, "type", node.index)?;
        }
        Ok(Fate::Out)
    }
}
