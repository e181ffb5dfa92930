//! What can be known of all nodes together before the first body: no node applies itself, which branches a first byte
//! tells apart, below which nodes no tape is needed.

use crate::duplicates::Signer;
use crate::error::CompileError;
use crate::hot::Hot;
use crate::mask::Strategy;
use crate::merge::{merge, only_parts};
use crate::program::{Additional, Compose, Node, Types, Way};
use crate::shadows::Shadows;

pub(crate) fn plan(nodes: &mut [Node], actions: &[Strategy], signer: &Signer) -> Result<(), CompileError> {
    refuse_endless(nodes)?;
    let merged: Vec<_> = (0..nodes.len())
        .filter(|&index| nodes[index].compose.is_some())
        .filter_map(|index| Some((index, merge(nodes, index)?)))
        .collect();
    for (index, (types, object)) in merged {
        let node = &mut nodes[index];
        (node.way, node.types, node.object, node.compose) = (Way::Plain, types, object, None);
    }
    for index in 0..nodes.len() {
        if let Some(table) = switch(nodes, index) {
            nodes[index].way = Way::Switch(table);
        }
    }
    let users = users(nodes);
    mark_deep(nodes, &users);
    name_owned(nodes, &users);
    mark_shades(nodes, &users);
    mark_doubtful(nodes, &users);
    for node in nodes.iter_mut() {
        node.silent = node.compose.as_deref().is_some_and(|compose| only_applies(node, compose));
    }
    for index in 0..nodes.len() {
        nodes[index].object.hot = hot(nodes, index, actions);
        let rules = &mut nodes[index].object;
        for at in 0..rules.names.len() {
            rules.filter.add(signer.sign(rules.names.name(at)));
        }
        rules.required_first = rules.required.iter().filter(|&&at| at < 64).fold(0, |bits, &at| bits | 1 << at);
    }
    Ok(())
}

fn hot(nodes: &[Node], index: usize, actions: &[Strategy]) -> Vec<Hot> {
    let rules = &nodes[index].object;
    let mut records = Vec::with_capacity(rules.members.len());
    for (at, member) in rules.members.iter().enumerate() {
        let mut record = Hot::undeclared(rules.names.name(at));
        if let Some(child) = member.node {
            record.declare(child, &nodes[child], actions);
        }
        records.push(record);
    }
    records
}

/// A node that applies itself to the same value would never be decided.
fn refuse_endless(nodes: &[Node]) -> Result<(), CompileError> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; nodes.len()];
    let mut stack = Vec::new();
    for start in 0..nodes.len() {
        stack.push(start);
        while let Some(&index) = stack.last() {
            if states[index] != State::New {
                states[index] = State::Done;
                stack.pop();
                continue;
            }
            states[index] = State::Open;
            for next in nodes[index].compose.iter().flat_map(|compose| compose.in_place()) {
                match states[next] {
                    State::Open => return Err(CompileError::Endless { schema: next }),
                    State::New => stack.push(next),
                    State::Done => {}
                }
            }
        }
    }
    Ok(())
}

/// For each kind of value the one branch that allows it, if the node is nothing but a choice between such branches.
fn switch(nodes: &[Node], index: usize) -> Option<[Option<usize>; 6]> {
    const KINDS: [u8; 6] =
        [Types::NULL, Types::BOOLEAN, Types::INTEGER | Types::FRACTION, Types::STRING, Types::ARRAY, Types::OBJECT];
    let node = &nodes[index];
    let compose = node.compose.as_deref()?;
    if let ([part], true) = (&compose.all[..], only_parts(compose) && says_nothing(node)) {
        // Another name for its only part.
        return Some([Some(*part); 6]);
    }
    let branches = match (&compose.any[..], &compose.one[..]) {
        (branches, []) | ([], branches) => branches,
        _ => return None,
    };
    if branches.is_empty() || !is_only_a_choice(node, compose) {
        return None;
    }
    let mut table = [None; 6];
    for &branch in branches {
        if nodes[branch].marked {
            return None;
        }
        for (slot, kind) in table.iter_mut().zip(KINDS) {
            if nodes[branch].types.has(kind) && slot.replace(branch).is_some() {
                return None;
            }
        }
    }
    Some(table)
}

fn is_only_a_choice(node: &Node, compose: &Compose) -> bool {
    compose.only_chooses() && only_applies(node, compose)
}

/// Whether all that a node says is what else applies to the same value.
fn only_applies(node: &Node, compose: &Compose) -> bool {
    let objects = compose.patterns.is_empty()
        && compose.property_names.is_none()
        && matches!(compose.unevaluated_properties, Additional::Closed);
    let arrays = compose.contains.is_none() && compose.unevaluated_items.is_none() && !compose.unique;
    objects && arrays && says_nothing(node)
}

/// Whether a node by itself allows and hides everything that it is not told of by others.
fn says_nothing(node: &Node) -> bool {
    let objects = matches!(node.object.additional, Additional::Closed)
        && node.object.names.len() == 0
        && (node.object.min, node.object.max) == (0, u64::MAX);
    let arrays =
        node.array.prefix.is_empty() && node.array.items.is_none() && (node.array.min, node.array.max) == (0, u64::MAX);
    let scalars = node.text.is_none() && node.number.is_none() && node.allowed.is_none();
    objects && arrays && scalars && node.types == Types::ALL && !node.marked
}

/// For each node, those that apply it to the same value or to what is in it.
fn users(nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        let branches = node.compose.iter().flat_map(|compose| compose.in_place());
        for used in node.children().chain(branches) {
            users[used].push(index);
        }
    }
    users
}

/// A node is deep unless a tape is needed for it or for anything that it reaches.
fn mark_deep(nodes: &mut [Node], users: &[Vec<usize>]) {
    let is_shallow = reaching(nodes, users, |node| matches!(node.way, Way::General));
    for (node, is_shallow) in nodes.iter_mut().zip(is_shallow) {
        node.deep = !is_shallow;
    }
}

/// A choice shades where one branch hides something, and what has no name may be let out: by another branch, or by what
/// applies to the same value from elsewhere, which may stand anywhere in a schema from which the choice is reached.
fn mark_shades(nodes: &mut [Node], users: &[Vec<usize>]) {
    let hides = hiding(nodes, users);
    let is_open = reaching(nodes, users, |node| {
        let unevaluated = node.compose.as_ref().map(|compose| compose.unevaluated_properties);
        [Some(node.object.additional), unevaluated].iter().flatten().any(|rest| matches!(rest, Additional::Schema(_)))
    });
    let is_beside_open = reached(nodes, (0..nodes.len()).filter(|&at| is_open[at]).collect());
    for (node, is_beside_open) in nodes.iter_mut().zip(is_beside_open) {
        let Some(compose) = &node.compose else { continue };
        node.shades = is_beside_open && compose.selector.is_none() && compose.branches().any(|branch| hides[branch]);
    }
}

/// A node is doubtful where a choice, a condition or what an array contains decides whether something is hidden.
fn mark_doubtful(nodes: &mut [Node], users: &[Vec<usize>]) {
    let hides = hiding(nodes, users);
    for node in nodes.iter_mut() {
        let Some(compose) = &node.compose else { continue };
        let unevaluated = match compose.unevaluated_properties {
            Additional::Schema(child) => Some(child),
            _ => None,
        };
        let parts = [compose.contains, compose.unevaluated_items, unevaluated].into_iter().flatten();
        let chooses = compose.branches().any(|branch| hides[branch]);
        node.selects = chooses && compose.selector.is_some();
        node.doubtful = (chooses && !node.selects) || parts.chain(compose.conditional()).any(|part| hides[part]);
    }
}

/// Which nodes hide something, or reach one that does.
fn hiding(nodes: &[Node], users: &[Vec<usize>]) -> Vec<bool> {
    reaching(nodes, users, |node| node.mask.is_some() || node.dropped)
}

/// The nodes `from` which, and all that they reach.
fn reached(nodes: &[Node], mut from: Vec<usize>) -> Vec<bool> {
    let mut reached = vec![false; nodes.len()];
    while let Some(index) = from.pop() {
        if !std::mem::replace(&mut reached[index], true) {
            let branches = nodes[index].compose.iter().flat_map(|compose| compose.in_place());
            from.extend(nodes[index].children().chain(branches));
        }
    }
    reached
}

/// Which nodes are such, or reach one that is.
fn reaching(nodes: &[Node], users: &[Vec<usize>], is_such: impl Fn(&Node) -> bool) -> Vec<bool> {
    let mut found: Vec<usize> = (0..nodes.len()).filter(|&at| is_such(&nodes[at])).collect();
    let mut reaches = vec![false; nodes.len()];
    while let Some(index) = found.pop() {
        if !std::mem::replace(&mut reaches[index], true) {
            found.extend_from_slice(&users[index]);
        }
    }
    reaches
}

/// Notes which properties of a node carry an owner, or something in which one stands.
fn name_owned(nodes: &mut [Node], users: &[Vec<usize>]) {
    let owned = reaching(nodes, users, |node| node.owner.is_some());
    for node in nodes.iter_mut() {
        let rules = &mut node.object;
        let members = rules.members.iter().enumerate();
        let names = members.filter(|(_, member)| member.node.is_some_and(|child| owned[child]));
        let names = names.filter_map(|(at, _)| std::str::from_utf8(rules.names.name(at)).ok());
        rules.owned = Shadows::new(names);
    }
}
