//! The schemas of the documents that patches change: which places there are, what is hidden at them, and which members say
//! what is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use firstclass_body::Shadows;
use firstclass_bundle::{Operation, Schema, SchemaIndex, Type};

/// What is hidden: categories as bits, of which a bundle has at most 64, and this one for what no answer shows.
pub(crate) type Hidden = u128;
/// What no caller is ever shown (`writeOnly`).
pub(crate) const NEVER: Hidden = 1 << 64;

/// Begins a word of several that are good below a member: it only tells branches apart that both have the member.
const MINOR: char = '~';
/// Schemas that are asked what they say of one value.
const MOST_ASKED: usize = 1_000;

type Nodes = HashMap<SchemaIndex, Node, ahash::RandomState>;
pub(crate) type Places = HashSet<SchemaIndex, ahash::RandomState>;
/// Properties of one name but for case, as they are declared.
type Named = Vec<(Box<str>, SchemaIndex)>;

#[derive(Debug, Default)]
pub(crate) struct Documents {
    nodes: Nodes,
}

#[derive(Debug, Default)]
pub(crate) struct Node {
    /// By name in small letters: some servers do not tell letters apart.
    pub properties: HashMap<Box<str>, Named, ahash::RandomState>,
    /// Names of properties that hide or own anything: no key of a map may be taken for them.
    pub guarded: Shadows,
    /// Of members that are not named.
    pub others: Vec<SchemaIndex>,
    /// The one of them that judges every such member.
    pub additional: Option<SchemaIndex>,
    pub items: Vec<SchemaIndex>,
    /// Items that have their place.
    pub prefix: usize,
    /// What judges every item after them.
    pub rest: Option<SchemaIndex>,
    pub is_array: bool,
    /// What may judge the same value.
    pub same: Vec<SchemaIndex>,
    /// What always does.
    pub always: Vec<SchemaIndex>,
    /// What hides the value itself.
    pub veil: Hidden,
    /// What is hidden here or below.
    pub hidden: Hidden,
    /// An owner stands here or below.
    pub owned: bool,
    pub is_owner: bool,
    /// Members that say which schemas judge the value, where these hide differently, and what they hide.
    pub chooses: Shadows,
    /// The same of members that only have to be there.
    pub needs: Shadows,
    pub chosen: Hidden,
    /// Answers leave out what nobody declared here.
    closed: bool,
    /// The same below.
    closed_below: bool,
}

impl Documents {
    /// Of all patches of the bundle; `owned` says of each schema whether an owner stands in it.
    pub(crate) fn compile(operations: &[Operation], schemas: &[Schema], owned: &[bool]) -> Self {
        let mut nodes = Nodes::default();
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
        spread(&mut nodes);
        let mut documents = Self { nodes };
        let known: Vec<(SchemaIndex, Shadows, Choice)> = documents
            .nodes
            .iter()
            .map(|(index, node)| (*index, documents.guarded(node), documents.choice(schemas, &schemas[*index])))
            .collect();
        for (index, guarded, choice) in known {
            if let Some(node) = documents.nodes.get_mut(&index) {
                node.guarded = guarded;
                node.chooses = Shadows::new(choice.chooses.iter().map(String::as_str));
                node.needs = Shadows::new(choice.needs.iter().map(String::as_str));
                node.chosen = choice.hidden;
            }
        }
        documents
    }

    pub(crate) fn get(&self, place: SchemaIndex) -> Option<&Node> {
        self.nodes.get(&place)
    }

    /// What is hidden at these places or below.
    pub(crate) fn hidden<'a>(&self, places: impl IntoIterator<Item = &'a SchemaIndex>) -> Hidden {
        places.into_iter().filter_map(|place| self.nodes.get(place)).fold(0, |bits, node| bits | node.hidden)
    }

    /// Whether an owner stands at these places or below.
    pub(crate) fn owned(&self, places: &[SchemaIndex]) -> bool {
        places.iter().any(|place| self.nodes.get(place).is_some_and(|node| node.owned))
    }

    /// Whether what stands at these places may contain what answers leave out since nobody declared it.
    pub(crate) fn closed<'a>(&self, places: impl IntoIterator<Item = &'a SchemaIndex>) -> bool {
        let nodes = places.into_iter().filter_map(|place| self.nodes.get(place));
        nodes.into_iter().any(|node| node.closed || node.closed_below)
    }

    fn guarded(&self, node: &Node) -> Shadows {
        let named = node.properties.values().flatten();
        let guards = named.filter(|(_, child)| self.owned(&[*child]) || self.hidden([child]) != 0);
        Shadows::new(guards.map(|(name, _)| &**name))
    }

    /// These places, and all that may judge the same value.
    fn same(&self, places: &[SchemaIndex]) -> Places {
        let mut found = Places::default();
        let mut waiting = places.to_vec();
        while let Some(place) = waiting.pop() {
            if found.insert(place) {
                waiting.extend(self.nodes.get(&place).map_or(&[][..], |node| &node.same));
            }
        }
        found
    }

    /// What of a value says which of the schemas judge it, where it matters to what is hidden.
    fn choice(&self, schemas: &[Schema], schema: &Schema) -> Choice {
        let mut choice = Choice::default();
        let mapped = schema.discriminator.iter().flat_map(|each| each.mapping.iter().map(|(_, child)| *child));
        let mapped: Vec<SchemaIndex> = mapped.collect();
        for branches in [&schema.one_of, &schema.any_of, &mapped] {
            let Some(hidden) = self.difference(schemas, branches.iter().map(std::slice::from_ref)) else { continue };
            choice.hidden |= hidden;
            choice.chooses.extend(schema.discriminator.iter().map(|each| each.property.clone()));
            self.tell_apart(schemas, branches, &mut choice);
        }
        let either = [schema.consequence, schema.alternative].map(Vec::from_iter);
        if let Some(condition) = schema.condition
            && let Some(hidden) = self.difference(schemas, either.iter().map(Vec::as_slice))
        {
            choice.hidden |= hidden;
            self.look_at(schemas, condition, &mut choice.chooses);
        }
        for (name, child) in &schema.dependent_schemas {
            if let Some(hidden) = self.difference(schemas, [&[][..], &[*child]].into_iter()) {
                choice.hidden |= hidden;
                choice.chooses.insert(name.clone());
            }
        }
        choice
    }

    /// What branches hide, unless they hide the same.
    fn difference<'a>(&self, schemas: &[Schema], branches: impl Iterator<Item = &'a [SchemaIndex]>) -> Option<Hidden> {
        let (mut hidden, mut sorts) = (0, BTreeSet::new());
        for branch in branches {
            hidden |= self.hidden(branch);
            sorts.insert(self.veils(schemas, branch));
        }
        (hidden != 0 && sorts.len() > 1).then_some(hidden)
    }

    /// What a branch hides, by the names of its members.
    fn veils<'s>(&self, schemas: &'s [Schema], branch: &[SchemaIndex]) -> BTreeSet<(&'s str, [usize; 3])> {
        let mask = |index: SchemaIndex| {
            let schema = &schemas[index];
            schema.mask.map_or([0, 0, usize::from(schema.dropped)], |mask| [1 + mask.category, mask.action, 0])
        };
        let mut found = BTreeSet::new();
        for index in self.same(branch) {
            let (Some(node), schema) = (self.nodes.get(&index), &schemas[index]) else { continue };
            if node.veil != 0 {
                found.insert(("", mask(index)));
            }
            let named = schema.properties.iter().map(|(name, child)| (name.as_str(), *child));
            let unnamed =
                node.others.iter().map(|child| ("*", *child)).chain(node.items.iter().map(|child| ("#", *child)));
            for (name, child) in named.chain(unnamed).filter(|(_, child)| self.hidden([child]) != 0) {
                let is_leaf = self.nodes.get(&child).is_some_and(|node| node.children().next().is_none());
                found.insert((name, if is_leaf { mask(child) } else { [0, 1 + child, 2] }));
            }
        }
        found
    }

    /// Names whose values or presence are good for some of the branches only.
    fn tell_apart(&self, schemas: &[Schema], branches: &[SchemaIndex], choice: &mut Choice) {
        let mut values: BTreeMap<&str, Vec<BTreeSet<String>>> = BTreeMap::new();
        let mut required: BTreeMap<&str, usize> = BTreeMap::new();
        for &branch in branches {
            let (mut of_branch, mut asked) = (BTreeMap::<&str, BTreeSet<String>>::new(), BTreeSet::<&str>::new());
            for index in self.same(&[branch]) {
                asked.extend(schemas[index].required.iter().map(String::as_str));
                if let Some(not) = schemas[index].not {
                    self.look_at(schemas, not, &mut choice.chooses);
                }
                for (name, child) in &schemas[index].properties {
                    self.note_values(schemas, *child, of_branch.entry(name).or_default());
                }
            }
            of_branch.into_iter().for_each(|(name, words)| values.entry(name).or_default().push(words));
            asked.into_iter().for_each(|name| *required.entry(name).or_default() += 1);
        }
        let is_said = |words: &[BTreeSet<String>]| words.iter().flatten().any(|word| !word.starts_with(MINOR));
        let differs = |words: &[BTreeSet<String>]| {
            words.iter().any(|other| *other != words[0]) || words.len() < branches.len() && is_said(words)
        };
        choice.chooses.extend(values.iter().filter(|(_, words)| differs(words)).map(|(name, _)| (*name).to_owned()));
        let some = required.iter().filter(|(_, count)| **count < branches.len());
        choice.needs.extend(some.map(|(name, _)| (*name).to_owned()));
    }

    /// The values that are good for a member and for those below it, each by its place.
    fn note_values(&self, schemas: &[Schema], member: SchemaIndex, found: &mut BTreeSet<String>) {
        let (mut seen, mut waiting) = (Places::default(), vec![(member, String::new())]);
        while let Some((member, place)) = waiting.pop() {
            for index in self.same(&[member]) {
                if !seen.insert(index) {
                    continue;
                }
                let schema = &schemas[index];
                let allowed = schema.allowed.as_deref().unwrap_or_default();
                let is_minor = !place.is_empty() && allowed.len() > 1;
                let weight = if is_minor { MINOR } else { ' ' };
                found.extend(allowed.iter().map(|word| format!("{weight}{place}={}", word.get())));
                if schema.never.is_some() || schema.allowed.as_ref().is_some_and(Vec::is_empty) {
                    found.insert(format!(" {place}"));
                }
                waiting.extend(schema.properties.iter().map(|(name, child)| (*child, format!("{place}/{name}"))));
            }
        }
    }

    /// Names of the members that a condition looks at.
    fn look_at(&self, schemas: &[Schema], condition: SchemaIndex, names: &mut BTreeSet<String>) {
        let (mut seen, mut waiting) = (Places::default(), vec![condition]);
        while let Some(index) = waiting.pop() {
            if !seen.insert(index) {
                continue;
            }
            let schema = &schemas[index];
            names.extend(schema.properties.iter().map(|(name, _)| name.clone()));
            names.extend(schema.required.iter().cloned());
            names.extend(schema.dependent_required.iter().map(|(name, _)| name.clone()));
            names.extend(schema.dependent_schemas.iter().map(|(name, _)| name.clone()));
            waiting.extend(self.nodes.get(&index).map_or(&[][..], |node| &node.same));
            waiting.extend(schema.all_of.iter().chain(&schema.any_of).chain(&schema.one_of));
            waiting.extend([schema.not, schema.reference, schema.condition].into_iter().flatten());
        }
    }
}

/// Members that say which schemas judge a value, those that do by being there, and what is hidden by that.
#[derive(Debug, Default)]
struct Choice {
    chooses: BTreeSet<String>,
    needs: BTreeSet<String>,
    hidden: Hidden,
}

/// Tells every node what is below it.
fn spread(nodes: &mut Nodes) {
    loop {
        let grown: Vec<(SchemaIndex, Hidden, bool)> = nodes
            .iter()
            .map(|(index, node)| {
                let hidden = node.children().fold(node.hidden, |bits, child| bits | nodes[&child].hidden);
                let closed = node.closed_below
                    || node.same.iter().any(|child| nodes[child].closed_below)
                    || node.below().any(|child| nodes[&child].closed || nodes[&child].closed_below);
                (*index, hidden, closed)
            })
            .filter(|(index, hidden, closed)| {
                let node = &nodes[index];
                (node.hidden, node.closed_below) != (*hidden, *closed)
            })
            .collect();
        if grown.is_empty() {
            break;
        }
        for (index, hidden, closed) in grown {
            if let Some(node) = nodes.get_mut(&index) {
                (node.hidden, node.closed_below) = (hidden, closed);
            }
        }
    }
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
        node.additional = schema.additional.filter(|_| schema.pattern_properties.is_empty());
        node.items.extend(&schema.prefix_items);
        node.items.extend([schema.items, schema.unevaluated_items, schema.contains].into_iter().flatten());
        (node.prefix, node.rest) = (schema.prefix_items.len(), schema.items);
        let types = schema.types.as_deref();
        node.is_array = !node.items.is_empty() || types.is_some_and(|types| types.contains(&Type::Array));
        node.always.extend(schema.reference.iter().chain(&schema.all_of));
        node.same.extend(schema.all_of.iter().chain(&schema.any_of).chain(&schema.one_of));
        node.same.extend(schema.dependent_schemas.iter().map(|(_, child)| *child));
        node.same.extend(schema.discriminator.iter().flat_map(|each| each.mapping.iter().map(|(_, child)| *child)));
        let single = [schema.reference, schema.condition, schema.consequence, schema.alternative];
        node.same.extend(single.into_iter().flatten());
        node.veil = schema.mask.map_or(0, |mask| 1 << mask.category) | if schema.dropped { NEVER } else { 0 };
        node.hidden = node.veil;
        let may_be = |which| Asking::new(schemas, false, &|schema| is_of_type(schema, which)).ask(index);
        let says = |what: &dyn Fn(&Schema) -> bool| Asking::new(schemas, true, what).ask(index);
        let opens = |schema: &Schema| {
            let others = [schema.additional, schema.unevaluated_properties].into_iter().flatten();
            others.into_iter().any(|child| schemas[child].never.is_none())
        };
        let lists = |schema: &Schema| schema.items.or(schema.unevaluated_items).is_some();
        node.closed = may_be(Type::Object) && !says(&opens) || may_be(Type::Array) && !says(&lists);
        node
    }

    /// Of members and items.
    fn below(&self) -> impl Iterator<Item = SchemaIndex> {
        let named = self.properties.values().flatten().map(|(_, child)| child);
        named.chain(&self.others).chain(&self.items).copied()
    }

    fn children(&self) -> impl Iterator<Item = SchemaIndex> {
        self.below().chain(self.same.iter().copied())
    }
}

/// Whether values of this type are good for the schema's own words.
fn is_of_type(schema: &Schema, which: Type) -> bool {
    let begins = if which == Type::Object { '{' } else { '[' };
    let is_allowed =
        schema.allowed.as_ref().is_none_or(|words| words.iter().any(|word| word.get().starts_with(begins)));
    schema.never.is_none() && is_allowed && schema.types.as_ref().is_none_or(|types| types.contains(&which))
}

/// Something that schemas say about a value.
struct Asking<'a> {
    schemas: &'a [Schema],
    /// Whether one of those that always judge the value says it, in every case. Otherwise: whether all of them do, in some
    /// case.
    for_sure: bool,
    says: &'a dyn Fn(&Schema) -> bool,
    above: Vec<SchemaIndex>,
    steps: usize,
}

impl<'a> Asking<'a> {
    fn new(schemas: &'a [Schema], for_sure: bool, says: &'a dyn Fn(&Schema) -> bool) -> Self {
        Self { schemas, for_sure, says, above: Vec::new(), steps: MOST_ASKED }
    }

    fn ask(&mut self, index: SchemaIndex) -> bool {
        // Nothing is known of what refers to itself, or to too much.
        if self.above.contains(&index) || self.steps == 0 {
            return !self.for_sure;
        }
        self.steps -= 1;
        self.above.push(index);
        let schema = &self.schemas[index];
        let mut always = schema.reference.iter().chain(&schema.all_of);
        let mut choices = [&schema.one_of, &schema.any_of].into_iter().filter(|branches| !branches.is_empty());
        let says = (self.says)(schema);
        let found = if self.for_sure {
            says || always.any(|child| self.ask(*child))
                || choices.any(|branches| branches.iter().all(|child| self.ask(*child)))
        } else {
            says && always.all(|child| self.ask(*child))
                && choices.all(|branches| branches.iter().any(|child| self.ask(*child)))
        };
        self.above.pop();
        found
    }
}
