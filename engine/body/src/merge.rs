//! `allOf` of plain objects becomes one object when the program is made, so that it needs no tape.

use std::collections::HashMap;

use crate::names::NameTable;
use crate::program::{Additional, Compose, Member, Node, ObjectRules, Types};

/// More parts than this are left to the general way.
const MOST_PARTS: usize = 64;

/// The one node's worth of rules that a node and all its parts amount to; None where they are more than that.
pub(crate) fn merge(nodes: &[Node], index: usize) -> Option<(Types, ObjectRules)> {
    let mut parts = Vec::new();
    collect(nodes, index, &mut parts)?;
    let mut types = Types::ALL;
    let mut places: HashMap<&[u8], usize> = HashMap::new();
    let mut names: Vec<Box<[u8]>> = Vec::new();
    let mut members: Vec<Member> = Vec::new();
    let mut required = Vec::new();
    let (mut min, mut max) = (0, u64::MAX);
    for part in parts {
        types = Types(types.0 & part.types.0);
        (min, max) = (min.max(part.object.min), max.min(part.object.max));
        for (at, member) in part.object.members.iter().enumerate() {
            let name = part.object.names.name(at);
            let place = *places.entry(name).or_insert_with(|| {
                names.push(name.into());
                members.push(*member);
                members.len() - 1
            });
            match (members[place].node, member.node) {
                (None, node) => members[place].node = node,
                (Some(one), Some(two)) if one != two => return None,
                _ => {}
            }
            if part.object.required.contains(&at) {
                required.push(place);
            }
        }
    }
    required.sort_unstable();
    required.dedup();
    let names = NameTable::new(names);
    let rules = ObjectRules { names, members, required, min, max, ..ObjectRules::default() };
    // An empty set of types would allow nothing, and which part says so would be lost.
    (types.0 != 0).then_some((types, rules))
}

fn collect<'a>(nodes: &'a [Node], index: usize, parts: &mut Vec<&'a Node>) -> Option<()> {
    let node = &nodes[index];
    if parts.len() == MOST_PARTS || !speaks_of_objects_only(node) {
        return None;
    }
    parts.push(node);
    let Some(compose) = &node.compose else { return Some(()) };
    if !only_parts(compose) {
        return None;
    }
    compose.all.iter().try_for_each(|&part| collect(nodes, part, parts))
}

fn speaks_of_objects_only(node: &Node) -> bool {
    let scalars = node.text.is_none() && node.number.is_none() && node.allowed.is_none() && !node.marked;
    let arrays =
        node.array.prefix.is_empty() && node.array.items.is_none() && (node.array.min, node.array.max) == (0, u64::MAX);
    scalars && arrays && matches!(node.object.additional, Additional::Closed)
}

/// Whether `allOf` is all that a node applies.
pub(crate) fn only_parts(compose: &Compose) -> bool {
    let choices =
        compose.any.is_empty() && compose.one.is_empty() && compose.selector.is_none() && compose.not.is_none();
    let conditions =
        compose.condition.is_none() && compose.dependent_schemas.is_empty() && compose.dependent_required.is_empty();
    let members = compose.patterns.is_empty()
        && compose.property_names.is_none()
        && matches!(compose.unevaluated_properties, Additional::Closed);
    let items = compose.contains.is_none() && compose.unevaluated_items.is_none() && !compose.unique;
    choices && conditions && members && items
}
