//! Request ids: `req_` and a UUIDv7 (RFC 9562 §5.7), with random bits bought from the system a block at a time.

use ring::rand::{SecureRandom as _, SystemRandom};

/// Length of the text form.
pub const LENGTH: usize = 40;

/// A request id as the 16 bytes of its UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 16]);

/// Source of request ids for one worker.
#[derive(Debug)]
pub struct RequestIds {
    random: SystemRandom,
    block: [u8; 1024],
    used: usize,
}

impl RequestIds {
    /// A source whose first id buys the first block.
    #[must_use]
    pub fn new() -> Self {
        Self { random: SystemRandom::new(), block: [0; 1024], used: 1024 }
    }

    /// A new id for a request that began at `unix_milliseconds`.
    pub fn next(&mut self, unix_milliseconds: u64) -> RequestId {
        if self.used + 10 > self.block.len() {
            // Without randomness ids would repeat; the clock and the old block still tell requests apart.
            let _ = self.random.fill(&mut self.block);
            self.used = 0;
        }
        let mut id = [0; 16];
        id[..6].copy_from_slice(&unix_milliseconds.to_be_bytes()[2..]);
        id[6..].copy_from_slice(&self.block[self.used..self.used + 10]);
        self.used += 10;
        id[6] = id[6] & 0x0f | 0x70;
        id[8] = id[8] & 0x3f | 0x80;
        RequestId(id)
    }
}

impl Default for RequestIds {
    fn default() -> Self {
        Self::new()
    }
}

impl RequestId {
    /// `req_0192f0c1-…`.
    #[must_use]
    pub fn text(self) -> [u8; LENGTH] {
        let mut text = *b"req_00000000-0000-0000-0000-000000000000";
        let word = |at: usize| hexadecimal([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]]);
        let [first, second, third, fourth] = [word(0), word(4), word(8), word(12)];
        text[4..12].copy_from_slice(&first);
        text[13..17].copy_from_slice(&second[..4]);
        text[18..22].copy_from_slice(&second[4..]);
        text[23..27].copy_from_slice(&third[..4]);
        text[28..32].copy_from_slice(&third[4..]);
        text[32..].copy_from_slice(&fourth);
        text
    }
}

/// Eight digits at once: every nibble in a byte of its own, then to its letter.
fn hexadecimal(bytes: [u8; 4]) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let spread = u64::from(u32::from_be_bytes(bytes));
    let spread = (spread | spread << 16) & 0x0000_ffff_0000_ffff;
    let spread = (spread | spread << 8) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (spread | spread << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = (nibbles + ONES * 6) >> 4 & ONES;
    (nibbles + ONES * u64::from(b'0') + letters * u64::from(b'a' - b'0' - 10)).to_be_bytes()
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_the_form_of_a_uuid_of_version_7() {
        let text = RequestIds::new().next(0x0192_f0c1_a2b3).to_string();
        assert!(text.starts_with("req_0192f0c1-a2b3-7"), "{text}");
        assert_eq!((text.len(), &text[22..23]), (LENGTH, "-"));
        assert!(matches!(text.as_bytes()[23], b'8' | b'9' | b'a' | b'b'), "{text}");
    }

    #[test]
    fn digits_are_those_of_the_formatting_machinery() {
        for number in [0, 1, 0x0123_4567, 0x89ab_cdef, 0x9a9a_f00f, u32::MAX] {
            assert_eq!(hexadecimal(number.to_be_bytes()), *format!("{number:08x}").as_bytes());
        }
    }

    #[test]
    fn ids_do_not_repeat_within_a_millisecond() {
        let mut ids = RequestIds::new();
        let set: std::collections::HashSet<_> = (0..10_000).map(|_| ids.next(1)).collect();
        assert_eq!(set.len(), 10_000);
    }
}
