//! How large a head may be.

/// The most fields that any limit can allow: the size of the tokeniser's scratch space on the stack.
pub const MAX_FIELDS: usize = 256;

/// Limits of one head. What exceeds them is `HeadTooLarge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes of the whole head, start line and empty line included.
    pub bytes: usize,
    /// Field lines; more than [`MAX_FIELDS`] counts as that many.
    pub fields: usize,
    /// Bytes of the request target.
    pub target: usize,
    /// Interim (1xx) answers before the final one.
    pub interim: usize,
}

impl HeadLimits {
    /// What a request from the open internet may have.
    pub const REQUEST: Self = Self { bytes: 16 * 1024, fields: 100, target: 8 * 1024, interim: 0 };
    /// What an origin's answer may have; `bytes` counts its interim answers too.
    pub const RESPONSE: Self = Self { bytes: 64 * 1024, fields: 200, target: 0, interim: 8 };
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self::REQUEST
    }
}
