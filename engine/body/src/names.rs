//! The declared names of one object: a table looked up by a cheap hash, then by length and bytes.

/// Positions are those of the list that the table was made of.
#[derive(Debug, Default)]
pub(crate) struct NameTable {
    names: Vec<Box<[u8]>>,
    /// Position plus one; zero is empty.
    slots: Vec<u32>,
    seed: u64,
}

/// So many seeds are tried for a table without collisions.
const TRIES: u64 = 64;

impl NameTable {
    pub fn new(names: Vec<Box<[u8]>>) -> Self {
        let mut best: Option<(usize, NameTable)> = None;
        if names.is_empty() {
            return NameTable::default();
        }
        let size = (names.len() * 4).next_power_of_two();
        let tries = if names.len() > 1000 { 1 } else { TRIES };
        for seed in 0..tries {
            let mut table =
                NameTable { names: Vec::new(), slots: vec![0; size], seed: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) };
            let collisions: usize = names.iter().enumerate().map(|(at, name)| table.place(name, at)).sum();
            if best.as_ref().is_none_or(|(least, _)| collisions < *least) {
                best = Some((collisions, table));
            }
            if collisions == 0 {
                break;
            }
        }
        let mut table = best.map(|(_, table)| table).unwrap_or_default();
        table.names = names;
        table
    }

    fn place(&mut self, name: &[u8], at: usize) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(name, self.seed) as usize & mask;
        let mut collisions = 0;
        while self.slots[slot] != 0 {
            slot = (slot + 1) & mask;
            collisions += 1;
        }
        self.slots[slot] = at as u32 + 1;
        collisions
    }

    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = hash(name, self.seed) as usize & mask;
        loop {
            let at = *self.slots.get(slot)?;
            if at == 0 {
                return None;
            }
            let at = at as usize - 1;
            if *self.names[at] == *name {
                return Some(at);
            }
            slot = (slot + 1) & mask;
        }
    }

    #[inline(always)]
    pub fn name(&self, at: usize) -> &[u8] {
        &self.names[at]
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.names.len()
    }
}

/// A set of signatures that may say yes to others, and never no to its own.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Filter([u64; 8]);

impl Filter {
    pub fn add(&mut self, signature: u64) {
        self.0[signature as usize >> 6 & 7] |= 1 << (signature & 63);
    }

    #[inline(always)]
    pub fn may_have(&self, signature: u64) -> bool {
        self.0[signature as usize >> 6 & 7] >> (signature & 63) & 1 == 1
    }
}

/// Length, the first and the last eight bytes. The contract chooses the names in the table, so nobody can crowd it.
#[inline(always)]
fn hash(name: &[u8], seed: u64) -> u64 {
    let (first, last) = ends(name);
    let mixed = (first ^ seed).wrapping_mul(0xA24B_AED4_963E_E407)
        ^ (last.wrapping_add(name.len() as u64)).wrapping_mul(0x9FB2_1C65_1E98_DF25);
    (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 32
}

/// Two words that hold all of a name of up to sixteen bytes, given its length, and both ends of a longer one.
#[inline(always)]
pub(crate) fn ends(name: &[u8]) -> (u64, u64) {
    match name.len() {
        0 => (0, 0),
        1..4 => (u64::from(name[0]) << 8 | u64::from(name[name.len() / 2]), u64::from(name[name.len() - 1])),
        4..8 => (u64::from(word4(name, 0)), u64::from(word4(name, name.len() - 4))),
        _ => (word8(name, 0), word8(name, name.len() - 8)),
    }
}

#[inline(always)]
fn word8(name: &[u8], at: usize) -> u64 {
    name.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

#[inline(always)]
fn word4(name: &[u8], at: usize) -> u32 {
    name.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_finds_its_own_position_and_no_other() {
        let names: Vec<Box<[u8]>> = (0..3000).map(|at| format!("prefix_{at}_suffix").into_bytes().into()).collect();
        let table = NameTable::new(names.clone());
        for (at, name) in names.iter().enumerate() {
            assert_eq!(table.find(name), Some(at));
        }
        assert_eq!(table.find(b"prefix_3000_suffix"), None);
        assert_eq!(table.find(b""), None);
    }

    #[test]
    fn short_and_empty_names_and_names_with_nul_are_told_apart() {
        let names: Vec<Box<[u8]>> =
            ["", "a", "b", "ab", "ba", "abc", "a\0", "\0"].iter().map(|name| name.as_bytes().into()).collect();
        let table = NameTable::new(names.clone());
        for (at, name) in names.iter().enumerate() {
            assert_eq!(table.find(name), Some(at));
        }
        assert_eq!(table.find(b"\0\0"), None);
        assert_eq!(NameTable::default().find(b"a"), None);
    }

    #[test]
    fn names_that_agree_at_both_ends_still_differ() {
        let names: Vec<Box<[u8]>> =
            vec![b"12345678-a-12345678".as_slice().into(), b"12345678-b-12345678".as_slice().into()];
        let table = NameTable::new(names);
        assert_eq!(table.find(b"12345678-b-12345678"), Some(1));
        assert_eq!(table.find(b"12345678-c-12345678"), None);
    }
}
