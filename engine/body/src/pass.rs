//! One pass over a held body: from the root's node to a verdict. Kinds of value have their own files.

use firstclass_bundle::SchemaIndex;

use crate::error::Syntax;
use crate::guard::keep_written_back;
use crate::hot::{Cover, HotText};
use crate::mask::{self, Veil};
use crate::ordinary::Tail;
use crate::program::{Kind, Node, Program, Way};
use crate::scan::{self, Text};
use crate::shadows::{Shadows, overrides_method};
use crate::structure::{self, Ignore, Reader};
use crate::text;
use crate::verdict::{Direction, Fault, Options, Scratch, Verdict};
use crate::violation::{Path, Violation};

/// Recursion is bounded by this, whatever the options say.
const DEEPEST: usize = 256;

/// Why the pass ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Unreadable(&'static str),
    Invalid,
    Foreign,
    WrittenBack,
    Shadow,
}

impl From<Syntax> for Stop {
    fn from(syntax: Syntax) -> Self {
        Stop::Unreadable(match syntax {
            Syntax::Duplicate => "duplicate",
            Syntax::Depth => "depth",
            _ => "syntax",
        })
    }
}

/// Whether a value stays where it is, perhaps rewritten, or is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Kept,
    Out,
}

pub(crate) struct Pass<'a, 'o> {
    pub program: &'a Program,
    pub input: &'a [u8],
    pub tail: &'a Tail,
    pub options: &'a Options<'o>,
    pub s: &'a mut Scratch,
    pub request: bool,
    pub max_depth: usize,
    /// Up to here the input is in the output, or left out of it.
    flushed: usize,
    faulty: bool,
    /// A masked value was written back.
    pub written_back: bool,
    steps: u64,
    /// Nested calls of the general way.
    pub nested: usize,
}

impl Program {
    /// Judges a body against the schema `root`.
    pub fn check(&self, root: SchemaIndex, input: &[u8], options: &Options<'_>, scratch: &mut Scratch) -> Verdict {
        scratch.reset();
        let verdict = self.judge(root, input, options, scratch);
        scratch.release();
        verdict
    }

    fn judge(&self, root: SchemaIndex, input: &[u8], options: &Options<'_>, scratch: &mut Scratch) -> Verdict {
        let tail = Tail::of(input);
        let mut pass = Pass {
            program: self,
            input,
            tail: &tail,
            options,
            s: scratch,
            request: options.direction == Direction::Request,
            max_depth: options.max_depth.min(DEEPEST),
            flushed: 0,
            faulty: false,
            written_back: false,
            steps: options.max_steps,
            nested: 0,
        };
        let ended = pass.document(root);
        pass.s.steps = options.max_steps - pass.steps;
        let stop = match Stop::with_written_back(ended, pass.written_back) {
            Ok(()) if !pass.faulty || !pass.decisive() => return pass.finish(),
            Ok(()) => Stop::Invalid,
            Err(stop) => stop,
        };
        scratch.out.clear();
        Verdict::Refused(match stop {
            Stop::Invalid => Fault::Invalid,
            Stop::Foreign => Fault::Foreign,
            Stop::Shadow => Fault::Shadow,
            Stop::WrittenBack => {
                keep_written_back(&mut scratch.violations);
                Fault::WrittenBack
            }
            Stop::Unreadable(keyword) => {
                scratch.violations.clear();
                scratch.violations.push(Violation { pointer: String::new(), keyword, schema: root });
                Fault::Unreadable
            }
        })
    }
}

impl<'a> Pass<'a, '_> {
    fn document(&mut self, root: SchemaIndex) -> Result<(), Stop> {
        let start = structure::begin(self.input)?;
        if root >= self.program.nodes.len() {
            return Err(Stop::Unreadable("schema"));
        }
        let (end, fate) = self.value(root, start, 0, &Path::ROOT)?;
        structure::finish(self.input, end)?;
        if fate == Fate::Out {
            // A document cannot be left out of itself.
            self.violate(&Path::ROOT, "undeclared", root)?;
            return Err(Stop::Invalid);
        }
        Ok(())
    }

    /// Whether conformance faults refuse the body.
    pub fn decisive(&self) -> bool {
        if self.request { !self.options.relaxed } else { self.options.strict }
    }

    fn finish(self) -> Verdict {
        if self.flushed == 0 && self.s.out.is_empty() {
            return Verdict::Unchanged;
        }
        self.s.out.copy(self.input, self.flushed, self.input.len());
        Verdict::Rewritten
    }

    /// Judges the value at `at`, which lies `depth` containers deep, and copies it as far as it is rewritten.
    #[inline]
    pub fn value(&mut self, index: usize, at: usize, depth: usize, path: &Path<'_>) -> Result<(usize, Fate), Stop> {
        let first = scan::peek(self.input, at)?;
        let mut node = &self.program.nodes[index];
        loop {
            match &node.way {
                Way::Plain => break,
                Way::General => return self.general(node.index, at, depth, path),
                Way::Switch(branches) => match branches[Kind::of(first) as usize] {
                    Some(branch) => node = &self.program.nodes[branch],
                    None => return self.general(node.index, at, depth, path),
                },
            }
        }
        match first {
            b'"' => self.string(node, at, path),
            b'{' | b'[' => self.container(node, first, at, depth, path),
            b'-' | b'0'..=b'9' => self.number(node, at, path),
            _ => self.literal(node, at, path),
        }
    }

    fn container(
        &mut self,
        node: &'a Node,
        first: u8,
        at: usize,
        depth: usize,
        path: &Path<'_>,
    ) -> Result<(usize, Fate), Stop> {
        let kind = Kind::of(first);
        if depth >= self.max_depth {
            return Err(Stop::Unreadable("depth"));
        }
        let bit = if kind == Kind::Object { crate::program::Types::OBJECT } else { crate::program::Types::ARRAY };
        let typed = node.types.has(bit);
        let mut fate = Fate::Kept;
        if node.marked {
            fate = self.marked_container(node, typed, path)?;
        }
        if !typed {
            self.mistyped(node, kind, path)?;
        }
        if node.never.is_none() && node.allowed.is_some() && typed {
            self.violate(path, "enum", node.index)?;
        }
        if !typed || fate == Fate::Out || node.never.is_some() {
            return Ok((self.skip(at, depth)?, fate));
        }
        let end =
            if kind == Kind::Object { self.object(node, at, depth, path)? } else { self.array(node, at, depth, path)? };
        Ok((end, Fate::Kept))
    }

    /// Reads a value strictly without judging it.
    pub fn skip(&mut self, at: usize, depth: usize) -> Result<usize, Stop> {
        if let Some(b'"') = self.input.get(at) {
            return Ok(scan::string(self.input, at + 1)?.end + 1);
        }
        let mut reader = Reader {
            input: self.input,
            max_depth: self.max_depth,
            signer: &self.program.signer,
            names: &mut self.s.names,
            open: &mut self.s.open,
        };
        Ok(reader.value(at, depth, &mut Ignore)?)
    }

    /// Records a fault; ends the pass where more would not change the verdict.
    #[cold]
    pub fn violate(&mut self, path: &Path<'_>, keyword: &'static str, schema: usize) -> Result<(), Stop> {
        self.faulty = true;
        if self.s.violations.len() < self.options.max_violations {
            self.s.violations.push(Violation { pointer: path.pointer(self.request), keyword, schema });
        }
        if self.decisive() && self.s.violations.len() >= self.options.max_violations {
            Err(Stop::Invalid)
        } else {
            Ok(())
        }
    }

    /// Whether a member that nobody declares may be read as one of `owned`, or at the top as what is reserved.
    pub fn is_shadow<'s>(&self, owned: impl Iterator<Item = &'s Shadows>, name: Text, is_top: bool) -> bool {
        let reserved = self.options.reserved.filter(|_| is_top);
        let mut owned = owned.filter(|owned| !owned.is_empty()).peekable();
        if !self.request || (reserved.is_none() && owned.peek().is_none()) {
            return false;
        }
        let content = text::bytes(&self.input[name.start..name.end], name.escaped);
        let Ok(name) = std::str::from_utf8(&content) else { return false };
        owned.any(|owned| owned.has(name))
            || reserved.is_some_and(|reserved| reserved.has(name) || overrides_method(name))
    }

    /// Records a shadow, which refuses the body however relaxed it is judged.
    #[cold]
    pub fn violate_shadow(&mut self, path: &Path<'_>, schema: usize) -> Result<(), Stop> {
        if self.decisive() {
            return self.violate(path, "undeclared", schema);
        }
        // It decides the verdict, so that it is told even where the list is full of other faults.
        self.s.violations.truncate(self.options.max_violations.saturating_sub(1));
        self.s.violations.push(Violation { pointer: path.pointer(true), keyword: "undeclared", schema });
        Err(Stop::Shadow)
    }

    /// A value of another type. In an answer, structure that was not declared never passes.
    #[cold]
    pub fn mistyped(&mut self, node: &Node, kind: Kind, path: &Path<'_>) -> Result<(), Stop> {
        if node.never.is_some() {
            return Ok(());
        }
        self.violate(path, "type", node.index)?;
        if !self.request && !node.types.admits_structure(kind) { Err(Stop::Invalid) } else { Ok(()) }
    }

    /// Puts `text` in place of what lies between `start` and `end`.
    pub fn replace(&mut self, start: usize, end: usize, text: &str) {
        self.s.out.copy(self.input, self.flushed, start);
        self.s.out.string(text);
        self.flushed = end;
    }

    /// Leaves out what lies between `start` and `end`.
    #[inline(always)]
    pub fn leave_out(&mut self, start: usize, end: usize) {
        self.s.out.copy(self.input, self.flushed, start);
        self.flushed = end;
    }

    /// Pays for work beyond the one pass.
    pub fn step(&mut self, cost: usize) -> Result<(), Stop> {
        match self.steps.checked_sub(cost as u64) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(Stop::Unreadable("budget")),
        }
    }

    /// What hides a value of this node from this caller.
    #[inline]
    pub fn veil(&self, node: &Node) -> Veil {
        if node.dropped {
            return Veil::Gone;
        }
        match node.mask {
            Some(mask) if !self.unmasked(mask.category) => mask.veil,
            _ => Veil::Nothing,
        }
    }

    fn unmasked(&self, category: usize) -> bool {
        category < 64 && self.options.unmask >> category & 1 == 1
    }

    /// Notes that a value of the node's category is hidden.
    pub fn note_masked(&mut self, node: &Node) {
        let Some(category) = node.mask.map(|mask| mask.category).filter(|&category| !self.unmasked(category)) else {
            return;
        };
        self.note_category(category);
    }

    #[inline(always)]
    pub fn note_category(&mut self, category: usize) {
        if category < 64 {
            self.s.masked |= 1 << category;
        }
        match self.s.fields.get_mut(category) {
            Some(count) => *count += 1,
            None => self.note_first(category),
        }
    }

    #[cold]
    fn note_first(&mut self, category: usize) {
        const MOST: usize = 4096;
        if category < MOST {
            self.s.fields.resize(category + 1, 0);
            self.s.fields[category] += 1;
        }
    }

    /// Covers an ordinary string, content from `start` to `end`, in place, or says that it is left out, which the caller
    /// notes; None: the general function must do it.
    #[inline(always)]
    pub fn cover_plain(&mut self, rules: &HotText, start: usize, end: usize) -> Option<Fate> {
        if self.unmasked(rules.category) {
            return Some(Fate::Kept);
        }
        let length = end - start;
        let (from, to, fill, width) = match rules.cover {
            Cover::Open => return Some(Fate::Kept),
            Cover::Gone => return Some(Fate::Out),
            Cover::Slow => return None,
            Cover::Full => (start, end, b'*', 3),
            Cover::First(count, fill) if length > count => (start + count, end, fill, length - count),
            Cover::Last(count, fill) if length > count => (start, end - count, fill, length - count),
            Cover::First(_, fill) | Cover::Last(_, fill) => (start, end, fill, length),
        };
        self.note_category(rules.category);
        self.leave_out(from, to);
        self.s.out.fill(fill, width);
        Some(Fate::Kept)
    }

    /// Writes the hidden form of a string, or says that it is left out.
    pub fn hide(&mut self, veil: Veil, found: Text) -> Fate {
        let content = text::bytes(&self.input[found.start..found.end], found.escaped);
        let hidden = std::str::from_utf8(&content)
            .ok()
            .and_then(|value| mask::hidden(self.program, veil, value, self.options.hash_key));
        match hidden {
            Some(hidden) => {
                self.replace(found.start - 1, found.end + 1, &hidden);
                Fate::Kept
            }
            None => Fate::Out,
        }
    }

    /// The value at a place that has an owner must be the subject's own.
    pub fn require_owner(&self, claim: &str, kind: Kind, start: usize, end: usize, escaped: bool) -> Result<(), Stop> {
        let owned = match ((self.options.claims)(claim), kind) {
            (Some(own), Kind::String) => *text::bytes(&self.input[start + 1..end - 1], escaped) == *own.as_bytes(),
            (Some(own), Kind::Number) => self.input[start..end] == *own.as_bytes(),
            _ => false,
        };
        if owned { Ok(()) } else { Err(Stop::Foreign) }
    }
}
