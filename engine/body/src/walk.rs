//! Members and items of a place that more than one node judges: which nodes apply to each, and what becomes of those
//! to which none does.

use crate::compose::{Applied, Bond};
use crate::object::Cutter;
use crate::pass::{Fate, Pass, Stop};
use crate::program::{Additional, Node};
use crate::scan;
use crate::violation::Path;

impl<'a> Pass<'a, '_> {
    pub(crate) fn place_object(
        &mut self,
        object: usize,
        from: usize,
        in_doubt: bool,
        depth: usize,
        path: &Path<'_>,
    ) -> Result<Fate, Stop> {
        let to = self.s.applied.len();
        let end = self.s.tape[object].next as usize;
        let mut cutter = Cutter::default();
        let mut members = 0;
        let mut at = object + 1;
        while at < end {
            let value = at + 1;
            let fate = self.place_member((object, at), (from, to), in_doubt, depth, path)?;
            members += 1;
            at = self.s.tape[value].next as usize;
            let (start, stop) = (self.s.tape[value - 1].start(), self.s.tape[value].end());
            cutter.element(self, fate, start, stop);
            if at < end {
                let comma = scan::whitespace(self.input, stop);
                cutter.comma(self, comma);
            }
        }
        for place in from..to {
            let Applied { node, bond } = self.s.applied[place];
            if bond == Bond::Firm {
                self.judge_object(&self.program.nodes[node], object, members, path)?;
            }
        }
        Ok(Fate::Kept)
    }

    /// One member: `name` is its name's entry, the applied nodes of the object are those from `from` to `to`.
    fn place_member(
        &mut self,
        (object, name): (usize, usize),
        (from, to): (usize, usize),
        in_doubt: bool,
        depth: usize,
        path: &Path<'_>,
    ) -> Result<Fate, Stop> {
        let program = self.program;
        let entry = self.s.tape[name];
        let content = entry.content(self.input);
        let sent = path.sent(&self.input[entry.start() + 1..entry.end() - 1], entry.escaped);
        let mut declared = None;
        let mut forbidden = None;
        let (mut is_named, mut is_shaded) = (false, false);
        for place in from..to {
            self.step(1)?;
            let Applied { node: index, bond } = self.s.applied[place];
            if !bond.declares() {
                is_shaded = true;
                continue;
            }
            let node = &program.nodes[index];
            let mut matched = false;
            if let Some(known) = node.object.names.find(&content) {
                if let Some(child) = node.object.members[known].node {
                    declared = Some(node.object.names.name(known));
                    matched = true;
                    self.s.applied.push(Applied { node: child, bond });
                }
            }
            for &(pattern, child) in node.compose.iter().flat_map(|compose| &compose.patterns) {
                if program.patterns[pattern].is_match(&content) {
                    matched = true;
                    self.s.applied.push(Applied { node: child, bond });
                }
            }
            is_named |= matched;
            let mut rest = if matched { Additional::Closed } else { node.object.additional };
            let mut keyword = "additionalProperties";
            if let Some(compose) = &node.compose {
                if !matches!(compose.unevaluated_properties, Additional::Closed)
                    && !self.evaluates_name(index, object, name, true)?
                {
                    (rest, keyword) = (compose.unevaluated_properties, "unevaluatedProperties");
                }
                if let (Some(names), false) = (compose.property_names, bond != Bond::Firm) {
                    if !self.valid(names, name)? {
                        self.violate(&sent, "propertyNames", node.index)?;
                    }
                }
            }
            match rest {
                Additional::Closed => {}
                Additional::Schema(child) => self.s.applied.push(Applied { node: child, bond }),
                Additional::Forbidden if bond == Bond::Firm => forbidden = Some((keyword, node.index)),
                Additional::Forbidden => {}
            }
        }
        let passes = self.s.applied.len() > to || !self.decisive();
        if declared.is_none() && passes && self.request {
            let owned = self.s.applied[from..to].iter().map(|applied| &program.nodes[applied.node].object.owned);
            if self.is_shadow(owned, entry.text(), depth == 0) {
                self.violate_shadow(&sent, program.nodes[self.s.applied[from].node].index)?;
            }
        }
        let way = declared.map_or(sent, |name| path.declared(name));
        if self.s.applied.len() == to {
            if self.request {
                self.violate(&way, "undeclared", program.nodes[self.s.applied[from].node].index)?;
                return Ok(Fate::Kept);
            }
            if self.options.tell_left_out {
                let mut nodes = self.s.applied[from..to].iter().map(|applied| &program.nodes[applied.node]);
                let has_names = nodes.any(|node| !node.object.members.is_empty());
                self.tell_left_out(&way, program.nodes[self.s.applied[from].node].index, has_names);
            }
            return Ok(Fate::Out);
        }
        if let Some((keyword, schema)) = forbidden {
            self.violate(&way, keyword, schema)?;
        }
        if is_shaded {
            self.shade_member(&content, (from, to), is_named)?;
        }
        if in_doubt {
            self.doubt_member(name, from, to)?;
        }
        self.child(name + 1, to, depth + 1, &way)
    }

    /// Hides a member as branches say that are not valid, where no other names it, or that may be valid, in any case.
    fn shade_member(&mut self, content: &[u8], (from, to): (usize, usize), is_named: bool) -> Result<(), Stop> {
        let program = self.program;
        for place in from..to {
            let Applied { node, bond } = self.s.applied[place];
            if bond.declares() || (is_named && bond != Bond::Doubt) {
                continue;
            }
            self.step(1)?;
            let node = &program.nodes[node];
            let named = node.object.names.find(content).and_then(|known| node.object.members[known].node);
            let patterns = node.compose.iter().flat_map(|compose| &compose.patterns);
            let matched = patterns.filter(|(pattern, _)| program.patterns[*pattern].is_match(content));
            let children: Vec<_> = named.into_iter().chain(matched.map(|(_, child)| *child)).collect();
            let unevaluated = node.compose.as_ref().map(|compose| compose.unevaluated_properties);
            let rest =
                [Some(node.object.additional), unevaluated].into_iter().flatten().filter_map(|rest| match rest {
                    Additional::Schema(child) if children.is_empty() => Some(child),
                    _ => None,
                });
            for child in children.iter().copied().chain(rest) {
                self.shade(to, child, bond);
            }
        }
        Ok(())
    }

    /// Hides a part of the value, whose place begins at `to`, as a node says that is in doubt or not valid.
    fn shade(&mut self, to: usize, child: usize, bond: Bond) {
        if bond == Bond::Doubt {
            self.apply(to, child, bond);
        } else {
            self.s.applied.push(Applied { node: child, bond: Bond::Shade });
        }
    }

    /// Hides a member that only a choice or a condition evaluates as what nobody evaluates.
    fn doubt_member(&mut self, name: usize, from: usize, to: usize) -> Result<(), Stop> {
        for place in from..to {
            let Applied { node, bond } = self.s.applied[place];
            let unevaluated = self.program.nodes[node].compose.as_ref().map(|compose| compose.unevaluated_properties);
            if let (true, Some(Additional::Schema(child))) = (bond.declares(), unevaluated)
                && !self.surely_evaluates_name(node, name)?
            {
                self.apply(to, child, Bond::Doubt);
            }
        }
        Ok(())
    }

    /// What a node says of an object as a whole.
    fn judge_object(&mut self, node: &'a Node, object: usize, members: u64, path: &Path<'_>) -> Result<(), Stop> {
        let rules = &node.object;
        for &required in &rules.required {
            let name = rules.names.name(required);
            if self.find_member(object, name)?.is_none() {
                self.violate(&path.declared(name), "required", node.index)?;
            }
        }
        if members < rules.min || members > rules.max {
            self.violate(path, if members < rules.min { "minProperties" } else { "maxProperties" }, node.index)?;
        }
        Ok(())
    }

    pub(crate) fn place_array(
        &mut self,
        array: usize,
        from: usize,
        in_doubt: bool,
        depth: usize,
        path: &Path<'_>,
    ) -> Result<Fate, Stop> {
        let to = self.s.applied.len();
        let end = self.s.tape[array].next as usize;
        let mut cutter = Cutter::default();
        let mut contained = vec![0u64; to - from];
        let mut items = 0;
        let mut at = array + 1;
        while at < end {
            self.place_item(array, (items, at), from, to, &mut contained)?;
            if self.s.applied.len() == to {
                self.s.applied.push(Applied { node: self.program.any, bond: Bond::Firm });
            }
            self.shade_item(items, from, to)?;
            if in_doubt {
                self.doubt_item((items, at), from, to)?;
            }
            let (start, stop, next) = (self.s.tape[at].start(), self.s.tape[at].end(), self.s.tape[at].next as usize);
            let fate = self.child(at, to, depth + 1, &path.index(items))?;
            items += 1;
            at = next;
            cutter.element(self, fate, start, stop);
            if at < end {
                let comma = scan::whitespace(self.input, stop);
                cutter.comma(self, comma);
            }
        }
        for (place, contained) in (from..to).zip(contained) {
            let Applied { node, bond } = self.s.applied[place];
            if bond == Bond::Firm {
                self.judge_array(&self.program.nodes[node], array, items as u64, contained, path)?;
            }
        }
        Ok(Fate::Kept)
    }

    /// Applies to an item what the nodes of its array say of it.
    fn place_item(
        &mut self,
        array: usize,
        (index, item): (usize, usize),
        from: usize,
        to: usize,
        contained: &mut [u64],
    ) -> Result<(), Stop> {
        let program = self.program;
        for place in from..to {
            self.step(1)?;
            let Applied { node: owner, bond } = self.s.applied[place];
            if !bond.declares() {
                continue;
            }
            let node = &program.nodes[owner];
            if let Some(child) = node.array.prefix.get(index).copied().or(node.array.items) {
                self.s.applied.push(Applied { node: child, bond });
            }
            let Some(compose) = &node.compose else {
                continue;
            };
            if let Some(child) = compose.contains {
                if self.valid(child, item)? {
                    contained[place - from] += 1;
                    self.s.applied.push(Applied { node: child, bond });
                }
            }
            if let Some(child) = compose.unevaluated_items {
                if !self.evaluates_item(owner, array, (index, item), true)? {
                    self.s.applied.push(Applied { node: child, bond });
                }
            }
        }
        Ok(())
    }

    /// Hides an item as branches say that are not valid.
    fn shade_item(&mut self, index: usize, from: usize, to: usize) -> Result<(), Stop> {
        for place in from..to {
            let Applied { node, bond } = self.s.applied[place];
            if bond.declares() {
                continue;
            }
            self.step(1)?;
            let node = &self.program.nodes[node];
            let unevaluated = node.compose.as_ref().and_then(|compose| compose.unevaluated_items);
            let contains = node.compose.as_ref().and_then(|compose| compose.contains).filter(|_| bond == Bond::Doubt);
            let child = node.array.prefix.get(index).copied().or(node.array.items);
            for child in child.into_iter().chain(unevaluated).chain(contains) {
                self.shade(to, child, bond);
            }
        }
        Ok(())
    }

    /// Hides an item of an array with a fault as one that the array contains, and as what nobody evaluates.
    fn doubt_item(&mut self, item: (usize, usize), from: usize, to: usize) -> Result<(), Stop> {
        let program = self.program;
        for place in from..to {
            self.step(1)?;
            let Applied { node, bond } = self.s.applied[place];
            let Some(compose) = program.nodes[node].compose.as_deref().filter(|_| bond.declares()) else {
                continue;
            };
            if let Some(child) = compose.contains {
                self.apply(to, child, Bond::Doubt);
            }
            if let Some(child) = compose.unevaluated_items
                && !self.surely_evaluates_item(node, item)?
            {
                self.apply(to, child, Bond::Doubt);
            }
        }
        Ok(())
    }

    /// What a node says of an array as a whole.
    fn judge_array(
        &mut self,
        node: &'a Node,
        array: usize,
        items: u64,
        contained: u64,
        path: &Path<'_>,
    ) -> Result<(), Stop> {
        let rules = &node.array;
        if items < rules.min || items > rules.max {
            self.violate(path, if items < rules.min { "minItems" } else { "maxItems" }, node.index)?;
        }
        let Some(compose) = &node.compose else {
            return Ok(());
        };
        if compose.contains.is_some() && contained < compose.min_contains {
            self.violate(path, if compose.min_contains == 1 { "contains" } else { "minContains" }, node.index)?;
        }
        if compose.contains.is_some() && contained > compose.max_contains {
            self.violate(path, "maxContains", node.index)?;
        }
        if compose.unique && !self.unique(array)? {
            self.violate(path, "uniqueItems", node.index)?;
        }
        Ok(())
    }

    /// Whether no two items are equal, in time that grows with their size alone.
    pub(crate) fn unique(&mut self, array: usize) -> Result<bool, Stop> {
        let end = self.s.tape[array].next as usize;
        self.step(end - array)?;
        let mut digests = Vec::new();
        let mut at = array + 1;
        while at < end {
            digests.push(crate::digest::of(self.program, self.input, &self.s.tape, at));
            at = self.s.tape[at].next as usize;
        }
        digests.sort_unstable();
        Ok(digests.windows(2).all(|pair| pair[0] != pair[1]))
    }
}
