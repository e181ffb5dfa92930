//! Where members were left out of an answer because nobody declared them: told to people while they observe, so that they
//! see what a gateway takes away. Places only, never a value, and few of them: a body may leave out a million.

use firstclass_bundle::SchemaIndex;

use crate::pass::Pass;
use crate::violation::{Path, Violation};

/// The keyword of a member that was left out. It is no fault, and refuses nothing.
pub const LEFT_OUT: &str = "left_out";

/// Places of one body that are told.
const MOST: usize = 16;

impl Pass<'_, '_> {
    /// Notes that the member at `path` is left out, once for all items of a list and all keys of a map.
    #[cold]
    pub(crate) fn tell_left_out(&mut self, path: &Path<'_>, schema: SchemaIndex) {
        let told = &mut self.s.left_out;
        if told.len() >= MOST {
            return;
        }
        let pointer = path.pattern();
        if told.iter().all(|known| known.pointer != pointer) {
            told.push(Violation { pointer, keyword: LEFT_OUT, schema });
        }
    }
}
