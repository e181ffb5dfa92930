//! JSON Patch (RFC 6902): what its operations write, ask or move, at the places of the document that their pointers name.
//! A mask is never written there, what is hidden from a caller is neither compared with a guess nor moved to where it would
//! show, and an owner stays the caller's own. Which places a pointer may mean is found by the schemas alone, whatever the
//! document holds: rather one too many. Servers read crooked pointers in many ways: where anything is hidden or owned, only
//! those pass that all of them read alike, and that the schemas know.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use firstclass_body::{Fault, Scratch, Shadows, Verdict, WriteBack};
use firstclass_bundle::{Operation, Reason, Schema, SchemaIndex, Type};
use serde_json::{Map, Value};

use crate::judge::{Judge, body_violations};
use crate::owner;
use crate::parameters::MASKED;
use crate::refusal::{Refusal, Rule, Where};

pub(crate) const MEDIA_TYPE: &str = "application/json-patch+json";
/// Pointers are followed this far.
const DEEPEST: usize = 64;
/// Operations of one patch.
const MOST_CHANGES: usize = 10_000;
/// Work that a whole patch may cost, as one body does.
const MOST_STEPS: u64 = 10_000_000;
/// Bytes of a value that one step reads again.
const STEP: usize = 16;

const BUDGET: &str = "budget";
/// A pointer leads out of the document.
const UNDECLARED: &str = "undeclared";
const OWNER: &str = "owner";

/// The schemas of the documents that patches change.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    nodes: HashMap<SchemaIndex, Node, ahash::RandomState>,
}

/// Properties of one name but for case, as they are declared.
type Named = Vec<(Box<str>, SchemaIndex)>;

#[derive(Debug, Default)]
struct Node {
    /// By name in small letters: some servers do not tell letters apart.
    properties: HashMap<Box<str>, Named, ahash::RandomState>,
    /// Names of properties that hide or own anything: no key of a map may be taken for them.
    guarded: Shadows,
    /// Of members that are not named.
    others: Vec<SchemaIndex>,
    items: Vec<SchemaIndex>,
    is_array: bool,
    /// What judges the same value.
    same: Vec<SchemaIndex>,
    /// Categories that are hidden here or below, as bits.
    hidden: u64,
    /// An owner stands here or below.
    owned: bool,
    is_owner: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
}

/// One operation of a patch.
#[derive(Debug)]
struct Change<'a> {
    act: Act,
    path: &'a str,
    from: Option<&'a str>,
    value: Option<&'a Value>,
}

/// What is wrong with a member of an operation: its name, and the keyword.
type Slip<'a> = (&'a str, &'static str);

/// A patch that is judged: for whom, and what it may still cost.
struct Patch<'a, 's> {
    documents: &'a Documents,
    roots: &'a [SchemaIndex],
    judge: Judge<'a>,
    rule: Rule,
    scratch: &'s mut Scratch,
    steps: u64,
}

impl Documents {
    /// Of all patches of the bundle; `owned` says of each schema whether an owner stands in it.
    pub(crate) fn compile(operations: &[Operation], schemas: &[Schema], owned: &[bool]) -> Self {
        let mut nodes: HashMap<SchemaIndex, Node, ahash::RandomState> = HashMap::default();
        let bodies = operations.iter().filter_map(|operation| operation.body.as_ref());
        let mut waiting: Vec<SchemaIndex> = bodies.flat_map(|body| &body.patched).map(|each| each.schema).collect();
        while let Some(index) = waiting.pop() {
            if nodes.contains_key(&index) {
                continue;
            }
            let node = Node::of(schemas, index, owned);
            waiting.extend(node.children());
            nodes.insert(index, node);
        }
        loop {
            let grown: Vec<(SchemaIndex, u64)> = nodes
                .iter()
                .map(|(index, node)| {
                    (*index, node.children().fold(node.hidden, |bits, child| bits | nodes[&child].hidden))
                })
                .filter(|(index, bits)| nodes[index].hidden != *bits)
                .collect();
            if grown.is_empty() {
                break;
            }
            for (index, bits) in grown {
                if let Some(node) = nodes.get_mut(&index) {
                    node.hidden = bits;
                }
            }
        }
        let mut documents = Self { nodes };
        let guarded: Vec<(SchemaIndex, Shadows)> =
            documents.nodes.iter().map(|(index, node)| (*index, documents.guarded(node))).collect();
        for (index, shadows) in guarded {
            if let Some(node) = documents.nodes.get_mut(&index) {
                node.guarded = shadows;
            }
        }
        documents
    }

    fn guarded(&self, node: &Node) -> Shadows {
        let named = node.properties.values().flatten();
        let guards = named.filter(|(_, child)| self.owned(&[*child]) || self.hidden(&[*child], 0));
        Shadows::new(guards.map(|(name, _)| &**name))
    }

    /// Whether anything is hidden from this caller at these places or below.
    fn hidden(&self, places: &[SchemaIndex], unmask: u64) -> bool {
        places.iter().any(|place| self.nodes.get(place).is_some_and(|node| node.hidden & !unmask != 0))
    }

    /// Whether an owner stands at these places or below.
    fn owned(&self, places: &[SchemaIndex]) -> bool {
        places.iter().any(|place| self.nodes.get(place).is_some_and(|node| node.owned))
    }

    /// Why a patch is refused in every mode; `bytes` have been judged as the body that the contract declares.
    pub(crate) fn check(
        &self,
        bytes: &[u8],
        roots: &[SchemaIndex],
        judge: Judge<'_>,
        rule: Rule,
        scratch: &mut Scratch,
    ) -> Option<Box<Refusal>> {
        // Where nothing is written, nothing is hidden either.
        let unmask = if judge.write_back == WriteBack::Unguarded { u64::MAX } else { judge.unmask };
        if !self.hidden(roots, unmask) && !self.owned(roots) {
            return None;
        }
        let judge = Judge { relaxed: true, reserved: None, write_back: WriteBack::Refused, unmask, ..judge };
        Patch { documents: self, roots, judge, rule, scratch, steps: MOST_STEPS }.check(bytes).err()
    }
}

impl Patch<'_, '_> {
    fn check(&mut self, bytes: &[u8]) -> Result<(), Box<Refusal>> {
        // It was readable to who judged it before, who goes deeper.
        let Ok(patch) = serde_json::from_slice::<Value>(bytes) else { return Err(self.refused("", "syntax")) };
        let Value::Array(changes) = &patch else { return Err(self.refused("", "type")) };
        if changes.len() > MOST_CHANGES {
            return Err(self.refused("", BUDGET));
        }
        for (at, change) in changes.iter().enumerate() {
            let Value::Object(members) = change else { return Err(self.refused(&format!("/{at}"), "type")) };
            let change = Change::of(members).map_err(|slip| self.slipped(at, slip))?;
            let places = self.check_change(&change).map_err(|slip| self.slipped(at, slip))?;
            if change.act != Act::Test {
                self.check_written(&change, &places, at)?;
            }
        }
        Ok(())
    }

    /// What the pointers of an operation may do, whatever it writes; returns the places that it may write to.
    fn check_change(&mut self, change: &Change<'_>) -> Result<Vec<SchemaIndex>, Slip<'static>> {
        let documents = self.documents;
        let places = self.lead(change.path).map_err(|keyword| ("path", keyword))?;
        if change.act == Act::Test && documents.hidden(&places, self.judge.unmask) {
            return Err(("path", MASKED));
        }
        // What is moved there is known to nobody here.
        if matches!(change.act, Act::Remove | Act::Move | Act::Copy) && documents.owned(&places) {
            return Err(("path", OWNER));
        }
        let Some(from) = change.from else { return Ok(places) };
        let source = self.lead(from).map_err(|keyword| ("from", keyword))?;
        if change.act != Act::Copy && documents.owned(&source) {
            return Err(("from", OWNER));
        }
        let stays = || source == places && is_of_one_name(from, change.path);
        if documents.hidden(&source, self.judge.unmask) && !stays() {
            return Err(("from", MASKED));
        }
        Ok(places)
    }

    /// The value that an operation writes at these places.
    fn check_written(&mut self, change: &Change<'_>, places: &[SchemaIndex], at: usize) -> Result<(), Box<Refusal>> {
        let writes = matches!(change.act, Act::Add | Act::Replace);
        // Some servers write `null` where none is said.
        let Some(value) = change.value.or(writes.then_some(&Value::Null)) else { return Ok(()) };
        let owned = self.documents.owned(places);
        if !owned && !self.documents.hidden(places, self.judge.unmask) {
            return Ok(());
        }
        let pointer = format!("/{at}/value");
        // What is no container drops the owner that stands in it.
        if owned && !matches!(value, Value::Object(_) | Value::Array(_)) {
            let here = self.same(places).map_err(|keyword| self.refused(&pointer, keyword))?;
            if !here.iter().any(|place| self.documents.nodes.get(place).is_some_and(|node| node.is_owner)) {
                return Err(self.refused(&pointer, OWNER));
            }
        }
        let json = value.to_string();
        for &place in places {
            self.step(1 + (json.len() / STEP) as u64).map_err(|keyword| self.refused(&pointer, keyword))?;
            let (verdict, steps) = self.judge.check_within(place, json.as_bytes(), self.scratch, self.steps);
            self.steps -= steps.min(self.steps);
            match verdict {
                Verdict::Refused(Fault::WrittenBack) => {
                    let mut violations = body_violations(self.scratch, None);
                    for violation in &mut violations {
                        violation.place = Where::Body(format!("{pointer}{}", violation.place.name()));
                    }
                    let refusal = Refusal::by(Reason::MaskedValueWritten, Rule::Schema(place));
                    return Err(refusal.with_violations(violations));
                }
                Verdict::Refused(Fault::Foreign) => {
                    return Err(Refusal::by(owner::foreign(self.judge.token), self.rule));
                }
                Verdict::Refused(Fault::Shadow) => return Err(self.refused(&pointer, UNDECLARED)),
                Verdict::Refused(Fault::Unreadable) => return Err(self.refused(&pointer, BUDGET)),
                Verdict::Unchanged | Verdict::Rewritten | Verdict::Refused(Fault::Invalid) => {}
            }
        }
        Ok(())
    }

    /// The places that a pointer may mean, or why it is not followed.
    fn lead(&mut self, pointer: &str) -> Result<Vec<SchemaIndex>, &'static str> {
        let mut places = self.roots.to_vec();
        if pointer.is_empty() {
            return Ok(places);
        }
        let below = pointer.strip_prefix('/').ok_or(UNDECLARED)?;
        for (depth, segment) in below.split('/').enumerate() {
            if depth >= DEEPEST {
                return Err(BUDGET);
            }
            let name = unescaped(segment).ok_or(UNDECLARED)?;
            places = self.step_down(&places, &name)?;
        }
        Ok(places)
    }

    /// All that the member or item of this name may be, whatever case a server reads it in. The schemas must know it.
    fn step_down(&mut self, places: &[SchemaIndex], name: &str) -> Result<Vec<SchemaIndex>, &'static str> {
        let small = name.to_lowercase();
        let (is_key, is_index) = (is_key(name), is_index(name));
        let (mut is_named, mut is_known, mut is_shadow) = (false, false, false);
        let mut next = Vec::new();
        let here = self.same(places)?;
        for node in here.iter().filter_map(|place| self.documents.nodes.get(place)) {
            let named = node.properties.get(small.as_str()).map_or(&[][..], Vec::as_slice);
            is_named |= named.iter().any(|(known, _)| **known == *name);
            is_known |= is_key && !node.others.is_empty() || is_index && node.is_array;
            next.extend(named.iter().map(|(_, child)| *child));
            next.extend(node.others.iter().chain(&node.items));
        }
        if !is_named && is_known {
            for node in here.iter().filter_map(|place| self.documents.nodes.get(place)) {
                self.step(node.properties.len() as u64)?;
                is_shadow |= node.guarded.has(name);
            }
        }
        if !is_named && (!is_known || is_shadow) {
            return Err(UNDECLARED);
        }
        self.step(next.len() as u64)?;
        next.sort_unstable();
        next.dedup();
        Ok(next)
    }

    /// These places, and all that judges the same value there.
    fn same(&mut self, places: &[SchemaIndex]) -> Result<HashSet<SchemaIndex, ahash::RandomState>, &'static str> {
        let mut found = HashSet::default();
        let mut waiting = places.to_vec();
        while let Some(place) = waiting.pop() {
            if found.insert(place) {
                let same = self.documents.nodes.get(&place).map_or(&[][..], |node| &node.same);
                self.step(1 + same.len() as u64)?;
                waiting.extend(same);
            }
        }
        Ok(found)
    }

    fn step(&mut self, cost: u64) -> Result<(), &'static str> {
        self.steps = self.steps.checked_sub(cost).ok_or(BUDGET)?;
        Ok(())
    }

    fn slipped(&self, at: usize, (member, keyword): Slip<'_>) -> Box<Refusal> {
        self.refused(&format!("/{at}/{member}"), keyword)
    }

    fn refused(&self, pointer: &str, keyword: &'static str) -> Box<Refusal> {
        Refusal::by(Reason::BodyInvalid, self.rule).at(Where::Body(pointer.to_owned()), keyword)
    }
}

/// A segment as RFC 6901 reads it; None: some servers read it otherwise.
fn unescaped(segment: &str) -> Option<Cow<'_, str>> {
    if segment.is_empty() {
        return None;
    }
    if !segment.contains('~') {
        return Some(Cow::Borrowed(segment));
    }
    let is_sound = segment.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    is_sound.then(|| Cow::Owned(segment.replace("~1", "/").replace("~0", "~")))
}

/// An index of a list in its one spelling, or its end.
fn is_index(name: &str) -> bool {
    name == "-" || name == "0" || !name.starts_with('0') && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name that nobody trims, decodes or takes for a way. Declared names may be any.
fn is_key(name: &str) -> bool {
    let strange = |letter: char| letter.is_control() || matches!(letter, '%' | '\\' | '*');
    !matches!(name, "." | "..") && name.trim() == name && !name.contains(strange)
}

/// Whether the last segments of two pointers are the same, or are both places in a list.
fn is_of_one_name(one: &str, other: &str) -> bool {
    let last = |pointer: &str| pointer.rfind('/').map_or(String::new(), |at| pointer[at + 1..].to_owned());
    let (one, other) = (last(one), last(other));
    one == other || [one, other].iter().all(|name| !name.is_empty() && is_index(name))
}

impl Node {
    fn of(schemas: &[Schema], index: SchemaIndex, owned: &[bool]) -> Self {
        let schema = &schemas[index];
        let mut node = Self { owned: owned[index], is_owner: schema.owner.is_some(), ..Self::default() };
        for (name, child) in &schema.properties {
            let named = node.properties.entry(name.to_lowercase().into()).or_default();
            named.push((name.as_str().into(), *child));
        }
        node.others.extend([schema.additional, schema.unevaluated_properties].into_iter().flatten());
        node.others.extend(schema.pattern_properties.iter().map(|(_, child)| *child));
        node.others.retain(|child| schemas[*child].never.is_none());
        node.items.extend(&schema.prefix_items);
        node.items.extend([schema.items, schema.unevaluated_items, schema.contains].into_iter().flatten());
        let types = schema.types.as_deref();
        node.is_array = !node.items.is_empty() || types.is_some_and(|types| types.contains(&Type::Array));
        node.same.extend(schema.all_of.iter().chain(&schema.any_of).chain(&schema.one_of));
        node.same.extend(schema.dependent_schemas.iter().map(|(_, child)| *child));
        node.same.extend(schema.discriminator.iter().flat_map(|each| each.mapping.iter().map(|(_, child)| *child)));
        let single = [schema.reference, schema.condition, schema.consequence, schema.alternative];
        node.same.extend(single.into_iter().flatten());
        // A bundle has at most 64 categories.
        node.hidden = schema.mask.map_or(0, |mask| 1 << mask.category);
        node
    }

    fn children(&self) -> impl Iterator<Item = SchemaIndex> {
        let named = self.properties.values().flatten().map(|(_, child)| child);
        named.chain(&self.others).chain(&self.items).chain(&self.same).copied()
    }
}

impl<'a> Change<'a> {
    /// An operation as all servers read it: members in their one spelling, of their one type.
    fn of(members: &'a Map<String, Value>) -> Result<Self, Slip<'a>> {
        const MEMBERS: [&str; 4] = ["op", "path", "from", "value"];
        let crooked = |name: &&String| MEMBERS.iter().any(|known| name.eq_ignore_ascii_case(known) && name != known);
        if let Some(name) = members.keys().find(crooked) {
            return Err((name, UNDECLARED));
        }
        let text = |name: &'static str| match members.get(name) {
            None => Err((name, "required")),
            Some(value) => value.as_str().ok_or((name, "type")),
        };
        let act = Act::named(text("op")?).ok_or(("op", "enum"))?;
        let from = match act {
            Act::Move | Act::Copy => Some(text("from")?),
            _ if members.contains_key("from") => Some(text("from")?),
            _ => None,
        };
        Ok(Self { act, path: text("path")?, from, value: members.get("value") })
    }
}

impl Act {
    /// Some servers do not tell letters apart.
    fn named(op: &str) -> Option<Self> {
        const NAMES: [(&str, Act); 6] = [
            ("add", Act::Add),
            ("remove", Act::Remove),
            ("replace", Act::Replace),
            ("move", Act::Move),
            ("copy", Act::Copy),
            ("test", Act::Test),
        ];
        NAMES.iter().find(|(name, _)| op.eq_ignore_ascii_case(name)).map(|(_, act)| *act)
    }
}
