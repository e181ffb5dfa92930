//! The held answer: no byte of it leaves before it is decided.
//!
//! The rule is kept by types. The buffer that an answer was received into goes into [`Held`], and nothing reads its body
//! there; the only way out is [`Held::decided`], which consumes it and calls the judge.
//!
//! ```compile_fail,E0599
//! let held = firstclass_framing::held::Held::new(b"head, body".to_vec(), 6..10, 1024).unwrap();
//! let leak: &[u8] = held.bytes();
//! ```
//!
//! ```compile_fail,E0616
//! let held = firstclass_framing::held::Held::new(b"head, body".to_vec(), 6..10, 1024).unwrap();
//! let leak = held.storage; // private
//! ```

use std::ops::Range;

use crate::error::FramingError;

/// Bytes of an answer that are held unless an operation's settings say otherwise.
pub const DEFAULT_LIMIT: usize = 1024 * 1024;

/// Whether a held answer may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it is.
    Pass,
    /// Not as it is: what its judge made of it leaves instead, or nothing.
    Keep,
}

/// An answer whose body lies in one piece in the buffer that it was received into, and of which nothing can be read.
pub struct Held {
    storage: Vec<u8>,
    body: Range<usize>,
}

/// A held answer that was decided.
#[derive(Debug, PartialEq, Eq)]
pub struct Released {
    storage: Vec<u8>,
    body: Range<usize>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("len", &self.body.len()).finish()
    }
}

impl Held {
    /// Holds what `storage` has at `body`; before it lies the head.
    ///
    /// # Errors
    /// [`FramingError::HeldTooLarge`]: the body is longer than `limit`, or the storage ends within it.
    pub fn new(storage: Vec<u8>, body: Range<usize>, limit: usize) -> Result<Self, FramingError> {
        if body.len() > limit || storage.get(body.clone()).is_none() {
            return Err(FramingError::HeldTooLarge);
        }
        Ok(Self { storage, body })
    }

    /// Ends the holding: the judge is given what lies before the body, and the body, and says whether it leaves as it is.
    #[must_use]
    pub fn decided(self, judge: impl FnOnce(&[u8], &[u8]) -> Verdict) -> Released {
        let Self { storage, body } = self;
        match judge(&storage[..body.start], &storage[body.clone()]) {
            Verdict::Pass => Released { storage, body },
            Verdict::Keep => Released { storage, body: 0..0 },
        }
    }
}

impl Released {
    /// The body if it may leave as it is, else nothing.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.storage[self.body.clone()]
    }

    /// The buffer, for the next answer.
    #[must_use]
    pub fn into_storage(self) -> Vec<u8> {
        self.storage
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Verdict};
    use crate::error::FramingError;

    fn held() -> Held {
        Held::new(b"head secret and more".to_vec(), 5..11, 6).expect("it is within the bound")
    }

    #[test]
    fn a_passed_answer_leaves_whole() {
        let released = held().decided(|head, body| {
            assert_eq!((head, body), (&b"head "[..], &b"secret"[..]));
            Verdict::Pass
        });
        assert_eq!(released.body(), b"secret");
        assert_eq!(released.into_storage(), b"head secret and more");
    }

    #[test]
    fn a_kept_answer_leaves_nothing() {
        assert!(!format!("{:?}", held()).contains("secret"));
        assert_eq!(held().decided(|_, _| Verdict::Keep).body(), b"");
    }

    #[test]
    fn the_bound_holds() {
        for body in [0..11, 9..15] {
            assert_eq!(Held::new(vec![0; 10], body, 10).err(), Some(FramingError::HeldTooLarge));
        }
        assert!(Held::new(vec![0; 10], 0..10, 10).is_ok());
        assert!(Held::new(vec![0; 10], 0..10, 9).is_err());
    }
}
