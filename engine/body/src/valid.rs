//! Whether a value on the tape is valid against a node: JSON Schema 2020-12 as written, nothing closed by default.
//! Decides branches; records and changes nothing.

use crate::pass::{Pass, Stop};
use crate::program::{Additional, Compose, Kind, Node};

impl<'a> Pass<'a, '_> {
    pub(crate) fn valid(&mut self, index: usize, value: usize) -> Result<bool, Stop> {
        let node = &self.program.nodes[index];
        let Some(compose) = &node.compose else {
            self.enter()?;
            let valid = self.valid_alone(index, node, value)?;
            self.nested -= 1;
            return Ok(valid);
        };
        if let Some(&known) = self.s.memo.get(&self.key(index, value)) {
            return Ok(known);
        }
        self.enter()?;
        let valid = self.valid_alone(index, node, value)? && self.valid_together(compose, value)?;
        self.nested -= 1;
        self.remember(index, value, valid);
        Ok(valid)
    }

    /// Notes whether a value is valid against a node that looks beyond itself.
    pub(crate) fn remember(&mut self, index: usize, value: usize, valid: bool) {
        let key = self.key(index, value);
        self.s.memo.insert(key, valid);
    }

    fn key(&self, index: usize, value: usize) -> u64 {
        (index as u64) << 32 | u64::from(self.s.tape[value].start)
    }

    fn valid_alone(&mut self, index: usize, node: &'a Node, value: usize) -> Result<bool, Stop> {
        if node.never.is_some() || !self.faults(node, value).is_empty() {
            return Ok(false);
        }
        match self.s.tape[value].kind {
            Kind::Object => self.valid_object(index, node, value),
            Kind::Array => self.valid_array(index, node, value),
            _ => Ok(true),
        }
    }

    /// The applicators that look at the same value.
    fn valid_together(&mut self, compose: &'a Compose, value: usize) -> Result<bool, Stop> {
        for &part in &compose.all {
            if !self.valid(part, value)? {
                return Ok(false);
            }
        }
        if let Some(not) = compose.not {
            if self.valid(not, value)? {
                return Ok(false);
            }
        }
        if let Some(condition) = compose.condition {
            let then = if self.valid(condition, value)? { compose.consequence } else { compose.alternative };
            if let Some(then) = then {
                if !self.valid(then, value)? {
                    return Ok(false);
                }
            }
        }
        let object = self.s.tape[value].kind == Kind::Object;
        if object && !self.valid_dependents(compose, value)? {
            return Ok(false);
        }
        if let (Some(selector), true) = (&compose.selector, object) {
            let branch = self.selected(selector, value)?;
            return branch.map_or(Ok(false), |branch| self.valid(branch, value));
        }
        if !compose.any.is_empty() && self.count_valid(&compose.any, value, 1)? == 0 {
            return Ok(false);
        }
        Ok(compose.one.is_empty() || self.count_valid(&compose.one, value, 2)? == 1)
    }

    /// How many of the branches are valid; counting stops at `enough`.
    fn count_valid(&mut self, branches: &[usize], value: usize, enough: usize) -> Result<usize, Stop> {
        let mut count = 0;
        for &branch in branches {
            if self.valid(branch, value)? {
                count += 1;
                if count == enough {
                    break;
                }
            }
        }
        Ok(count)
    }

    fn valid_dependents(&mut self, compose: &'a Compose, object: usize) -> Result<bool, Stop> {
        for (name, dependent) in &compose.dependent_schemas {
            if self.find_member(object, name)?.is_some() && !self.valid(*dependent, object)? {
                return Ok(false);
            }
        }
        for (name, others) in &compose.dependent_required {
            if self.find_member(object, name)?.is_none() {
                continue;
            }
            for other in others {
                if self.find_member(object, other)?.is_none() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn valid_object(&mut self, index: usize, node: &'a Node, object: usize) -> Result<bool, Stop> {
        let rules = &node.object;
        // What is missing is what tells most branches apart.
        for &required in &rules.required {
            if self.find_member(object, rules.names.name(required))?.is_none() {
                return Ok(false);
            }
        }
        let end = self.s.tape[object].next as usize;
        let mut members = 0;
        let mut name = object + 1;
        while name < end {
            if !self.valid_member(index, node, object, name)? {
                return Ok(false);
            }
            members += 1;
            name = self.s.tape[name + 1].next as usize;
        }
        if members < rules.min || members > rules.max {
            return Ok(false);
        }
        Ok(true)
    }

    fn valid_member(&mut self, index: usize, node: &'a Node, object: usize, name: usize) -> Result<bool, Stop> {
        self.step(1)?;
        let program = self.program;
        let content = self.s.tape[name].content(self.input);
        let mut matched = false;
        let known = node.object.names.find(&content).and_then(|known| node.object.members[known].node);
        if let Some(child) = known {
            matched = true;
            if !self.valid(child, name + 1)? {
                return Ok(false);
            }
        }
        for &(pattern, child) in node.compose.iter().flat_map(|compose| &compose.patterns) {
            if program.patterns[pattern].is_match(&content) {
                matched = true;
                if !self.valid(child, name + 1)? {
                    return Ok(false);
                }
            }
        }
        if !matched && !self.valid_rest(node.object.additional, name + 1)? {
            return Ok(false);
        }
        let Some(compose) = &node.compose else {
            return Ok(true);
        };
        if let Some(names) = compose.property_names {
            if !self.valid(names, name)? {
                return Ok(false);
            }
        }
        match compose.unevaluated_properties {
            Additional::Closed => Ok(true),
            rest => Ok(self.evaluates_name(index, object, name, true)? || self.valid_rest(rest, name + 1)?),
        }
    }

    fn valid_rest(&mut self, rest: Additional, value: usize) -> Result<bool, Stop> {
        match rest {
            Additional::Closed => Ok(true),
            Additional::Forbidden => Ok(false),
            Additional::Schema(child) => self.valid(child, value),
        }
    }

    fn valid_array(&mut self, index: usize, node: &'a Node, array: usize) -> Result<bool, Stop> {
        let rules = &node.array;
        let end = self.s.tape[array].next as usize;
        let (mut items, mut contained) = (0, 0);
        let mut item = array + 1;
        while item < end {
            self.step(1)?;
            if let Some(child) = rules.prefix.get(items).copied().or(rules.items) {
                if !self.valid(child, item)? {
                    return Ok(false);
                }
            }
            if let Some(compose) = &node.compose {
                if let Some(child) = compose.contains {
                    contained += u64::from(self.valid(child, item)?);
                }
                if let Some(child) = compose.unevaluated_items {
                    if !self.evaluates_item(index, array, (items, item), true)? && !self.valid(child, item)? {
                        return Ok(false);
                    }
                }
            }
            items += 1;
            item = self.s.tape[item].next as usize;
        }
        let count = items as u64;
        if count < rules.min || count > rules.max {
            return Ok(false);
        }
        let Some(compose) = &node.compose else {
            return Ok(true);
        };
        if compose.contains.is_some() && (contained < compose.min_contains || contained > compose.max_contains) {
            return Ok(false);
        }
        Ok(!compose.unique || self.unique(array)?)
    }
}
