//! JSON Patch (RFC 6902): what its operations write, ask or move, at the places of the document that their pointers name.
//! A mask is never written there, what is hidden from a caller or in no answer is neither compared with a guess nor moved to
//! where it would show, and an owner stays the caller's own. Which places a pointer may mean is found by the schemas alone,
//! whatever the document holds: rather one too many. Servers read crooked pointers in many ways: where anything is hidden or
//! owned, only those pass that all of them read alike, and that the schemas know.

use std::borrow::Cow;

use firstclass_body::{Fault, Scratch, Verdict, WriteBack};
use firstclass_bundle::{Patched, Reason, SchemaIndex};
use serde_json::{Map, Value};

use crate::judge::{Judge, body_violations};
use crate::owner;
use crate::parameters::MASKED;
use crate::patched::{Documents, Hidden, NEVER, Node, Places};
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
    roots: Vec<SchemaIndex>,
    /// Those of them that callers are answered with.
    shown: Vec<SchemaIndex>,
    judge: Judge<'a>,
    /// What is shown to the caller nevertheless.
    unmask: Hidden,
    /// Something is hidden or owned: every pointer is read strictly.
    is_strict: bool,
    rule: Rule,
    scratch: &'s mut Scratch,
    steps: u64,
}

/// Where a pointer leads.
#[derive(Debug, Default, PartialEq, Eq)]
struct Way {
    /// All that may judge the value there.
    places: Vec<SchemaIndex>,
    /// Those that do in whatever document.
    sure: Vec<SchemaIndex>,
    /// What hides the containers that it is in.
    passed: Hidden,
    /// What is hidden or shown by what stands there.
    chosen: Hidden,
    /// The same by whether something stands there.
    needed: Hidden,
    /// What is hidden in the list that it is in, where every place has a schema of its own.
    shifted: Hidden,
}

impl Documents {
    /// Why a patch is refused in every mode; `bytes` have been judged as the body that the contract declares.
    pub(crate) fn check(
        &self,
        bytes: &[u8],
        patched: &[Patched],
        judge: Judge<'_>,
        rule: Rule,
        scratch: &mut Scratch,
    ) -> Option<Box<Refusal>> {
        let roots: Vec<SchemaIndex> = patched.iter().map(|each| each.schema).collect();
        let mut shown: Vec<SchemaIndex> = patched.iter().filter(|each| each.shown).map(|each| each.schema).collect();
        // Where nothing is written, nothing is hidden either.
        let is_unguarded = judge.write_back == WriteBack::Unguarded;
        let unmask = if is_unguarded { Hidden::MAX } else { judge.unmask.into() };
        let is_strict = self.hidden(&roots) & !unmask != 0 || self.owned(&roots);
        if is_unguarded && !is_strict {
            return None;
        }
        if shown.is_empty() {
            shown.clone_from(&roots);
        }
        let within = if is_unguarded { u64::MAX } else { judge.unmask };
        let judge = Judge { relaxed: true, reserved: None, write_back: WriteBack::Refused, unmask: within, ..judge };
        let steps = MOST_STEPS;
        Patch { documents: self, roots, shown, judge, unmask, is_strict, rule, scratch, steps }.check(bytes).err()
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
        let path = self.check_path(change).map_err(|keyword| ("path", keyword))?;
        if let Some(from) = change.from {
            self.check_from(change, from).map_err(|keyword| ("from", keyword))?;
        }
        Ok(path.places)
    }

    fn check_path(&mut self, change: &Change<'_>) -> Result<Way, &'static str> {
        if change.act == Act::Test {
            return self.read(change.path);
        }
        if !self.is_strict {
            return Ok(Way::default());
        }
        let path = self.lead(&self.roots.clone(), change.path)?;
        // What is moved there is known to nobody here.
        let is_blind = matches!(change.act, Act::Remove | Act::Move | Act::Copy);
        if is_blind && self.documents.owned(&path.places) {
            return Err(OWNER);
        }
        let mut shows = path.chosen;
        if change.act == Act::Remove {
            shows |= path.needed;
        }
        if change.act != Act::Replace {
            shows |= path.shifted;
        }
        if self.hides(shows) { Err(MASKED) } else { Ok(path) }
    }

    fn check_from(&mut self, change: &Change<'_>, from: &str) -> Result<(), &'static str> {
        let source = self.lead(&self.roots.clone(), from)?;
        if change.act != Act::Copy && self.documents.owned(&source.places) {
            return Err(OWNER);
        }
        self.lead(&self.shown.clone(), from)?;
        if change.act == Act::Move && self.hides(source.chosen | source.needed | source.shifted) {
            return Err(MASKED);
        }
        let below = self.documents.hidden(&source.places);
        let is_closed = self.documents.closed(&source.places);
        let is_hidden = self.hides(source.passed | below);
        if !is_hidden && !is_closed {
            return Ok(());
        }
        // What hides a container hides what stays in it.
        let is_at_home = !self.hides(source.passed) || parent(from) == parent(change.path);
        let is_named_so = !is_hidden || is_of_one_name(from, change.path);
        if is_at_home && is_named_so && self.is_alike(from, change.path) {
            return Ok(());
        }
        Err(if is_hidden { MASKED } else { UNDECLARED })
    }

    /// A place whose value is told.
    fn read(&mut self, pointer: &str) -> Result<Way, &'static str> {
        let way = self.lead(&self.roots.clone(), pointer)?;
        if self.hides(way.passed | self.documents.hidden(&way.places)) {
            return Err(MASKED);
        }
        self.lead(&self.shown.clone(), pointer)?;
        Ok(way)
    }

    /// Whether the same is hidden and left out at both places, in whatever document.
    fn is_alike(&mut self, one: &str, other: &str) -> bool {
        for root in self.roots.clone() {
            let (one, other) = (self.lead(&[root], one), self.lead(&[root], other));
            let (Ok(one), Ok(other)) = (&one, &other) else {
                if one.is_err() && other.is_err() {
                    continue;
                }
                return false;
            };
            let differs = one.places != other.places || one.sure != other.sure;
            let unsure = || one.places.iter().filter(|place| one.sure.binary_search(place).is_err());
            if differs || self.hides(self.documents.hidden(unsure())) || self.documents.closed(unsure()) {
                return false;
            }
        }
        true
    }

    fn hides(&self, hidden: Hidden) -> bool {
        hidden & !self.unmask != 0
    }

    /// The value that an operation writes at these places.
    fn check_written(&mut self, change: &Change<'_>, places: &[SchemaIndex], at: usize) -> Result<(), Box<Refusal>> {
        let writes = matches!(change.act, Act::Add | Act::Replace);
        // Some servers write `null` where none is said.
        let Some(value) = change.value.or(writes.then_some(&Value::Null)) else { return Ok(()) };
        let owned = self.documents.owned(places);
        if !owned && !self.hides(self.documents.hidden(places) & !NEVER) {
            return Ok(());
        }
        let pointer = format!("/{at}/value");
        // What is no container drops the owner that stands in it.
        if owned && !matches!(value, Value::Object(_) | Value::Array(_)) {
            let here = self.same(places).map_err(|keyword| self.refused(&pointer, keyword))?;
            if !here.iter().any(|place| self.documents.get(*place).is_some_and(|node| node.is_owner)) {
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

    /// Where a pointer leads in a document of one of these schemas, or why it is not followed.
    fn lead(&mut self, roots: &[SchemaIndex], pointer: &str) -> Result<Way, &'static str> {
        let mut way = Way { places: roots.to_vec(), sure: roots.to_vec(), ..Way::default() };
        if pointer.is_empty() {
            return Ok(way);
        }
        let below = pointer.strip_prefix('/').ok_or(UNDECLARED)?;
        for (depth, segment) in below.split('/').enumerate() {
            if depth >= DEEPEST {
                return Err(BUDGET);
            }
            let name = unescaped(segment).ok_or(UNDECLARED)?;
            way = self.step_down(&way, &name)?;
        }
        Ok(way)
    }

    /// All that the member or item of this name may be, whatever case a server reads it in. The schemas must know it.
    fn step_down(&mut self, way: &Way, name: &str) -> Result<Way, &'static str> {
        let documents = self.documents;
        let small = name.to_lowercase();
        let (is_key, is_index) = (is_key(name), is_index(name));
        let (mut is_named, mut is_known, mut is_shadow) = (false, false, false);
        let (mut members, mut items) = (Vec::new(), Vec::new());
        let mut next = Way { passed: way.passed, chosen: way.chosen, ..Way::default() };
        let here = self.same(&way.places)?;
        let nodes = || here.iter().filter_map(|place| documents.get(*place));
        for node in nodes() {
            let named = node.properties.get(small.as_str()).map_or(&[][..], Vec::as_slice);
            is_named |= named.iter().any(|(known, _)| **known == *name);
            is_known |= is_key && !node.others.is_empty() || is_index && node.is_array;
            members.extend(named.iter().map(|(_, child)| *child));
            members.extend(&node.others);
            items.extend(&node.items);
            next.passed |= node.veil;
            if self.hides(node.chosen) {
                next.chosen |= if node.chooses.has(name) { node.chosen } else { 0 };
                next.needed |= if node.needs.has(name) { node.chosen } else { 0 };
            }
        }
        if !is_named && is_known {
            for node in nodes() {
                self.step(node.properties.len() as u64)?;
                is_shadow |= node.guarded.has(name);
            }
        }
        if !is_named && (!is_known || is_shadow) {
            return Err(UNDECLARED);
        }
        self.step((members.len() + items.len()) as u64)?;
        // Nobody knows here whether it is a member or an item.
        if !is_index || members.is_empty() || items.is_empty() {
            next.sure = self.sure(&way.sure, name, is_index)?;
        }
        if is_index {
            next.shifted = self.shifted(nodes(), &items, name);
        }
        next.places = members;
        next.places.append(&mut items);
        next.places.sort_unstable();
        next.places.dedup();
        Ok(next)
    }

    /// What judges the member or item of this name in whatever document.
    fn sure(&mut self, places: &[SchemaIndex], name: &str, is_index: bool) -> Result<Vec<SchemaIndex>, &'static str> {
        let (mut seen, mut waiting, mut found) = (Places::default(), places.to_vec(), Vec::new());
        let small = name.to_lowercase();
        while let Some(place) = waiting.pop() {
            let Some(node) = self.documents.get(place).filter(|_| seen.insert(place)) else { continue };
            self.step(1 + node.always.len() as u64)?;
            waiting.extend(&node.always);
            let mut named = node.properties.get(small.as_str()).into_iter().flatten();
            match named.find(|(known, _)| **known == *name) {
                Some((_, child)) => found.push(*child),
                None => found.extend(node.additional),
            }
            if is_index && node.prefix == 0 {
                found.extend(node.rest);
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// What is hidden in a list, where its items would get the masks of their neighbours if one came before this place or
    /// went.
    fn shifted<'n>(&self, nodes: impl Iterator<Item = &'n Node>, items: &[SchemaIndex], name: &str) -> Hidden {
        let (mut prefix, mut is_of_one) = (0, items.iter().all(|item| *item == items[0]));
        for node in nodes {
            prefix = prefix.max(node.prefix);
            is_of_one &= node.prefix == 0 || node.rest.is_some();
        }
        let is_before = name.parse::<usize>().is_ok_and(|at| at < prefix);
        if is_before && !is_of_one { self.documents.hidden(items) } else { 0 }
    }

    /// These places, and all that judges the same value there.
    fn same(&mut self, places: &[SchemaIndex]) -> Result<Places, &'static str> {
        let mut found = Places::default();
        let mut waiting = places.to_vec();
        while let Some(place) = waiting.pop() {
            if found.insert(place) {
                let same = self.documents.get(place).map_or(&[][..], |node| &node.same);
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

/// What a pointer's last segment stands in.
fn parent(pointer: &str) -> &str {
    pointer.rfind('/').map_or("", |at| &pointer[..at])
}

/// Whether the last segments of two pointers are the same, or are both places in a list.
fn is_of_one_name(one: &str, other: &str) -> bool {
    let last = |pointer: &str| pointer.rfind('/').map_or(String::new(), |at| pointer[at + 1..].to_owned());
    let (one, other) = (last(one), last(other));
    one == other || [one, other].iter().all(|name| !name.is_empty() && is_index(name))
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
