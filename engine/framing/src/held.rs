//! The held answer: no byte of it leaves before it is decided.
//!
//! The rule is kept by types. Bytes go into [`Held`], and nothing reads them there; the only ways out are
//! [`Held::decided`] and [`Held::rewritten`], which consume it.
//!
//! ```compile_fail,E0599
//! let mut held = firstclass_framing::held::Held::new(Vec::new(), 1024);
//! held.push(b"not decided yet").unwrap();
//! let leak: &[u8] = held.bytes();
//! ```
//!
//! ```compile_fail,E0616
//! let held = firstclass_framing::held::Held::new(Vec::new(), 1024);
//! let leak = held.bytes; // private
//! ```

use crate::error::FramingError;

/// Bytes of an answer that are held unless an operation's settings say otherwise.
pub const DEFAULT_LIMIT: usize = 1024 * 1024;

/// Whether a held answer may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Refuse,
}

/// What became of a held answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Released {
    /// What may leave: the answer as it was pushed, or what its judge made of it.
    Passed(Vec<u8>),
    /// An empty buffer, for the next answer.
    Refused(Vec<u8>),
}

/// An answer on its way in, of which nothing can be read.
pub struct Held {
    bytes: Vec<u8>,
    limit: usize,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("len", &self.bytes.len()).field("limit", &self.limit).finish()
    }
}

impl Held {
    /// Begins an empty answer in a buffer that may have served before.
    pub fn new(mut buffer: Vec<u8>, limit: usize) -> Self {
        buffer.clear();
        Self { bytes: buffer, limit }
    }

    /// Adds to the answer.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), FramingError> {
        if bytes.len() > self.limit - self.bytes.len() {
            return Err(FramingError::HeldTooLarge);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Reserves room for an announced length, but never more than the limit.
    pub fn reserve(&mut self, announced: u64) {
        let room = self.limit - self.bytes.len();
        self.bytes.reserve(usize::try_from(announced).unwrap_or(room).min(room));
    }

    /// Bytes held so far.
    #[inline]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True while nothing is held.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Ends the holding: the answer leaves whole, or not at all.
    #[must_use]
    pub fn decided(mut self, verdict: Verdict) -> Released {
        match verdict {
            Verdict::Pass => Released::Passed(self.bytes),
            Verdict::Refuse => {
                self.bytes.clear();
                Released::Refused(self.bytes)
            }
        }
    }

    /// Ends the holding with a judge that reads the whole answer and returns what may leave in its stead, or None to
    /// refuse it. The second value is the emptied buffer of the held answer.
    #[must_use]
    pub fn rewritten(mut self, judge: impl FnOnce(&[u8]) -> Option<Vec<u8>>) -> (Released, Vec<u8>) {
        let judged = judge(&self.bytes);
        self.bytes.clear();
        (judged.map_or(Released::Refused(Vec::new()), Released::Passed), self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Released, Verdict};
    use crate::error::FramingError;

    #[test]
    fn a_passed_answer_leaves_whole() {
        let mut held = Held::new(b"left over".to_vec(), 10);
        assert!(held.is_empty());
        assert!(held.push(b"hello").is_ok() && held.push(b"world").is_ok());
        assert_eq!(held.decided(Verdict::Pass), Released::Passed(b"helloworld".to_vec()));
    }

    #[test]
    fn a_refused_answer_leaves_nothing() {
        let mut held = Held::new(Vec::new(), 10);
        assert!(held.push(b"secret").is_ok());
        assert!(!format!("{held:?}").contains("secret"));
        assert_eq!(held.decided(Verdict::Refuse), Released::Refused(Vec::new()));
    }

    #[test]
    fn a_judge_decides_what_leaves() {
        let mut held = Held::new(Vec::new(), 10);
        assert!(held.push(b"secret").is_ok());
        let (released, spare) = held.rewritten(|bytes| Some(vec![b'*'; bytes.len()]));
        assert_eq!((released, spare.len()), (Released::Passed(b"******".to_vec()), 0));
        let mut held = Held::new(spare, 10);
        assert!(held.push(b"secret").is_ok());
        assert_eq!(held.rewritten(|_| None).0, Released::Refused(Vec::new()));
    }

    #[test]
    fn the_bound_holds() {
        let mut held = Held::new(Vec::new(), 10);
        assert!(held.push(b"0123456789").is_ok());
        assert_eq!(held.push(b"x"), Err(FramingError::HeldTooLarge));
        assert_eq!(held.len(), 10);
        held.reserve(u64::MAX);
    }
}
