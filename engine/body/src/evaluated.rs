//! Which members and items a node has evaluated, together with the nodes that it applies to the same value and that are
//! valid there (JSON Schema 2020-12 §11). Asked only by `unevaluatedProperties` and `unevaluatedItems`.

use crate::pass::{Pass, Stop};
use crate::program::{Additional, Compose, Kind};

/// What is asked about: a member by its name's entry, or an item by index and entry.
#[derive(Debug, Clone, Copy)]
enum Part {
    Name(usize),
    Item(usize, usize),
}

impl<'a> Pass<'a, '_> {
    /// `own` asks on behalf of the node's own `unevaluatedProperties`, which does not count then.
    pub(crate) fn evaluates_name(&mut self, node: usize, object: usize, name: usize, own: bool) -> Result<bool, Stop> {
        self.evaluates(node, object, Part::Name(name), own)
    }

    pub(crate) fn evaluates_item(
        &mut self,
        node: usize,
        array: usize,
        (index, item): (usize, usize),
        own: bool,
    ) -> Result<bool, Stop> {
        self.evaluates(node, array, Part::Item(index, item), own)
    }

    /// Whether it would be evaluated whatever choices and conditions decide, but for the node's own `unevaluatedProperties`.
    pub(crate) fn surely_evaluates_name(&mut self, node: usize, name: usize) -> Result<bool, Stop> {
        self.surely_evaluates(node, Part::Name(name), true)
    }

    pub(crate) fn surely_evaluates_item(&mut self, node: usize, (index, item): (usize, usize)) -> Result<bool, Stop> {
        self.surely_evaluates(node, Part::Item(index, item), true)
    }

    fn surely_evaluates(&mut self, index: usize, part: Part, own: bool) -> Result<bool, Stop> {
        self.enter()?;
        let mut found = self.evaluates_alone(index, part, own);
        for &node in self.program.nodes[index].compose.iter().flat_map(|compose| &compose.all) {
            found = found || self.surely_evaluates(node, part, false)?;
        }
        self.nested -= 1;
        Ok(found)
    }

    fn evaluates(&mut self, index: usize, value: usize, part: Part, own: bool) -> Result<bool, Stop> {
        self.enter()?;
        let found = self.evaluates_alone(index, part, own)
            || self.is_contained(index, part)?
            || self.evaluates_together(index, value, part)?;
        self.nested -= 1;
        Ok(found)
    }

    /// By what a node says of the name or the index.
    fn evaluates_alone(&self, index: usize, part: Part, own: bool) -> bool {
        let program = self.program;
        let node = &program.nodes[index];
        match part {
            Part::Name(name) => {
                if !matches!(node.object.additional, Additional::Closed) {
                    return true;
                }
                let content = self.s.tape[name].content(self.input);
                if node.object.names.find(&content).is_some_and(|known| node.object.members[known].node.is_some()) {
                    return true;
                }
                let Some(compose) = &node.compose else {
                    return false;
                };
                let by_pattern =
                    compose.patterns.iter().any(|&(pattern, _)| program.patterns[pattern].is_match(&content));
                by_pattern || (!own && !matches!(compose.unevaluated_properties, Additional::Closed))
            }
            Part::Item(place, _) => {
                node.array.items.is_some()
                    || place < node.array.prefix.len()
                    || (!own && node.compose.as_ref().is_some_and(|compose| compose.unevaluated_items.is_some()))
            }
        }
    }

    /// By what an item is.
    fn is_contained(&mut self, index: usize, part: Part) -> Result<bool, Stop> {
        let contains = self.program.nodes[index].compose.as_ref().and_then(|compose| compose.contains);
        match (part, contains) {
            (Part::Item(_, item), Some(contains)) => self.valid(contains, item),
            _ => Ok(false),
        }
    }

    fn evaluates_together(&mut self, index: usize, value: usize, part: Part) -> Result<bool, Stop> {
        let program = self.program;
        let Some(compose) = &program.nodes[index].compose else {
            return Ok(false);
        };
        for &node in &compose.all {
            if self.evaluates(node, value, part, false)? {
                return Ok(true);
            }
        }
        if let Some(condition) = compose.condition {
            let holds = self.valid(condition, value)?;
            if holds && self.evaluates(condition, value, part, false)? {
                return Ok(true);
            }
            if let Some(then) = if holds { compose.consequence } else { compose.alternative } {
                if self.evaluates(then, value, part, false)? {
                    return Ok(true);
                }
            }
        }
        if self.s.tape[value].kind == Kind::Object {
            for (name, dependent) in &compose.dependent_schemas {
                if self.find_member(value, name)?.is_some() && self.evaluates(*dependent, value, part, false)? {
                    return Ok(true);
                }
            }
        }
        self.evaluates_choice(compose, value, part)
    }

    fn evaluates_choice(&mut self, compose: &'a Compose, value: usize, part: Part) -> Result<bool, Stop> {
        if let (Some(selector), Kind::Object) = (&compose.selector, self.s.tape[value].kind) {
            let branch = self.selected(selector, value)?;
            return branch.map_or(Ok(false), |branch| self.evaluates(branch, value, part, false));
        }
        for &branch in compose.any.iter().chain(&compose.one) {
            if self.valid(branch, value)? && self.evaluates(branch, value, part, false)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
