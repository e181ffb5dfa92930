//! Where members were left out of an answer because nobody declared them: told to people while they observe, so that they
//! see what a gateway takes away. Places only, never a value, and few of them: a body may leave out a million.

use firstclass_bundle::SchemaIndex;

use crate::pass::Pass;
use crate::violation::{Path, Violation};

/// The keyword of a member that was left out. It is no fault, and refuses nothing.
pub const LEFT_OUT: &str = "left_out";

/// Places of one body that are told, and members that are looked at for it.
const MOST: usize = 16;
const MOST_LOOKED_AT: usize = 1_000;

impl Pass<'_, '_> {
    /// Notes that the member at `path` is left out, once for all items of a list and all keys of a map. `has_names`: the
    /// contract declares others beside it; where it declares none, the object may be a map, and the name data.
    #[cold]
    pub(crate) fn tell_left_out(&mut self, path: &Path<'_>, schema: SchemaIndex, has_names: bool) {
        self.s.left_out_seen += 1;
        let told = &mut self.s.left_out;
        if told.len() >= MOST || self.s.left_out_seen > MOST_LOOKED_AT {
            return;
        }
        let pointer = path.pattern(has_names);
        if told.iter().all(|known| known.pointer != pointer) {
            told.push(Violation { pointer, keyword: LEFT_OUT, schema });
        }
    }
}
