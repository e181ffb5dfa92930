//! The write-back guard: a string that has the form of the mask which hides its place from this caller is what the caller
//! was shown, and no value. It is never written, and breaks no other rule: the guard decides about it alone.

use crate::compose::{Applied, Bond};
use crate::form::has_form;
use crate::mask::Veil;
use crate::pass::{Fate, Pass, Stop};
use crate::program::{Kind, Node};
use crate::scalar::Scalar;
use crate::text;
use crate::violation::{Path, Violation};

/// What becomes of a masked value that a request writes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteBack {
    /// It is a value like any other: nothing is written here, or nothing was masked.
    Unguarded,
    /// The body is refused.
    #[default]
    Refused,
    /// The member is left out, as a merge patch (RFC 7396) says that it stays as it is. What is in a list cannot be left
    /// out of it, since a list is replaced whole: there the body is refused.
    LeftOut,
}

/// The keyword of the violations.
pub(crate) const KEYWORD: &str = "masked";

impl<'a> Pass<'a, '_> {
    /// Whether a scalar is the mask of this node's values, as this caller sees them. An owner decides before: what names
    /// somebody is never left out.
    pub(crate) fn is_written_back(&self, node: &Node, scalar: Scalar) -> bool {
        node.mask.is_some() && node.owner.is_none() && self.has_form_of(self.veil(node), scalar)
    }

    fn has_form_of(&self, veil: Veil, scalar: Scalar) -> bool {
        if veil == Veil::Nothing || scalar.kind != Kind::String || self.options.write_back == WriteBack::Unguarded {
            return false;
        }
        let content = text::bytes(&self.input[scalar.start + 1..scalar.end - 1], scalar.escaped);
        let value = std::str::from_utf8(&content).ok();
        value.is_some_and(|value| has_form(self.program, veil, value, self.options.hash_key))
    }

    /// Notes that the value at `path` was written back, or leaves it out.
    #[cold]
    pub(crate) fn take_back(&mut self, schema: usize, path: &Path<'_>) -> Fate {
        if self.options.write_back == WriteBack::LeftOut && path.is_member_of_objects() {
            return Fate::Out;
        }
        self.written_back = true;
        // It decides the verdict, so that it is told even where the list is full of other faults.
        self.s.violations.truncate(self.options.max_violations.saturating_sub(1));
        self.s.violations.push(Violation { pointer: path.pointer(true), keyword: KEYWORD, schema });
        Fate::Kept
    }

    /// The same for a place that more than one node judges: what any of them, or all of them together, would have shown.
    pub(crate) fn placed_back(&mut self, value: usize, from: usize, path: &Path<'_>) -> Option<Fate> {
        let program = self.program;
        let scalar = self.s.tape[value].scalar();
        let applied = &self.s.applied[from..];
        let decided_before = |applied: &Applied| {
            let node = &program.nodes[applied.node];
            (node.owner.is_some() && applied.bond.declares()) || (node.never.is_some() && applied.bond == Bond::Firm)
        };
        if scalar.kind != Kind::String || applied.iter().any(decided_before) {
            return None;
        }
        let nodes = || applied.iter().map(|applied| &program.nodes[applied.node]).filter(|node| node.mask.is_some());
        let together = nodes().fold(Veil::Nothing, |veil, node| veil.with(self.veil(node)));
        let found = nodes().find(|node| self.has_form_of(self.veil(node), scalar));
        let found = found.or_else(|| nodes().next().filter(|_| self.has_form_of(together, scalar)));
        let schema = found.map(|node| node.index)?;
        Some(self.take_back(schema, path))
    }
}

/// Of the violations of a body with a masked value those that say so.
pub(crate) fn keep_written_back(violations: &mut Vec<Violation>) {
    violations.retain(|violation| violation.keyword == KEYWORD);
}

impl Stop {
    /// A masked value decides the verdict, unless the body could not be read or names somebody else's object.
    pub(crate) fn with_written_back(ended: Result<(), Stop>, written_back: bool) -> Result<(), Stop> {
        match ended {
            Ok(()) | Err(Stop::Invalid) if written_back => Err(Stop::WrittenBack),
            ended => ended,
        }
    }
}
