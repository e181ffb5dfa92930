//! What an exchange works with: parsed heads, decisions and messages in the making. A connection has one only while it is
//! busy, so that idle ones cost little.

use firstclass_decide::Workspace;
use firstclass_framing::{RequestHead, ResponseHead, Target};

/// Storage beyond this is not kept for the next exchange.
const KEPT: usize = 256 * 1024;

/// Memory of one exchange, used again.
#[derive(Debug, Default)]
pub struct Kit {
    pub head: RequestHead,
    pub target: Target,
    pub workspace: Workspace,
    pub answer_head: ResponseHead,
    /// The message that is being written.
    pub out: Vec<u8>,
}

impl Kit {
    /// Ready for another connection; None if it has grown too large to be kept.
    #[must_use]
    pub fn cleaned(mut self: Box<Self>) -> Option<Box<Self>> {
        self.head.reset();
        self.answer_head.reset();
        self.workspace.trim();
        self.out.clear();
        (self.out.capacity() <= KEPT).then_some(self)
    }
}
