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
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = *b"req_00000000-0000-0000-0000-000000000000";
        let mut at = 4;
        for (i, byte) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 15)];
            at += 2;
        }
        text
    }
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
    fn ids_do_not_repeat_within_a_millisecond() {
        let mut ids = RequestIds::new();
        let set: std::collections::HashSet<_> = (0..10_000).map(|_| ids.next(1)).collect();
        assert_eq!(set.len(), 10_000);
    }
}
