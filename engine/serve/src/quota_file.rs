//! What callers have spent of their quotas, on the engine's disk: one line for each block, written before it may be spent.
//! Lines name callers by a keyed digest. The last line of a counter is the one that holds.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use ahash::RandomState;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::json;

use crate::clock;
use crate::disk::replace;
use crate::log;

/// Name of the file in the engine's data.
pub const NAME: &str = "quotas.log";

/// Beginning of its first line, which goes on with the seed of its digests and the end of what nobody knows.
const HEADER: &str = "firstclass quotas 1";

/// A file longer than this, and than four times what is in force, is written anew.
const COMPACT_BYTES: u64 = 64 * 1024;
const LINE_BYTES: u64 = 100;

/// A counter as lines name it.
pub type Digest = [u8; 16];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spent {
    /// Window, in seconds since 1970.
    start: u64,
    end: u64,
    leased: u64,
}

/// The open file, and what it says.
#[derive(Debug)]
pub struct QuotaFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    seed: [u8; 16],
    key: hmac::Key,
    /// Windows that had begun before this are closed: the lines about them were damaged.
    closed_before: u64,
    /// The latest time that a line was written at.
    latest: u64,
    spent: HashMap<Digest, Spent, RandomState>,
    /// Lines that are not on the disk yet.
    fresh: Vec<(Digest, Spent)>,
    /// What reached the disk is unknown: the file is written anew before anything else.
    is_doubtful: bool,
}

impl QuotaFile {
    /// Open the file, or begin one. A last line torn by a crash was never granted and is cut off; any other damage sets
    /// the file aside and closes every window that has begun: what was spent in it is not known any more.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn open(root: &Path, now: u64) -> io::Result<Self> {
        let path = root.join(NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::begin(path, fresh_seed()?, 0, now),
            Err(error) => return Err(error),
        };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        match read(&text[..whole]) {
            Ok(contents) => {
                let mut file = OpenOptions::new().read(true).write(true).open(&path)?;
                file.set_len(whole as u64)?;
                file.seek(SeekFrom::End(0))?;
                let Contents { seed, closed_before, latest, spent } = contents;
                let (key, bytes) = (key_of(&seed), whole as u64);
                let (fresh, is_doubtful) = (Vec::new(), false);
                Ok(Self { path, file, bytes, seed, key, closed_before, latest, spent, fresh, is_doubtful })
            }
            Err(line) => {
                let aside = format!("{NAME}.damaged-{}", clock::unix_milliseconds());
                // Never a moment without the file: a crash here must not begin all quotas anew.
                let kept = root.join(&aside);
                fs::hard_link(&path, &kept).or_else(|_| fs::copy(&path, &kept).map(|_| ()))?;
                let hint = "quotas of windows that have begun are refused until these end; to begin them anew instead, \
                            stop the gateway and remove the file";
                let problem = format!("line {line} is not as it was written");
                let members = json!({"file": NAME, "kept_as": aside, "problem": problem, "hint": hint});
                log::line("error", "damaged_file", members);
                Self::begin(path, fresh_seed()?, now.saturating_add(1), now)
            }
        }
    }

    fn begin(path: PathBuf, seed: [u8; 16], closed_before: u64, latest: u64) -> io::Result<Self> {
        let key = key_of(&seed);
        let text = header(&key, &seed, closed_before);
        replace(&path, text.as_bytes())?;
        let file = append_to(&path)?;
        let (bytes, spent) = (text.len() as u64, HashMap::default());
        Ok(Self { path, file, bytes, seed, key, closed_before, latest, spent, fresh: Vec::new(), is_doubtful: false })
    }

    /// The latest time that was seen before this process, in seconds.
    #[must_use]
    pub fn latest(&self) -> u64 {
        self.latest.max(self.closed_before)
    }

    /// What lines call a counter.
    #[must_use]
    pub fn digest(&self, text: &[u8]) -> Digest {
        let mut digest = [0; 16];
        digest.copy_from_slice(&hmac::sign(&self.key, text).as_ref()[..16]);
        digest
    }

    /// How much of a window is written down as spent; None: it is closed, because nobody knows or because it has passed.
    #[must_use]
    pub fn leased(&self, digest: &Digest, start: u64) -> Option<u64> {
        if start < self.closed_before {
            return None;
        }
        match self.spent.get(digest) {
            Some(spent) if spent.start > start => None,
            Some(spent) if spent.start == start => Some(spent.leased),
            _ => Some(0),
        }
    }

    /// Whether another counter fits beside those in force.
    pub fn has_room(&mut self, digest: &Digest, room: usize, now: u64) -> bool {
        if self.spent.len() < room || self.spent.contains_key(digest) {
            return true;
        }
        self.spent.retain(|_, spent| spent.end > now);
        self.spent.len() < room
    }

    /// Says that so much of a window is spent; on the disk after [`Self::commit`].
    pub fn write(&mut self, digest: Digest, (start, end): (u64, u64), leased: u64) {
        self.fresh.push((digest, Spent { start, end, leased }));
    }

    /// Says that less of a window is spent than was leased.
    pub fn give_back(&mut self, digest: Digest, start: u64, spent: u64) {
        if let Some(held) = self.spent.get(&digest).filter(|held| held.start == start && held.leased > spent) {
            self.fresh.push((digest, Spent { leased: spent, ..*held }));
        }
    }

    /// Put what was written on the disk, with one fsync.
    ///
    /// # Errors
    /// Nothing that was written counts, and nothing of it may be granted.
    pub fn commit(&mut self, now: u64) -> io::Result<()> {
        let fresh = std::mem::take(&mut self.fresh);
        if self.is_doubtful {
            self.compact(now)?;
        }
        let mut text = String::new();
        for (digest, spent) in &fresh {
            text.push_str(&line(&self.key, digest, *spent, now));
        }
        if let Err(error) = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data()) {
            self.is_doubtful = true;
            return Err(error);
        }
        self.bytes += text.len() as u64;
        self.latest = self.latest.max(now);
        self.spent.extend(fresh);
        if self.bytes > COMPACT_BYTES.max(4 * LINE_BYTES * self.spent.len() as u64) {
            self.compact(now)?;
        }
        Ok(())
    }

    /// Write the file anew, with what is in force.
    fn compact(&mut self, now: u64) -> io::Result<()> {
        self.spent.retain(|_, spent| spent.end > now);
        let mut text = header(&self.key, &self.seed, self.closed_before);
        for (digest, spent) in &self.spent {
            text.push_str(&line(&self.key, digest, *spent, now));
        }
        replace(&self.path, text.as_bytes())?;
        self.file = append_to(&self.path)?;
        self.bytes = text.len() as u64;
        self.is_doubtful = false;
        Ok(())
    }
}

struct Contents {
    seed: [u8; 16],
    closed_before: u64,
    latest: u64,
    spent: HashMap<Digest, Spent, RandomState>,
}

/// What whole lines say, or the number of the first that is not as it was written.
fn read(text: &[u8]) -> Result<Contents, usize> {
    let before = |end: usize| text[..end].iter().filter(|byte| **byte == b'\n').count();
    let text = std::str::from_utf8(text).map_err(|error| 1 + before(error.valid_up_to()))?;
    let mut lines = text.lines().zip(1usize..);
    let (first, _) = lines.next().ok_or(1usize)?;
    let (seed, closed_before) = read_header(first).ok_or(1usize)?;
    let key = key_of(&seed);
    let mut contents = Contents { seed, closed_before, latest: 0, spent: HashMap::default() };
    for (line, number) in lines {
        let (digest, spent, time) = read_line(&key, line).ok_or(number)?;
        contents.latest = contents.latest.max(time);
        contents.spent.insert(digest, spent);
    }
    Ok(contents)
}

fn read_header(line: &str) -> Option<([u8; 16], u64)> {
    let mut words = line.strip_prefix(HEADER)?.split_ascii_whitespace();
    let seed = bytes(words.next()?)?;
    let closed_before = words.next()?.parse().ok()?;
    (header(&key_of(&seed), &seed, closed_before).trim_end() == line).then_some((seed, closed_before))
}

fn read_line(key: &hmac::Key, text: &str) -> Option<(Digest, Spent, u64)> {
    let mut words = text.split(' ');
    let digest = bytes(words.next()?)?;
    let mut number = || words.next()?.parse::<u64>().ok();
    let (start, end, leased, time) = (number()?, number()?, number()?, number()?);
    let spent = Spent { start, end, leased };
    (line(key, &digest, spent, time).trim_end() == text).then_some((digest, spent, time))
}

fn header(key: &hmac::Key, seed: &[u8; 16], closed_before: u64) -> String {
    sealed(key, format!("{HEADER} {} {closed_before}", hex(seed)))
}

fn line(key: &hmac::Key, digest: &Digest, spent: Spent, time: u64) -> String {
    let Spent { start, end, leased } = spent;
    sealed(key, format!("{} {start} {end} {leased} {time}", hex(digest)))
}

/// The line with a checksum behind it.
fn sealed(key: &hmac::Key, text: String) -> String {
    let sum = hmac::sign(key, text.as_bytes());
    format!("{text} {}\n", hex(&sum.as_ref()[..4]))
}

fn key_of(seed: &[u8; 16]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, seed)
}

fn fresh_seed() -> io::Result<[u8; 16]> {
    let mut seed = [0; 16];
    SystemRandom::new().fill(&mut seed).map_err(|_| io::Error::other("the system gives no randomness"))?;
    Ok(seed)
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).open(path)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A write to memory does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(text: &str) -> Option<[u8; 16]> {
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, at) in bytes.iter_mut().zip((0..32).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
#[path = "quota_file_tests.rs"]
mod tests;
