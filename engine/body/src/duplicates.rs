//! Names seen in one object, as keyed 64-bit signatures of the unescaped bytes. Two spellings of one name give one
//! signature; a chance collision refuses a document, it never lets a duplicate through.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use ahash::RandomState;

use crate::scan::Text;
use crate::{names, text};

/// Up to here a linear search is faster than a table; beyond, it would be a denial of service.
const LINEAR: usize = 64;

/// Signatures of all open objects, innermost last. An object remembers where its own begin.
#[derive(Debug, Default)]
pub(crate) struct Names {
    signatures: Vec<u64>,
    tables: Vec<(usize, Table)>,
}

type Table = HashSet<u64, BuildHasherDefault<Signature>>;

impl Names {
    #[inline(always)]
    pub fn mark(&self) -> usize {
        self.signatures.len()
    }

    /// Closes the object whose signatures begin at `mark`.
    #[inline(always)]
    pub fn release(&mut self, mark: usize) {
        if self.signatures.len() > mark {
            self.signatures.truncate(mark);
            while self.tables.last().is_some_and(|(base, _)| *base >= mark) {
                self.tables.pop();
            }
        }
    }

    /// False if the object whose signatures begin at `mark` has this one already.
    #[inline]
    pub fn insert(&mut self, mark: usize, signature: u64) -> bool {
        let own = &self.signatures[mark..];
        if own.len() < LINEAR {
            if own.contains(&signature) {
                return false;
            }
        } else if !self.insert_in_table(mark, signature) {
            return false;
        }
        self.signatures.push(signature);
        true
    }

    #[cold]
    fn insert_in_table(&mut self, mark: usize, signature: u64) -> bool {
        if self.tables.last().is_none_or(|(base, _)| *base != mark) {
            self.tables.push((mark, self.signatures[mark..].iter().copied().collect()));
        }
        self.tables.last_mut().is_some_and(|(_, table)| table.insert(signature))
    }

    /// Forgets everything, and gives back what is beyond so many bytes.
    pub fn clear(&mut self, kept: usize) {
        self.signatures.clear();
        self.signatures.shrink_to(kept / size_of::<u64>());
        self.tables.clear();
    }

    pub fn held_bytes(&self) -> usize {
        self.signatures.capacity() * size_of::<u64>()
    }
}

/// Makes signatures. Keyed anew in each process, so that nobody can prepare names that collide.
#[derive(Debug)]
pub(crate) struct Signer {
    keys: [u64; 2],
    long: RandomState,
}

impl Default for Signer {
    fn default() -> Self {
        let long = RandomState::new();
        Signer { keys: [long.hash_one(1u8), long.hash_one(2u8)], long }
    }
}

impl Signer {
    /// The signature of a name, the same for every spelling.
    #[inline]
    pub fn of(&self, input: &[u8], text: Text) -> u64 {
        let raw = &input[text.start..text.end];
        if text.escaped { self.sign(&text::decode(raw)) } else { self.sign(raw) }
    }

    /// The signature of a name that is written without escapes.
    #[inline(always)]
    pub fn sign(&self, name: &[u8]) -> u64 {
        if name.len() > 16 {
            return self.long.hash_one(name);
        }
        let (first, last) = names::ends(name);
        let product = u128::from(first ^ self.keys[0]) * u128::from(last ^ self.keys[1]);
        // Once more with the length, and so that a word that happens to meet its key does not hide the other.
        let both = ((product >> 64) as u64 ^ product as u64 ^ first).wrapping_add(name.len() as u64);
        let mixed = u128::from(both) * u128::from(self.keys[1] | 1);
        (mixed >> 64) as u64 ^ mixed as u64
    }
}

/// Signatures are uniformly distributed already.
#[derive(Default)]
struct Signature(u64);

impl Hasher for Signature {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_is_found_before_and_after_the_table_takes_over() {
        for count in [1, 63, 64, 65, 66, 1000] {
            let mut names = Names::default();
            for signature in 0..count {
                assert!(names.insert(0, signature));
            }
            for signature in 0..count {
                assert!(!names.insert(0, signature), "{signature} of {count}");
            }
        }
    }

    #[test]
    fn names_that_differ_have_signatures_that_differ() {
        let signer = Signer::default();
        let mut signatures = HashSet::new();
        let mut count = 0;
        for length in 0..40 {
            for place in 0..length.max(1) {
                for byte in [b'a', b'b', 0, 0x80] {
                    let mut name = vec![b'x'; length];
                    if let Some(at) = name.get_mut(place) {
                        *at = byte;
                    } else if byte != b'a' {
                        continue;
                    }
                    count += 1;
                    signatures.insert(signer.sign(&name));
                }
            }
        }
        assert_eq!(signatures.len(), count);
    }

    #[test]
    fn nested_objects_do_not_see_each_other() {
        let mut names = Names::default();
        for signature in 0..100 {
            assert!(names.insert(0, signature));
        }
        let inner = names.mark();
        for signature in 0..100 {
            assert!(names.insert(inner, signature));
        }
        names.release(inner);
        assert!(!names.insert(0, 50));
        assert!(names.insert(0, 100));
    }
}
