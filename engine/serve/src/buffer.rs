//! Bytes that were read from a socket and wait to be understood.

use std::ops::Range;

/// A buffer that is filled at its end and consumed at its beginning. What it holds does not move while it is looked at.
#[derive(Debug, Default)]
pub struct Buffer {
    /// Always initialised as far as it is long, so that a read needs no clearing.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// A buffer in `bytes`, which may have served before; its contents do not matter.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, start: 0, end: 0 }
    }

    /// What was read and not consumed.
    #[must_use]
    pub fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Forget the first `count` bytes; what lies behind them stays where it is.
    pub fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Forget `count` bytes that lie `at` bytes behind the beginning; what is behind them moves up.
    pub fn remove(&mut self, at: usize, count: usize) {
        let from = (self.start + at).min(self.end);
        let to = (from + count).min(self.end);
        self.bytes.copy_within(to..self.end, from);
        self.end -= to - from;
    }

    /// Move the bytes at `piece` down to `to`, behind the beginning; what lay there is overwritten.
    pub fn move_down(&mut self, piece: Range<usize>, to: usize) {
        if piece.start != to {
            let from = (self.start + piece.start).min(self.end)..(self.start + piece.end).min(self.end);
            self.bytes.copy_within(from, self.start + to);
        }
    }

    /// Go on in `bytes`, which is longer; what is held moves there. The storage so far comes back.
    #[must_use]
    pub fn change_storage(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        let held = self.end - self.start;
        bytes[..held].copy_from_slice(&self.bytes[self.start..self.end]);
        (self.start, self.end) = (0, held);
        std::mem::replace(&mut self.bytes, bytes)
    }

    /// Forget everything.
    pub fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Make room for at least `count` more bytes. Moves what is held: offsets from [`Self::filled`]'s beginning stay right.
    pub fn reserve(&mut self, count: usize) {
        if self.bytes.len() - self.end >= count {
            return;
        }
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.bytes.len() - self.end < count {
            let length = (self.end + count).max(self.bytes.len() * 2);
            self.bytes.resize(length, 0);
        }
    }

    /// The room behind what is held.
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.bytes[self.end..]
    }

    /// `count` bytes of [`Self::room`] have been filled.
    pub fn fill(&mut self, count: usize) {
        self.end = (self.end + count).min(self.bytes.len());
    }

    /// How much it can hold before it grows.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// The storage, for the next user.
    #[must_use]
    pub fn into_storage(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_survives_growth_and_consumption() {
        let mut buffer = Buffer::default();
        buffer.reserve(4);
        buffer.room()[..4].copy_from_slice(b"abcd");
        buffer.fill(4);
        buffer.consume(2);
        buffer.reserve(100);
        assert!(buffer.room().len() >= 100);
        assert_eq!(buffer.filled(), b"cd");
        buffer.consume(2);
        assert!(buffer.is_empty());
    }

    #[test]
    fn pieces_are_joined_and_storage_is_changed() {
        let mut buffer = Buffer::new(b"xhead3\r\nabc3\r\ndef".to_vec());
        buffer.fill(17);
        buffer.consume(1);
        buffer.move_down(7..10, 4);
        buffer.move_down(13..16, 7);
        assert!(buffer.filled().starts_with(b"headabcdef"));
        assert_eq!(buffer.change_storage(vec![0; 32]).len(), 17);
        assert!(buffer.filled().starts_with(b"headabcdef") && buffer.capacity() == 32);
    }

    #[test]
    fn bytes_are_removed_from_the_middle() {
        let mut buffer = Buffer::new(b"abcdef".to_vec());
        buffer.fill(6);
        buffer.consume(1);
        buffer.remove(1, 2);
        assert_eq!(buffer.filled(), b"bef");
        buffer.remove(2, 9);
        assert_eq!(buffer.filled(), b"be");
    }
}
