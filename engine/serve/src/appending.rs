//! Whole pieces at the end of a file, all or nothing. A large one goes past the page cache, which for what nobody reads
//! again soon costs more than the disk: a page to find, to fill, to write, and to give back, for every four kilobytes.
//! Only whole blocks can go there; what is left of one waits for the next piece.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What goes past the cache begins and ends at multiples of this, in the file and in memory; no disk asks for more.
const BLOCK: usize = 4096;
/// Pieces below go through the cache: one write costs less than three.
const LARGE: usize = 64 * 1024;
/// Most that one write carries past the cache.
const MOST_AT_ONCE: usize = 512 * 1024;

/// Appends to a file, and to another one after that.
#[derive(Debug)]
pub struct Appender {
    /// Room for [`MOST_AT_ONCE`] bytes at a multiple of [`BLOCK`]; made with the first large piece.
    room: Vec<u8>,
    /// False where the file system has no way past its cache.
    may_pass: bool,
    /// The end of what was appended, less than a block of it, that is not in the file yet.
    rest: Vec<u8>,
    /// The file that was appended to last.
    path: PathBuf,
    /// It, since it was last settled.
    open: Option<Open>,
    /// It, whatever lies at the path now.
    identity: Option<(u64, u64)>,
}

/// A file that is appended to.
#[derive(Debug)]
struct Open {
    file: File,
    /// The same past the cache, if a large piece asked for it.
    past: Option<File>,
    /// Device and number: another file may come in its place.
    identity: (u64, u64),
}

impl Open {
    fn new(path: &Path, makes: bool) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).create(makes).mode(0o600).open(path)?;
        let there = file.metadata()?;
        Ok(Self { file, past: None, identity: (there.dev(), there.ino()) })
    }

    fn is_at(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|there| (there.dev(), there.ino()) == self.identity)
    }
}

impl Appender {
    /// One that has written nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { room: Vec::new(), may_pass: true, rest: Vec::new(), path: PathBuf::new(), open: None, identity: None }
    }

    /// Append `piece` to the file, which is made where it is absent, for its owner alone. The end of it may wait for the
    /// next piece, or for [`Self::settle`]; until then the file stays open.
    ///
    /// # Errors
    /// The disk is full, or the file cannot be written: nothing of `piece` is in it, or will be.
    pub fn append(&mut self, path: &Path, piece: &[u8]) -> io::Result<()> {
        if path != self.path {
            self.settle()?;
            path.clone_into(&mut self.path);
        }
        let open = self.open(piece.len() >= LARGE, true)?;
        self.write(open, piece)
    }

    /// Write what waits, and let go of the file.
    ///
    /// # Errors
    /// As [`Self::append`]; it goes on waiting.
    pub fn settle(&mut self) -> io::Result<()> {
        if !self.rest.is_empty() {
            match self.open(false, false) {
                Ok(open) => self.write(open, &[])?,
                // Somebody has removed the file, and the line's beginning with it.
                Err(error) if error.kind() == ErrorKind::NotFound => self.rest.clear(),
                Err(error) => return Err(error),
            }
        }
        self.open = None;
        Ok(())
    }

    /// The file at the path, which may be another one than before.
    fn open(&mut self, is_large: bool, makes: bool) -> io::Result<Open> {
        let wants_past = is_large && self.may_pass;
        // Held until the next one is open: a file that was removed gives its number to no other meanwhile.
        let held = match self.open.take() {
            Some(open) if (open.past.is_some() || !wants_past) && open.is_at(&self.path) => return Ok(open),
            held => held,
        };
        let mut open = Open::new(&self.path, makes)?;
        drop(held);
        if wants_past {
            let past = OpenOptions::new().write(true).custom_flags(libc::O_DIRECT).open(&self.path);
            self.may_pass = !past.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidInput);
            open.past = past.ok();
        }
        Ok(open)
    }

    /// What waits, and `piece`: all of it, or none.
    fn write(&mut self, mut open: Open, piece: &[u8]) -> io::Result<()> {
        let before = open.file.metadata()?.len();
        let is_other = self.identity != Some(open.identity);
        // What waits is the end of a line that began in the file before; here it would be half a line.
        let theirs = if is_other { std::mem::take(&mut self.rest) } else { Vec::new() };
        let written = if is_other { begin_line(&mut open.file, before) } else { Ok(before) };
        let rest = written.and_then(|at| self.write_at(&mut open, at, piece));
        // A disk that fills up takes part of it: half a line would spoil the next one.
        let rest = rest.inspect_err(|_| {
            drop(open.file.set_len(before));
            if is_other {
                self.rest.clone_from(&theirs);
            }
        })?;
        self.rest.clear();
        self.rest.extend_from_slice(&piece[piece.len() - rest..]);
        self.identity = Some(open.identity);
        self.open = Some(open);
        Ok(())
    }

    /// The same at the end of the file, which is at `at`; how much of it is left to wait.
    fn write_at(&mut self, open: &mut Open, at: u64, piece: &[u8]) -> io::Result<usize> {
        let Open { file, past, .. } = open;
        match past.as_ref().filter(|_| self.may_pass && piece.len() >= LARGE) {
            Some(past) => self.write_past(file, past, at, piece),
            None => file.write_all(&self.rest).and_then(|()| file.write_all(piece)).map(|()| 0),
        }
    }

    /// Write what waits and `piece`, up to the last whole block; how much of it is left then. No page is written both past
    /// the cache and through it: where the file does not end with a block, this begins with what is missing.
    fn write_past(&mut self, file: &mut File, past: &File, before: u64, piece: &[u8]) -> io::Result<usize> {
        let (mut at, mut waiting, mut left) = (before, self.rest.len(), piece);
        if before % BLOCK as u64 != 0 {
            file.write_all(&self.rest)?;
            at += waiting as u64;
            waiting = 0;
            let first;
            (first, left) = piece.split_at((at as usize).wrapping_neg() % BLOCK);
            file.write_all(first)?;
            at += first.len() as u64;
        }
        while waiting + left.len() >= BLOCK {
            let whole = ((waiting + left.len()) / BLOCK * BLOCK).min(MOST_AT_ONCE);
            let (now, later) = left.split_at(whole - waiting);
            match past.write_all_at(self.aligned(waiting, now), at) {
                Ok(()) => (at, waiting, left) = (at + whole as u64, 0, later),
                // This file system says only now that it cannot, or that it cannot go on in the middle of a block.
                Err(error) if error.kind() == ErrorKind::InvalidInput => {
                    self.may_pass = false;
                    file.set_len(at)?;
                    file.write_all(&self.rest[..waiting])?;
                    file.write_all(left)?;
                    return Ok(0);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(left.len())
    }

    /// So much of what waits, and the bytes behind it, where the disk can take them from.
    fn aligned(&mut self, waiting: usize, bytes: &[u8]) -> &[u8] {
        if self.room.is_empty() {
            self.room = vec![0; MOST_AT_ONCE + BLOCK];
        }
        let start = self.room.as_ptr().align_offset(BLOCK);
        let room = &mut self.room[start..start + waiting + bytes.len()];
        room[..waiting].copy_from_slice(&self.rest[..waiting]);
        room[waiting..].copy_from_slice(bytes);
        room
    }
}

/// Ends a line that an earlier process was killed in, so that the next one is not lost with it; where the file ends then.
fn begin_line(file: &mut File, end: u64) -> io::Result<u64> {
    let mut last = [b'\n'];
    if end > 0 {
        file.read_exact_at(&mut last, end - 1)?;
    }
    if last == [b'\n'] {
        return Ok(end);
    }
    file.write_all(b"\n")?;
    Ok(end + 1)
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

    const SIZES: [usize; 13] = [
        1,
        LARGE - 1,
        LARGE,
        3,
        LARGE + 1,
        4095,
        0,
        LARGE + BLOCK,
        3 * MOST_AT_ONCE + 17,
        BLOCK,
        LARGE,
        1 << 20,
        LARGE + 5,
    ];

    #[test]
    fn pieces_of_all_sizes_lie_one_after_another() {
        for settles in [true, false] {
            let (path, mut appender, mut expected) = (file("sizes"), Appender::new(), Vec::new());
            for (seed, length) in SIZES.into_iter().chain(SIZES.into_iter().rev()).enumerate() {
                let piece = piece(length, seed);
                appender.append(&path, &piece).unwrap();
                expected.extend_from_slice(&piece);
                if settles {
                    appender.settle().unwrap();
                    assert_eq!(fs::read(&path).unwrap(), expected, "what is read through the cache is all of it");
                }
                assert_eq!([fs::read(&path).unwrap(), appender.rest.clone()].concat(), expected);
                assert!(appender.rest.len() < BLOCK);
            }
            appender.settle().unwrap();
            assert_eq!(fs::read(&path).unwrap(), expected);
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn what_waits_goes_to_its_own_file_before_another_one_is_begun() {
        let (one, other, mut appender) = (file("one"), file("other"), Appender::new());
        let pieces = [piece(LARGE + 7, 1), piece(LARGE + 9, 2)];
        appender.append(&one, &pieces[0]).unwrap();
        appender.append(&other, &pieces[1]).unwrap();
        appender.settle().unwrap();
        assert_eq!([fs::read(&one).unwrap(), fs::read(&other).unwrap()], pieces);
        fs::remove_file(&one).unwrap();
        fs::remove_file(&other).unwrap();
    }

    #[test]
    fn what_waits_for_a_file_that_was_removed_is_forgotten() {
        let (path, mut appender) = (file("removed"), Appender::new());
        appender.append(&path, &piece(LARGE + 7, 1)).unwrap();
        fs::remove_file(&path).unwrap();
        appender.settle().unwrap();
        assert!(appender.rest.is_empty() && !path.exists());
    }

    #[test]
    fn a_line_that_another_process_was_killed_in_stays_alone() {
        for length in [5, LARGE + 7] {
            let (path, mut appender) = (file("torn"), Appender::new());
            fs::write(&path, "whole\nhal").unwrap();
            let piece = piece(length, 1);
            appender.append(&path, &piece).unwrap();
            appender.append(&path, b"and more").unwrap();
            appender.settle().unwrap();
            assert_eq!(fs::read(&path).unwrap(), [b"whole\nhal\n", &piece[..], b"and more"].concat());
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn the_end_of_a_line_does_not_go_into_another_file_that_came_in_its_place() {
        let (path, mut appender) = (file("rotated"), Appender::new());
        appender.append(&path, &piece(LARGE + 7, 1)).unwrap();
        assert!(!appender.rest.is_empty());
        fs::remove_file(&path).unwrap();
        appender.append(&path, b"a line\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"a line\n");
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_file_system_without_a_way_past_its_cache_gets_the_same_bytes() {
        let (path, mut appender) = (file("cached"), Appender { may_pass: false, ..Appender::new() });
        let pieces = [piece(5, 1), piece(2 * LARGE, 2), piece(LARGE, 3)];
        pieces.iter().for_each(|piece| appender.append(&path, piece).unwrap());
        assert_eq!(fs::read(&path).unwrap(), pieces.concat());
        assert!(appender.room.is_empty() && appender.rest.is_empty());
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_waits_outlives_a_piece_that_has_no_room() {
        let (path, mut appender) = (file("full"), Appender::new());
        let first = piece(LARGE + 7, 1);
        appender.append(&path, &first).unwrap();
        let waiting = appender.rest.clone();
        // The device of no room takes nothing, past its cache or not; it comes in the place of the file.
        fs::rename(&path, path.with_extension("aside")).unwrap();
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        for length in [10, 2 * LARGE] {
            assert!(appender.append(&path, &piece(length, 0)).is_err());
        }
        assert_eq!(appender.rest, waiting);
        fs::rename(path.with_extension("aside"), &path).unwrap();
        appender.settle().unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
        fs::remove_file(&path).unwrap();
    }
}
