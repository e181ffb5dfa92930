//! What a caller hands in and gets back.

use std::collections::HashMap;

use ahash::RandomState;

use crate::compose::Applied;
use crate::duplicates::Names;
use crate::guard::WriteBack;
use crate::output::Output;
use crate::shadows::Shadows;
use crate::structure::Container;
use crate::tape::Entry;
use crate::violation::Violation;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Undeclared members are violations; nothing is rewritten, but for [`WriteBack::LeftOut`].
    Request,
    /// Undeclared members are dropped, classified ones masked.
    Response,
}

pub struct Options<'a> {
    pub direction: Direction,
    /// Answers only: conformance faults refuse. In a request they do unless it is `relaxed`.
    pub strict: bool,
    /// Requests only: faults are recorded and refuse nothing, so that the whole body is judged.
    pub relaxed: bool,
    /// Requests only: what becomes of masked values that are written back.
    pub write_back: WriteBack,
    /// Requests only: what undeclared members of the document itself must not be taken for, because the upstream may read
    /// them together with the parameters; nor may they change the method.
    pub reserved: Option<&'a Shadows>,
    /// Answers only: notes where members are left out because nobody declared them, at a price for each of them.
    pub tell_left_out: bool,
    /// One bit per category that the subscription unmasks.
    pub unmask: u64,
    /// The claims of the caller's subject, for `owner`.
    pub claims: &'a dyn Fn(&str) -> Option<&'a str>,
    /// Key of the strategy `hash`.
    pub hash_key: &'a [u8],
    pub max_depth: usize,
    pub max_violations: usize,
    /// Work allowed beyond the one pass: places judged, branches tried.
    pub max_steps: u64,
}

impl<'a> Options<'a> {
    /// Strict, with the usual limits, no claims and no hash key.
    pub fn new(direction: Direction) -> Self {
        Options {
            direction,
            strict: false,
            relaxed: false,
            write_back: WriteBack::default(),
            reserved: None,
            tell_left_out: false,
            unmask: 0,
            claims: &|_| None,
            hash_key: &[],
            max_depth: 64,
            max_violations: 20,
            max_steps: 10_000_000,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The input may pass as it is.
    Unchanged,
    /// [`Scratch::output`] may pass.
    Rewritten,
    Refused(Fault),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// [`Scratch::violations`] says where: conformance, undeclared members or structure.
    Invalid,
    /// Not I-JSON, nested too deeply, or too much work.
    Unreadable,
    /// An object that is not the subject's own.
    Foreign,
    /// A masked value was written back; the violations say where.
    WrittenBack,
    /// `relaxed` only: an undeclared member that may be read as what an owner was judged by; the last violation says where.
    Shadow,
}

/// Beyond this, memory goes back to the allocator between bodies.
const KEPT: usize = 1 << 18;

/// Memory that is used again from body to body. What it holds says nothing once the next check begins.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) out: Output,
    pub(crate) violations: Vec<Violation>,
    pub(crate) left_out: Vec<Violation>,
    pub(crate) left_out_seen: usize,
    pub(crate) masked: u64,
    pub(crate) steps: u64,
    pub(crate) fields: Vec<u32>,
    pub(crate) names: Names,
    pub(crate) open: Vec<Container>,
    pub(crate) seen: Vec<u64>,
    pub(crate) tape: Vec<Entry>,
    pub(crate) applied: Vec<Applied>,
    pub(crate) memo: HashMap<u64, bool, RandomState>,
}

impl Scratch {
    /// The rewritten body, after [`Verdict::Rewritten`].
    pub fn output(&self) -> &[u8] {
        self.out.written()
    }

    /// Takes the rewritten body without a copy.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.out.take()
    }

    /// Puts back what was taken, after another body was checked.
    pub fn put_output(&mut self, output: Vec<u8>) {
        self.out.put(output);
    }

    /// What was wrong, also where an answer passed (`strict: false`).
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Where members were left out because nobody declared them, if [`Options::tell_left_out`] asked for it. List indexes and
    /// names that the contract does not have stand as `*`, but for the member's own.
    pub fn left_out(&self) -> &[Violation] {
        &self.left_out
    }

    /// One bit per category of which a value was masked or left out.
    pub fn masked(&self) -> u64 {
        self.masked
    }

    /// Steps that the last check took.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// For each category, how many values were masked or left out; may be shorter than the categories.
    pub fn fields_by_category(&self) -> &[u32] {
        &self.fields
    }

    /// Gives the output's memory back if one large body took it. To be called once the output has been written.
    pub fn trim(&mut self) {
        self.out.clear();
        self.out.shrink(KEPT);
    }

    /// Bytes of memory that are held, whatever they say.
    pub fn held_bytes(&self) -> usize {
        self.out.capacity()
            + self.tape.capacity() * size_of::<Entry>()
            + self.memo.capacity() * size_of::<(u64, bool)>()
            + self.names.held_bytes()
            + self.applied.capacity() * size_of::<Applied>()
            + self.seen.capacity() * size_of::<u64>()
    }

    pub(crate) fn reset(&mut self) {
        self.out.clear();
        self.out.shrink(32 * KEPT);
        self.violations.clear();
        self.left_out.clear();
        self.left_out_seen = 0;
        self.masked = 0;
        self.fields.clear();
        self.release();
    }

    /// Clears what only the check itself needed. A call may wait long for its origin, or for its client, after its body
    /// was judged: what it holds meanwhile must not be many times the body.
    pub(crate) fn release(&mut self) {
        self.names.clear(KEPT / 4);
        self.open.clear();
        self.seen.clear();
        self.seen.shrink_to(KEPT / 8 / size_of::<u64>());
        self.tape.clear();
        self.tape.shrink_to(KEPT / size_of::<Entry>());
        self.applied.clear();
        self.applied.shrink_to(KEPT / 8 / size_of::<Applied>());
        if self.memo.capacity() > KEPT / 4 / size_of::<(u64, bool)>() {
            self.memo = HashMap::default();
        }
        self.memo.clear();
    }
}
