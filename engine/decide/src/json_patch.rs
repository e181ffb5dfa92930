//! JSON Patch (RFC 6902): what its operations write, ask or move, at the places of the document that their pointers name.
//! A mask is never written there, and what is hidden from a caller is neither compared with a guess nor moved to where it
//! would show. Which places a pointer may mean is found by the schemas alone, whatever the document holds: rather one too
//! many.

use std::collections::{HashMap, HashSet};

use firstclass_body::{Fault, Scratch, Verdict, WriteBack};
use firstclass_bundle::{Operation, Reason, Schema, SchemaIndex};
use serde_json::Value;

use crate::judge::{Judge, body_violations};
use crate::owner;
use crate::parameters::MASKED;
use crate::refusal::{Refusal, Rule, Violation, Where};

pub(crate) const MEDIA_TYPE: &str = "application/json-patch+json";
/// Pointers are followed this far; deeper ones are refused where anything is hidden.
const DEEPEST: usize = 64;

/// The schemas of the documents that patches change.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    nodes: HashMap<SchemaIndex, Node, ahash::RandomState>,
}

#[derive(Debug, Default)]
struct Node {
    /// By name in small letters: some servers do not tell letters apart.
    properties: HashMap<Box<str>, Vec<SchemaIndex>, ahash::RandomState>,
    /// Of members that are not named.
    others: Vec<SchemaIndex>,
    items: Vec<SchemaIndex>,
    /// What judges the same value.
    same: Vec<SchemaIndex>,
    /// Categories that are hidden here or below, as bits.
    hidden: u64,
}

/// One operation of a patch as its members say it, in any letters.
#[derive(Debug, Default)]
struct Change<'a> {
    tests: bool,
    paths: Vec<(&'a str, &'a str)>,
    from: Vec<(&'a str, &'a str)>,
    values: Vec<(&'a str, &'a Value)>,
}

impl Documents {
    /// Of all patches of the bundle.
    pub(crate) fn compile(operations: &[Operation], schemas: &[Schema]) -> Self {
        let mut nodes: HashMap<SchemaIndex, Node, ahash::RandomState> = HashMap::default();
        let bodies = operations.iter().filter_map(|operation| operation.body.as_ref());
        let mut waiting: Vec<SchemaIndex> = bodies.flat_map(|body| &body.patched).map(|each| each.schema).collect();
        while let Some(index) = waiting.pop() {
            if nodes.contains_key(&index) {
                continue;
            }
            let node = Node::of(&schemas[index]);
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
                return Self { nodes };
            }
            for (index, bits) in grown {
                if let Some(node) = nodes.get_mut(&index) {
                    node.hidden = bits;
                }
            }
        }
    }

    /// The categories that are hidden from this caller at these places or below.
    fn hidden(&self, places: &[SchemaIndex], unmask: u64) -> bool {
        places.iter().any(|place| self.nodes.get(place).is_some_and(|node| node.hidden & !unmask != 0))
    }

    /// The places that a pointer may mean.
    fn lead(&self, roots: &[SchemaIndex], pointer: &str) -> Vec<SchemaIndex> {
        let mut places = roots.to_vec();
        let below = pointer.strip_prefix('/').unwrap_or(pointer);
        if pointer.is_empty() {
            return places;
        }
        for segment in below.split('/') {
            let name = segment.replace("~1", "/").replace("~0", "~").to_lowercase();
            let is_index = name == "-" || !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
            let mut next = Vec::new();
            for node in self.same(&places).into_iter().filter_map(|place| self.nodes.get(&place)) {
                match node.properties.get(name.as_str()) {
                    Some(named) => next.extend(named),
                    None => next.extend(&node.others),
                }
                if is_index {
                    next.extend(&node.items);
                }
            }
            next.sort_unstable();
            next.dedup();
            places = next;
        }
        places
    }

    /// These places, and all that judges the same value there.
    fn same(&self, places: &[SchemaIndex]) -> HashSet<SchemaIndex, ahash::RandomState> {
        let mut found = HashSet::default();
        let mut waiting = places.to_vec();
        while let Some(place) = waiting.pop() {
            if found.insert(place) {
                waiting.extend(self.nodes.get(&place).into_iter().flat_map(|node| &node.same));
            }
        }
        found
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
        if !self.hidden(roots, judge.unmask) {
            return None;
        }
        let judge = Judge { relaxed: true, reserved: None, write_back: WriteBack::Refused, ..judge };
        // It was readable to who judged it before, who goes deeper.
        let Ok(patch) = serde_json::from_slice::<Value>(bytes) else { return Some(asked(String::new(), rule)) };
        let Value::Array(changes) = &patch else {
            return self.check_value(&patch, roots, "", judge, rule, scratch);
        };
        for (at, change) in changes.iter().enumerate() {
            let Value::Object(members) = change else { continue };
            let change = Change::of(members);
            let pointers = || change.from.iter().chain(&change.paths);
            if let Some((name, _)) = pointers().find(|(_, pointer)| pointer.split('/').count() > DEEPEST) {
                return Some(asked(format!("/{at}/{name}"), rule));
            }
            for (name, from) in &change.from {
                let places = self.lead(roots, from);
                let stays =
                    !change.paths.is_empty() && change.paths.iter().all(|(_, path)| self.lead(roots, path) == places);
                if !stays && self.hidden(&places, judge.unmask) {
                    return Some(asked(format!("/{at}/{name}"), rule));
                }
            }
            for (name, path) in &change.paths {
                let places = self.lead(roots, path);
                if change.tests && self.hidden(&places, judge.unmask) {
                    return Some(asked(format!("/{at}/{name}"), rule));
                }
                for (name, value) in &change.values {
                    let pointer = format!("/{at}/{name}");
                    let found = self.check_value(value, &places, &pointer, judge, rule, scratch);
                    if found.is_some() {
                        return found;
                    }
                }
            }
        }
        None
    }

    /// A value that is written at one of these places.
    fn check_value(
        &self,
        value: &Value,
        places: &[SchemaIndex],
        pointer: &str,
        judge: Judge<'_>,
        rule: Rule,
        scratch: &mut Scratch,
    ) -> Option<Box<Refusal>> {
        if !self.hidden(places, judge.unmask) {
            return None;
        }
        let json = value.to_string();
        for place in places {
            match judge.check(*place, json.as_bytes(), scratch) {
                Verdict::Refused(Fault::WrittenBack) => {
                    let mut violations = body_violations(scratch, None);
                    for violation in &mut violations {
                        violation.place = Where::Body(format!("{pointer}{}", violation.place.name()));
                    }
                    let refusal = Refusal::by(Reason::MaskedValueWritten, Rule::Schema(*place));
                    return Some(refusal.with_violations(violations));
                }
                Verdict::Refused(Fault::Foreign) => return Some(Refusal::by(owner::foreign(judge.token), rule)),
                Verdict::Unchanged | Verdict::Rewritten | Verdict::Refused(_) => {}
            }
        }
        None
    }
}

/// A hidden value is compared with a guess, or moved.
fn asked(pointer: String, rule: Rule) -> Box<Refusal> {
    let place = Where::Body(pointer);
    Refusal::by(Reason::BodyInvalid, rule).with_violations(vec![Violation { place, keyword: MASKED, schema: None }])
}

impl Node {
    fn of(schema: &Schema) -> Self {
        let mut node = Self::default();
        for (name, child) in &schema.properties {
            node.properties.entry(name.to_lowercase().into()).or_default().push(*child);
        }
        node.others.extend([schema.additional, schema.unevaluated_properties].into_iter().flatten());
        node.others.extend(schema.pattern_properties.iter().map(|(_, child)| *child));
        node.items.extend(&schema.prefix_items);
        node.items.extend([schema.items, schema.unevaluated_items, schema.contains].into_iter().flatten());
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
        let named = self.properties.values().flatten();
        named.chain(&self.others).chain(&self.items).chain(&self.same).copied()
    }
}

impl<'a> Change<'a> {
    fn of(members: &'a serde_json::Map<String, Value>) -> Self {
        let mut change = Self::default();
        for (name, value) in members {
            let is = |word: &str| name.eq_ignore_ascii_case(word);
            match value {
                Value::String(text) if is("op") => change.tests |= text.trim().eq_ignore_ascii_case("test"),
                Value::String(text) if is("path") => change.paths.push((name, text)),
                Value::String(text) if is("from") => change.from.push((name, text)),
                value if is("value") => change.values.push((name, value)),
                _ => {}
            }
        }
        change
    }
}
