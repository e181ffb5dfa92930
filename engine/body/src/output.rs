//! The rewritten body as it grows. Short spans are copied in one block that may run past their end: what lies behind
//! the end is overwritten by what comes next and never leaves.

const BLOCK: usize = 64;
/// Masks are shorter than what lies between them.
const FILL: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    end: usize,
}

impl Output {
    pub fn written(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    pub fn is_empty(&self) -> bool {
        self.end == 0
    }

    pub fn clear(&mut self) {
        self.end = 0;
    }

    /// Gives memory back that one large body took.
    pub fn shrink(&mut self, most: usize) {
        if self.bytes.len() > most {
            self.bytes = Vec::new();
        }
    }

    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The output of another pass, to be written like one's own.
    pub fn put(&mut self, bytes: Vec<u8>) {
        self.end = bytes.len();
        self.bytes = bytes;
    }

    pub fn take(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.truncate(std::mem::take(&mut self.end));
        bytes
    }

    #[inline(always)]
    fn reserve(&mut self, length: usize) {
        if self.bytes.len() - self.end < length {
            self.grow(length);
        }
    }

    #[cold]
    fn grow(&mut self, length: usize) {
        let wanted = (self.end + length).max(self.bytes.len() * 2).max(1 << 14);
        self.bytes.resize(wanted, 0);
    }

    /// Copies what lies in `input` between `from` and `to`.
    #[inline(always)]
    pub fn copy(&mut self, input: &[u8], from: usize, to: usize) {
        let length = to - from;
        self.reserve(length.max(BLOCK));
        let (target, source) = (&mut self.bytes[self.end..], &input[from..]);
        match (target.first_chunk_mut::<BLOCK>(), source.first_chunk::<BLOCK>()) {
            (Some(target), Some(source)) if length <= BLOCK => *target = *source,
            _ => target[..length].copy_from_slice(&source[..length]),
        }
        self.end += length;
    }

    /// Writes a byte several times.
    #[inline(always)]
    pub fn fill(&mut self, byte: u8, count: usize) {
        self.reserve(count.max(BLOCK));
        let target = &mut self.bytes[self.end..];
        match target.first_chunk_mut::<FILL>() {
            // Not an array of the byte: the compiler would call a function that fills any length.
            Some(target) if count <= FILL => {
                let eight = (u64::from(byte) * 0x0101_0101_0101_0101).to_ne_bytes();
                for to in target.chunks_exact_mut(eight.len()) {
                    to.copy_from_slice(&eight);
                }
            }
            _ => target[..count].fill(byte),
        }
        self.end += count;
    }

    /// Writes a JSON string.
    pub fn string(&mut self, text: &str) {
        let mut written = Vec::with_capacity(text.len() + 2);
        crate::text::append_json_string(&mut written, text);
        self.copy(&written, 0, written.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_and_filled_is_exact_whatever_the_lengths() {
        let input: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let mut output = Output::default();
        let mut expected = Vec::new();
        for round in 0..3 {
            for length in [0, 1, 31, 32, 33, 64, 127, 128, 129, 500] {
                for from in [0, 7, 480, 1000 - length] {
                    output.copy(&input, from, from + length);
                    expected.extend_from_slice(&input[from..from + length]);
                    output.fill(b'*', length % 70);
                    expected.resize(expected.len() + length % 70, b'*');
                }
            }
            output.string("a\"é");
            expected.extend_from_slice("\"a\\\"é\"".as_bytes());
            assert_eq!(output.written(), expected, "round {round}");
        }
        assert_eq!(output.take(), expected);
        assert!(output.is_empty());
    }
}
