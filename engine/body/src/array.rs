//! Arrays in one pass.

use crate::error::Syntax;
use crate::object::Cutter;
use crate::pass::{Pass, Stop};
use crate::program::Node;
use crate::scan;
use crate::violation::Path;

impl<'a> Pass<'a, '_> {
    /// Reads the array that opens at `open`; returns the position after it.
    pub(crate) fn array(&mut self, node: &'a Node, open: usize, depth: usize, path: &Path<'_>) -> Result<usize, Stop> {
        let rules = &node.array;
        let input = self.input;
        let mut cutter = Cutter::default();
        let mut items = 0;
        let mut at = scan::whitespace(input, open + 1);
        if scan::peek(input, at)? != b']' {
            loop {
                let child = rules.prefix.get(items).copied().or(rules.items).unwrap_or(self.program.any);
                let (end, fate) = self.value(child, at, depth + 1, &path.index(items))?;
                items += 1;
                cutter.element(self, fate, at, end);
                at = scan::whitespace(input, end);
                match scan::peek(input, at)? {
                    b',' => cutter.comma(self, at),
                    b']' => break,
                    _ => return Err(Stop::from(Syntax::Unexpected)),
                }
                at = scan::whitespace(input, at + 1);
            }
        }
        let count = items as u64;
        if count < rules.min || count > rules.max {
            self.violate(path, if count < rules.min { "minItems" } else { "maxItems" }, node.index)?;
        }
        Ok(at + 1)
    }
}
