//! Whole pieces at the end of a file, all or nothing. A large one goes past the page cache, which for what nobody reads
//! again soon costs more than the disk: a page to find, to fill, to write, and to give back, for every four kilobytes.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

/// What goes past the cache begins and ends at multiples of this, in the file and in memory; no disk asks for more.
const BLOCK: usize = 4096;
/// Pieces below go through the cache: one write costs less than three.
const LARGE: usize = 64 * 1024;
/// Most that one write carries past the cache.
const MOST_AT_ONCE: usize = 256 * 1024;

/// Writes to files of one file system.
#[derive(Debug)]
pub struct Appender {
    /// Room for [`MOST_AT_ONCE`] bytes at a multiple of [`BLOCK`]; made with the first large piece.
    room: Vec<u8>,
    /// False where the file system has no way past its cache.
    may_pass: bool,
}

impl Appender {
    /// One that has written nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { room: Vec::new(), may_pass: true }
    }

    /// Append `piece` to the file, which is made where it is absent, for its owner alone.
    ///
    /// # Errors
    /// The disk is full, or the file cannot be written; it is as long as before then.
    pub fn append(&mut self, path: &Path, piece: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let before = file.metadata()?.len();
        let result = match self.open_past(path, piece) {
            Some(past) => self.write_past(&mut file, &past, before, piece),
            None => file.write_all(piece),
        };
        result.inspect_err(|_| {
            // A disk that fills up takes part of it: half a line would spoil the next one.
            let _ = file.set_len(before);
        })
    }

    fn open_past(&mut self, path: &Path, piece: &[u8]) -> Option<File> {
        if !self.may_pass || piece.len() < LARGE {
            return None;
        }
        let past = OpenOptions::new().write(true).custom_flags(libc::O_DIRECT).open(path);
        self.may_pass = !past.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidInput);
        past.ok()
    }

    /// Up to the next block through the cache, whole blocks past it, and the rest through it: no page is written both ways.
    fn write_past(&mut self, file: &mut File, past: &File, before: u64, piece: &[u8]) -> io::Result<()> {
        let first = (before as usize).wrapping_neg() % BLOCK;
        let (first, others) = piece.split_at(first);
        let (mut blocks, last) = others.split_at(others.len() / BLOCK * BLOCK);
        file.write_all(first)?;
        let mut at = before + first.len() as u64;
        while !blocks.is_empty() && self.may_pass {
            let (now, later) = blocks.split_at(blocks.len().min(MOST_AT_ONCE));
            match past.write_all_at(self.aligned(now), at) {
                Ok(()) => (blocks, at) = (later, at + now.len() as u64),
                // This file system says only now that it cannot, or that it cannot go on in the middle of a block.
                Err(error) if error.kind() == ErrorKind::InvalidInput => {
                    self.may_pass = false;
                    file.set_len(at)?;
                }
                Err(error) => return Err(error),
            }
        }
        file.write_all(blocks)?;
        file.write_all(last)
    }

    /// The same bytes where the disk can take them from.
    fn aligned(&mut self, bytes: &[u8]) -> &[u8] {
        if self.room.is_empty() {
            self.room = vec![0; MOST_AT_ONCE + BLOCK];
        }
        let start = self.room.as_ptr().align_offset(BLOCK);
        let room = &mut self.room[start..start + bytes.len()];
        room.copy_from_slice(bytes);
        room
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(name: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("firstclass-appending-{name}-{}", std::process::id()));
        let _ = fs::remove_file(&path);
        path
    }

    fn piece(length: usize, seed: usize) -> Vec<u8> {
        (0..length).map(|index| ((index * 31 + seed) % 251) as u8).collect()
    }

    #[test]
    fn pieces_of_all_sizes_lie_one_after_another() {
        let (path, mut appender, mut expected) = (file("sizes"), Appender::new(), Vec::new());
        let sizes =
            [1, LARGE - 1, LARGE, 3, LARGE + 1, 4095, 0, LARGE + BLOCK, 3 * MOST_AT_ONCE + 17, BLOCK, LARGE, 1 << 20];
        for (seed, length) in sizes.into_iter().enumerate() {
            let piece = piece(length, seed);
            appender.append(&path, &piece).unwrap();
            expected.extend_from_slice(&piece);
            assert_eq!(fs::read(&path).unwrap(), expected, "what is read through the cache meanwhile is all of it");
        }
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_file_system_without_a_way_past_its_cache_gets_the_same_bytes() {
        let (path, mut appender) = (file("cached"), Appender { room: Vec::new(), may_pass: false });
        let pieces = [piece(5, 1), piece(2 * LARGE, 2), piece(LARGE, 3)];
        pieces.iter().for_each(|piece| appender.append(&path, piece).unwrap());
        assert_eq!(fs::read(&path).unwrap(), pieces.concat());
        assert!(appender.room.is_empty());
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_piece_that_has_no_room_leaves_the_file_as_it_was() {
        // The device of no room takes nothing, past its cache or not.
        let mut appender = Appender::new();
        for length in [10, 2 * LARGE] {
            assert!(appender.append(Path::new("/dev/full"), &piece(length, 0)).is_err());
        }
    }
}
