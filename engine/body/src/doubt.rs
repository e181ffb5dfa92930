//! What a fault leaves in doubt: a choice or a condition over a value that is not as declared decides nothing, and all that
//! it could have hidden is hidden.

use crate::compose::{Applied, Bond};
use crate::pass::{Pass, Stop};
use crate::program::{Kind, Selector};

impl Pass<'_, '_> {
    /// Whether the nodes that the place began with, those up to `to`, find a fault in the value, where more would be
    /// hidden if the value were another. Where faults refuse, nothing is left in doubt.
    pub(crate) fn is_in_doubt(&mut self, value: usize, from: usize, to: usize) -> Result<bool, Stop> {
        let program = self.program;
        if self.decisive() {
            return Ok(false);
        }
        let mut is_open = false;
        for at in from..self.s.applied.len() {
            let node = &program.nodes[self.s.applied[at].node];
            is_open = is_open || node.doubtful;
            if let Some(selector) = node.compose.as_ref().and_then(|compose| compose.selector.as_ref())
                && node.selects
            {
                is_open = is_open || !self.is_selected(selector, value, from)?;
            }
        }
        if !is_open {
            return Ok(false);
        }
        for at in from..to {
            let Applied { node, bond } = self.s.applied[at];
            if bond.declares() && !self.valid(node, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Applies all that choices and conditions over the value could have applied. What a member selects is decided by that
    /// member alone.
    pub(crate) fn doubt(&mut self, value: usize, from: usize) -> Result<(), Stop> {
        let program = self.program;
        let mut at = from;
        while at < self.s.applied.len() {
            let Applied { node, bond } = self.s.applied[at];
            at += 1;
            let Some(compose) = program.nodes[node].compose.as_deref().filter(|_| bond <= Bond::Doubt) else {
                continue;
            };
            let is_selected = match &compose.selector {
                Some(selector) => self.is_selected(selector, value, from)?,
                None => false,
            };
            let branches = compose.branches().filter(|_| !is_selected);
            for part in compose.all.iter().copied().chain(compose.conditional()).chain(branches) {
                self.step(1 + (self.s.applied.len() - from) / 64)?;
                self.apply(from, part, Bond::Doubt);
            }
        }
        Ok(())
    }

    /// Whether the discriminator names a branch, in a member that is as everybody declares it.
    fn is_selected(&mut self, selector: &Selector, value: usize, from: usize) -> Result<bool, Stop> {
        let program = self.program;
        if self.s.tape[value].kind != Kind::Object || self.selected(selector, value)?.is_none() {
            return Ok(false);
        }
        let Some(member) = self.find_member(value, &selector.property)? else {
            return Ok(false);
        };
        for at in from..self.s.applied.len() {
            self.step(1)?;
            let Applied { node, bond } = self.s.applied[at];
            let object = &program.nodes[node].object;
            let named = object.names.find(&selector.property).and_then(|known| object.members[known].node);
            if let Some(child) = named.filter(|_| bond.declares())
                && !self.valid(child, member)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
