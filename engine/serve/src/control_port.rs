//! The hosts of the control plane: reached through the same framing and limits as the APIs. No host has pages yet, so that
//! every request is answered like an unknown path.

use firstclass_decide::{Reason, Refusal};

/// The answer to any request.
#[must_use]
pub fn answer() -> Box<Refusal> {
    Refusal::new(Reason::UnknownOperation)
}
