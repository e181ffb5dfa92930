//! Places that more than one node judges. First the branches that are valid here are found ([`crate::valid`]), then the
//! place is walked once with all nodes that apply: faults recorded, what nobody declares left out, the strictest mask taken.

use crate::mask::Veil;
use crate::pass::{Fate, Pass, Stop};
use crate::program::{Kind, Node, Selector, Types};
use crate::structure::Reader;
use crate::tape;
use crate::violation::{Faults, Path};

/// A node that applies to the place at hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Applied {
    pub node: usize,
    pub bond: Bond,
}

/// How much a node has to say; what comes later adds nothing to what comes before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bond {
    /// All.
    Firm,
    /// From a choice of which no branch is valid: it declares and hides, but its faults are not those of the body.
    Loose,
    /// From a choice or a condition that decides nothing, because the value is not as declared: it only hides, its
    /// members too, whoever names them.
    Doubt,
    /// A member of a branch that is not valid, where the valid ones name no such member and let it out: it only hides.
    Shade,
    /// A branch that is not valid beside one that is: it says nothing here, and its members may be shades.
    Aside,
}

impl Bond {
    /// Whether it declares what may be there.
    pub fn declares(self) -> bool {
        self <= Bond::Loose
    }
}

/// Nested calls of the general way; more is too much work for one body.
const MOST_NESTED: usize = 768;

impl<'a> Pass<'a, '_> {
    /// Judges the value at `at` over a tape.
    pub(crate) fn general(
        &mut self,
        node: usize,
        at: usize,
        depth: usize,
        path: &Path<'_>,
    ) -> Result<(usize, Fate), Stop> {
        let (value, from) = (self.s.tape.len(), self.s.applied.len());
        let mut reader = Reader {
            input: self.input,
            max_depth: self.max_depth,
            signer: &self.program.signer,
            names: &mut self.s.names,
            open: &mut self.s.open,
        };
        let end = tape::append(&mut reader, &mut self.s.tape, at, depth)?;
        self.s.applied.push(Applied { node, bond: Bond::Firm });
        let fate = self.place(value, from, depth, path)?;
        self.s.tape.truncate(value);
        Ok((end, fate))
    }

    /// Judges a value on the tape with the nodes applied from `from` on, and takes them off again.
    pub(crate) fn place(&mut self, value: usize, from: usize, depth: usize, path: &Path<'_>) -> Result<Fate, Stop> {
        self.enter()?;
        let in_doubt = self.expand(value, from, path)?;
        if let Some(node) = self.single(from) {
            self.s.applied.truncate(from);
            self.nested -= 1;
            return Ok(self.value(node, self.s.tape[value].start(), depth, path)?.1);
        }
        let judged = self.judge(value, from, path)?;
        let entry = self.s.tape[value];
        let fate = match entry.kind {
            _ if judged.fate == Fate::Out => Fate::Out,
            kind if kind.is_container() && !judged.typed => Fate::Kept,
            Kind::Object => self.place_object(value, from, in_doubt, depth, path)?,
            Kind::Array => self.place_array(value, from, in_doubt, depth, path)?,
            _ if !self.request => self.cover(judged.veil, judged.typed, entry.scalar()),
            _ => Fate::Kept,
        };
        self.s.applied.truncate(from);
        self.nested -= 1;
        Ok(fate)
    }

    /// The only applied node that says something, if one pass can take all from there.
    fn single(&self, from: usize) -> Option<usize> {
        let mut speaking = self.s.applied[from..].iter().filter(|applied| !self.program.nodes[applied.node].silent);
        match (speaking.next(), speaking.next()) {
            (Some(Applied { node, bond: Bond::Firm }), None) => self.program.nodes[*node].deep.then_some(*node),
            _ => None,
        }
    }

    pub(crate) fn enter(&mut self) -> Result<(), Stop> {
        self.nested += 1;
        if self.nested > MOST_NESTED { Err(Stop::Unreadable("budget")) } else { self.step(1) }
    }

    /// Adds to the applied nodes all that they apply to the same value. True if a fault in the value leaves in doubt what
    /// choices and conditions over it decide.
    fn expand(&mut self, value: usize, from: usize, path: &Path<'_>) -> Result<bool, Stop> {
        let program = self.program;
        let to = self.s.applied.len();
        let mut at = from;
        while at < self.s.applied.len() {
            let Applied { node, bond } = self.s.applied[at];
            if let Some(compose) = &program.nodes[node].compose {
                self.step(1)?;
                if bond.declares() {
                    for &part in &compose.all {
                        self.apply(from, part, bond);
                    }
                    self.choose(value, from, node, bond, path)?;
                    self.conditions(value, from, node, bond, path)?;
                } else {
                    for part in compose.in_place().filter(|part| compose.not != Some(*part)) {
                        self.step(1)?;
                        self.apply(from, part, bond);
                    }
                }
            }
            at += 1;
        }
        let in_doubt = self.is_in_doubt(value, from, to)?;
        if in_doubt {
            self.doubt(value, from)?;
        }
        Ok(in_doubt)
    }

    /// Applies a node to the place once.
    pub(crate) fn apply(&mut self, from: usize, node: usize, bond: Bond) {
        let known = self.s.applied[from..].iter().any(|applied| applied.node == node && applied.bond <= bond);
        if !known {
            self.s.applied.push(Applied { node, bond });
        }
    }

    /// `anyOf`, `oneOf` and the discriminator.
    fn choose(&mut self, value: usize, from: usize, index: usize, bond: Bond, path: &Path<'_>) -> Result<(), Stop> {
        let program = self.program;
        let Some(compose) = &program.nodes[index].compose else {
            return Ok(());
        };
        if let Some(selector) = &compose.selector {
            if self.s.tape[value].kind == Kind::Object {
                let Some(branch) = self.selected(selector, value)? else {
                    let all = compose.any.iter().chain(&compose.one).chain(selector.mapping.values());
                    return self.unchosen(from, all, "discriminator", index, bond, path);
                };
                self.apply(from, branch, bond);
                return Ok(());
            }
        }
        let mut is_valid = true;
        for (branches, keyword, most) in [(&compose.any, "anyOf", usize::MAX), (&compose.one, "oneOf", 1)] {
            if branches.is_empty() {
                continue;
            }
            let mut valid = 0;
            for &branch in branches {
                if self.valid(branch, value)? {
                    valid += 1;
                    self.apply(from, branch, bond);
                }
            }
            is_valid &= (1..=most).contains(&valid);
            if valid == 0 {
                self.unchosen(from, branches.iter(), keyword, index, bond, path)?;
            } else if valid > most && bond == Bond::Firm {
                self.violate(path, keyword, program.nodes[index].index)?;
            }
            // A fault elsewhere in a value decides which branch is valid, but not that what another hides may leave.
            if valid > 0 && !self.request && program.nodes[index].shades {
                for &branch in branches {
                    self.apply(from, branch, Bond::Aside);
                }
            }
        }
        let node = &program.nodes[index];
        if node.doubtful && node.silent && compose.only_chooses() {
            self.remember(index, value, is_valid);
        }
        Ok(())
    }

    /// No branch is valid: what any of them declares may be there, hidden as the strictest of them says.
    fn unchosen<'b>(
        &mut self,
        from: usize,
        branches: impl Iterator<Item = &'b usize>,
        keyword: &'static str,
        index: usize,
        bond: Bond,
        path: &Path<'_>,
    ) -> Result<(), Stop> {
        if bond == Bond::Firm {
            self.violate(path, keyword, self.program.nodes[index].index)?;
        }
        for &branch in branches {
            self.apply(from, branch, Bond::Loose);
        }
        Ok(())
    }

    /// `not`, `if`, `then`, `else`, `dependentSchemas`, `dependentRequired`.
    fn conditions(&mut self, value: usize, from: usize, index: usize, bond: Bond, path: &Path<'_>) -> Result<(), Stop> {
        let program = self.program;
        let Some(compose) = &program.nodes[index].compose else {
            return Ok(());
        };
        if let Some(not) = compose.not {
            if bond == Bond::Firm && self.valid(not, value)? {
                self.violate(path, "not", index)?;
            }
        }
        if let Some(condition) = compose.condition {
            let holds = self.valid(condition, value)?;
            if holds {
                self.apply(from, condition, bond);
            }
            let (then, otherwise) = match holds {
                true => (compose.consequence, compose.alternative),
                false => (compose.alternative, compose.consequence),
            };
            if let Some(then) = then {
                self.apply(from, then, bond);
            }
            // A condition that was judged on a value which is not as declared decides nothing: the other branch hides too.
            if let Some(otherwise) = otherwise
                && !self.decisive()
                && !self.valid(index, value)?
            {
                self.apply(from, otherwise, Bond::Loose);
            }
        }
        if self.s.tape[value].kind == Kind::Object {
            for (name, dependent) in &compose.dependent_schemas {
                if self.find_member(value, name)?.is_some() {
                    self.apply(from, *dependent, bond);
                }
            }
            for (name, others) in &compose.dependent_required {
                if bond != Bond::Firm || self.find_member(value, name)?.is_none() {
                    continue;
                }
                for other in others {
                    if self.find_member(value, other)?.is_none() {
                        self.violate(&path.declared(other), "dependentRequired", index)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What the applied nodes say of the value by itself.
    fn judge(&mut self, value: usize, from: usize, path: &Path<'_>) -> Result<Judged, Stop> {
        let program = self.program;
        let entry = self.s.tape[value];
        let bit = entry.type_bit(self.input);
        let mut judged = Judged { veil: Veil::Nothing, typed: true, fate: Fate::Kept };
        if self.request
            && let Some(fate) = self.placed_back(value, from, path)
        {
            return Ok(Judged { fate, ..judged });
        }
        let mut loose = Loose::default();
        let mut shade = Veil::Nothing;
        for at in from..self.s.applied.len() {
            let applied = self.s.applied[at];
            let node = &program.nodes[applied.node];
            let is_loose = applied.bond == Bond::Loose;
            if applied.bond == Bond::Aside || (is_loose && node.never.is_some()) {
                continue;
            } else if matches!(applied.bond, Bond::Doubt | Bond::Shade) {
                if !self.request {
                    let veil = self.veil(node);
                    if self.hides(veil, entry.kind) {
                        self.note_masked(node);
                    }
                    shade = shade.with(veil);
                }
                continue;
            } else if is_loose {
                loose.add(node, bit, entry.kind);
            } else if let Some(word) = node.never {
                self.violate(path, word, node.index)?;
                judged.typed = false;
                judged.fate = if self.request { Fate::Kept } else { Fate::Out };
                continue;
            } else {
                let faults = self.faults(node, value);
                judged.typed &= !faults.has(Faults::TYPE);
                self.record(node, faults, entry.kind, path)?;
            }
            if let Some(claim) = &node.owner {
                self.require_owner(claim, entry.kind, entry.start(), entry.end(), entry.escaped)?;
            }
            if !self.request {
                let veil = self.veil(node);
                if self.hides(veil, entry.kind) {
                    self.note_masked(node);
                }
                judged.veil = judged.veil.with(veil);
            }
        }
        if loose.unstructured() && !self.request {
            return Err(Stop::Invalid);
        }
        judged.typed &= !loose.mistyped();
        // Only `remove` can hide a container; where a shade asks for another, the value is no fault all the same.
        if !matches!(judged.veil, Veil::Nothing | Veil::Gone) && entry.kind.is_container() {
            self.violate(path, "type", program.nodes[self.s.applied[from].node].index)?;
        }
        judged.veil = judged.veil.with(shade);
        if judged.veil == Veil::Gone || (judged.veil != Veil::Nothing && entry.kind.is_container()) {
            judged.fate = Fate::Out;
        }
        Ok(judged)
    }

    /// What a node says of a value on the tape by itself: a container's members and items are judged elsewhere.
    pub(crate) fn faults(&self, node: &Node, value: usize) -> Faults {
        let entry = self.s.tape[value];
        let raw = &self.input[entry.start()..entry.end()];
        match entry.kind {
            Kind::String if self.request && self.is_written_back(node, entry.scalar()) => Faults::NONE,
            Kind::String => self.program.judge_text(node, self.input, entry.text()),
            Kind::Number => self.program.judge_number(node, raw, false),
            Kind::Null | Kind::Boolean => self.program.judge_literal(node, raw[0]),
            Kind::Array | Kind::Object => {
                let mut faults = Faults::NONE;
                let bit = if entry.kind == Kind::Array { Types::ARRAY } else { Types::OBJECT };
                faults.add(Faults::TYPE, !node.types.has(bit));
                if let (Some(allowed), true) = (&node.allowed, faults.is_empty()) {
                    let known = !allowed.containers.is_empty()
                        && allowed.containers.contains(&crate::digest::of(
                            self.program,
                            self.input,
                            &self.s.tape,
                            value,
                        ));
                    faults.add(Faults::ENUM, !known);
                }
                faults
            }
        }
    }

    /// The value of the member `name`.
    pub(crate) fn find_member(&mut self, object: usize, name: &[u8]) -> Result<Option<usize>, Stop> {
        let end = self.s.tape[object].next as usize;
        let mut at = object + 1;
        while at < end {
            self.step(1)?;
            if self.s.tape[at].says(self.input, name) {
                return Ok(Some(at + 1));
            }
            at = self.s.tape[at + 1].next as usize;
        }
        Ok(None)
    }

    /// The branch that the discriminator's value names.
    pub(crate) fn selected(&mut self, selector: &Selector, object: usize) -> Result<Option<usize>, Stop> {
        let Some(value) = self.find_member(object, &selector.property)? else {
            return Ok(None);
        };
        let entry = self.s.tape[value];
        if entry.kind != Kind::String {
            return Ok(None);
        }
        Ok(selector.mapping.get(&*entry.content(self.input)).copied())
    }

    /// Judges a value with the nodes applied from `from` on: in one pass again where a single node decides all below.
    pub(crate) fn child(&mut self, value: usize, from: usize, depth: usize, path: &Path<'_>) -> Result<Fate, Stop> {
        if let [Applied { node, bond: Bond::Firm }] = self.s.applied[from..] {
            if self.program.nodes[node].deep {
                self.s.applied.truncate(from);
                return Ok(self.value(node, self.s.tape[value].start(), depth, path)?.1);
            }
        }
        self.place(value, from, depth, path)
    }
}

/// What the applied nodes say of a value together.
#[derive(Debug, Clone, Copy)]
struct Judged {
    veil: Veil,
    /// Every node that must allow the value's type does.
    typed: bool,
    fate: Fate,
}

/// Of the branches of failed choices one must allow the type.
#[derive(Debug, Default)]
struct Loose {
    any: bool,
    typed: bool,
    structured: bool,
}

impl Loose {
    fn add(&mut self, node: &Node, bit: u8, kind: Kind) {
        self.any = true;
        self.typed |= node.types.has(bit);
        self.structured |= node.types.admits_structure(kind);
    }

    fn mistyped(&self) -> bool {
        self.any && !self.typed
    }

    fn unstructured(&self) -> bool {
        self.any && !self.structured
    }
}
