//! What the engine keeps across restarts: every accepted frame, on disk before it is confirmed. Bundles are one file each,
//! replaced by rename; the directory is a snapshot and a log of the deltas behind it.
//!
//! A last line torn by a crash was never confirmed and is cut off. Any other damage sets the file aside under another
//! name, for people to look at, and control sends everything again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use firstclass_bundle::directory::{Change, Changes};
use serde_json::json;

use crate::clock;
use crate::error::ServeError;
use crate::frames::{BundleFrame, DirectoryFrame, Verifier};
use crate::log;

/// A log longer than this, and than the snapshot, is folded into the snapshot.
const COMPACT_BYTES: u64 = 4 << 20;

/// The engine's files.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    log: File,
    log_bytes: u64,
    snapshot_bytes: u64,
    /// Frames that are not written yet; they wait here while the disk is full.
    pending: VecDeque<Pending>,
    is_dirty: bool,
}

#[derive(Debug)]
enum Pending {
    Bundle(BundleFrame),
    Snapshot(DirectoryFrame),
    Delta(DirectoryFrame),
}

/// What was found at the start.
#[derive(Debug, Default)]
pub struct Found {
    pub bundles: Vec<BundleFrame>,
    /// APIs that this engine had a bundle of, damaged ones too.
    pub apis: BTreeSet<String>,
    /// Snapshot first, each one believable; empty if there is nothing, or if what there is cannot be believed.
    pub directory: Vec<Changes>,
    /// Wall time in milliseconds at which control last said that this directory is current.
    pub current_at: Option<u64>,
}

impl Disk {
    /// Open the directory, and read and check what is in it.
    ///
    /// # Errors
    /// The directory cannot be made, read or written. Damaged contents are no error.
    pub fn open(root: &Path, verifier: &Verifier) -> Result<(Self, Found), ServeError> {
        let what = || format!("engine data in {}", root.display());
        fs::create_dir_all(root.join("bundles")).map_err(ServeError::io(what()))?;
        let bundles = read_bundles(root, verifier).map_err(ServeError::io(what()))?;
        let mut apis = find_damaged(root).map_err(ServeError::io(what()))?;
        apis.extend(bundles.iter().filter(|frame| frame.payload.is_some()).map(|frame| frame.api.clone()));
        let directory = match read_directory(root, verifier) {
            Ok(directory) => directory,
            Err(Damage::Io(error)) => return Err(ServeError::io(what())(error)),
            Err(Damage::File(name, problem)) => {
                // An older state would forget revocations that were confirmed: nothing of it is used.
                set_aside(
                    root,
                    &["directory.json", "directory.log", "directory.current"],
                    &format!("{name}: {problem}"),
                );
                Vec::new()
            }
        };
        let current_at =
            fs::read_to_string(root.join("directory.current")).ok().and_then(|text| text.trim().parse().ok());
        let (log, log_bytes) = open_log(root).map_err(ServeError::io(what()))?;
        let snapshot_bytes = fs::metadata(root.join("directory.json")).map_or(0, |meta| meta.len());
        let disk =
            Self { root: root.to_owned(), log, log_bytes, snapshot_bytes, pending: VecDeque::new(), is_dirty: false };
        Ok((disk, Found { bundles, apis, directory, current_at }))
    }

    /// This engine's id, made at its first start.
    pub fn engine_id(&self, fresh: impl FnOnce() -> String) -> String {
        let path = self.root.join("id");
        if let Ok(text) = fs::read_to_string(&path)
            && text.trim().starts_with("eng_")
        {
            return text.trim().to_owned();
        }
        let id = fresh();
        if let Err(error) = replace(&path, id.as_bytes()) {
            log::line("warning", "disk", json!({"problem": error.to_string(), "file": "id"}));
        }
        id
    }

    /// Queue a bundle, or its removal, for [`Self::flush`].
    pub fn keep_bundle(&mut self, frame: BundleFrame) {
        self.pending.retain(|pending| !matches!(pending, Pending::Bundle(before) if before.api == frame.api));
        self.pending.push_back(Pending::Bundle(frame));
    }

    /// Queue changes for [`Self::flush`].
    pub fn keep_directory(&mut self, frame: DirectoryFrame, is_snapshot: bool) {
        if is_snapshot {
            self.pending.retain(|pending| matches!(pending, Pending::Bundle(_)));
        }
        self.pending.push_back(if is_snapshot { Pending::Snapshot(frame) } else { Pending::Delta(frame) });
    }

    /// Put everything queued on disk, deltas with one fsync.
    ///
    /// # Errors
    /// Nothing that was queued may be confirmed; the next call tries again.
    pub fn flush(&mut self, verifier: &Verifier) -> io::Result<()> {
        while let Some(pending) = self.pending.pop_front() {
            if let Err(error) = self.write(&pending) {
                self.pending.push_front(pending);
                return Err(error);
            }
        }
        if self.is_dirty {
            self.log.sync_data()?;
            self.is_dirty = false;
        }
        if self.log_bytes > COMPACT_BYTES.max(self.snapshot_bytes) {
            self.compact(verifier)?;
        }
        Ok(())
    }

    /// Remember that control called the directory current at this wall time. Lost in a crash, it only looks older.
    pub fn note_current(&self, unix_milliseconds: u64) {
        let _ = fs::write(self.root.join("directory.current"), unix_milliseconds.to_string());
    }

    fn write(&mut self, pending: &Pending) -> io::Result<()> {
        match pending {
            Pending::Bundle(frame) => {
                let path = self.root.join("bundles").join(file_name(&frame.api));
                replace(&path, &serde_json::to_vec(frame)?)
            }
            Pending::Snapshot(frame) => self.write_snapshot(&serde_json::to_vec(frame)?),
            Pending::Delta(frame) => {
                let mut line = serde_json::to_vec(frame)?;
                line.push(b'\n');
                self.append(&line)
            }
        }
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if let Err(error) = self.log.write_all(line) {
            // Half a line must not stay in front of the next one.
            self.log.set_len(self.log_bytes)?;
            self.log.seek(SeekFrom::Start(self.log_bytes))?;
            return Err(error);
        }
        self.log_bytes += line.len() as u64;
        self.is_dirty = true;
        Ok(())
    }

    fn write_snapshot(&mut self, text: &[u8]) -> io::Result<()> {
        replace(&self.root.join("directory.json"), text)?;
        self.snapshot_bytes = text.len() as u64;
        // A crash before this leaves deltas that the snapshot already contains; reading skips them.
        self.log.set_len(0)?;
        self.log.seek(SeekFrom::Start(0))?;
        self.log.sync_data()?;
        self.log_bytes = 0;
        self.is_dirty = false;
        Ok(())
    }

    /// Fold the log into the snapshot, from what is on disk.
    fn compact(&mut self, verifier: &Verifier) -> io::Result<()> {
        let frames = match read_directory(&self.root, verifier) {
            Ok(frames) => frames,
            Err(Damage::Io(error)) => return Err(error),
            Err(Damage::File(file, problem)) => return Err(io::Error::other(format!("{file}: {problem}"))),
        };
        let (mut to, mut format, mut state) = (0, 1, BTreeMap::new());
        for changes in frames {
            (to, format) = (changes.to, changes.format);
            for change in changes.changes {
                let (key, is_upsert) = key_of(&change);
                if is_upsert {
                    state.insert(key, change)
                } else {
                    state.remove(&key)
                };
            }
        }
        let changes = Changes { format, snapshot: true, from: 0, to, changes: state.into_values().collect() };
        let frame = verifier.seal_own(serde_json::to_string(&changes)?);
        self.write_snapshot(&serde_json::to_vec(&frame)?)
    }
}

fn key_of(change: &Change) -> ((u8, String), bool) {
    match change {
        Change::Application { id, value } => ((0, id.clone()), value.is_some()),
        Change::Credential { id, value } => ((1, id.clone()), value.is_some()),
        Change::Subscription { id, value } => ((2, id.clone()), value.is_some()),
        Change::Issuer { id, value } => ((3, id.clone()), value.is_some()),
        Change::Mode { id, value } => ((4, id.clone()), value.is_some()),
        Change::Plan { id, value } => ((5, id.clone()), value.is_some()),
    }
}

/// Why the directory on disk cannot be used.
enum Damage {
    Io(io::Error),
    File(String, String),
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn read_bundles(root: &Path, verifier: &Verifier) -> io::Result<Vec<BundleFrame>> {
    let mut bundles = Vec::new();
    for entry in fs::read_dir(root.join("bundles"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let frame = serde_json::from_slice::<BundleFrame>(&fs::read(&path)?).map_err(|error| error.to_string());
        match frame {
            Ok(frame) if verifier.is_bundle_signed(&frame) => bundles.push(frame),
            problem => {
                let problem = problem.err().unwrap_or_else(|| "its signature is not control's".to_owned());
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                set_aside(&root.join("bundles"), &[&name], &problem);
            }
        }
    }
    Ok(bundles)
}

/// APIs of which only a damaged bundle is left, set aside now or at an earlier start.
fn find_damaged(root: &Path) -> io::Result<BTreeSet<String>> {
    let mut apis = BTreeSet::new();
    for entry in fs::read_dir(root.join("bundles"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let Some((stem, _)) = name.split_once(".json.damaged-") else { continue };
        if !root.join("bundles").join(format!("{stem}.json")).exists() {
            apis.insert(api_name(stem));
        }
    }
    Ok(apis)
}

fn read_directory(root: &Path, verifier: &Verifier) -> Result<Vec<Changes>, Damage> {
    let damage = |name: &str, problem: String| Damage::File(name.to_owned(), problem);
    let parse = |name: &str, text: &[u8]| -> Result<Changes, Damage> {
        let frame: DirectoryFrame = serde_json::from_slice(text).map_err(|error| damage(name, error.to_string()))?;
        if !verifier.is_directory_signed(&frame) && !verifier.is_own(&frame) {
            return Err(damage(name, "a signature is not control's".to_owned()));
        }
        serde_json::from_str(&frame.payload).map_err(|error| damage(name, error.to_string()))
    };
    let mut frames = Vec::new();
    let mut sequence = 0;
    if let Some(text) = read_if_there(&root.join("directory.json"))? {
        let snapshot = parse("directory.json", &text)?;
        sequence = snapshot.to;
        frames.push(snapshot);
    }
    let Some(log) = read_if_there(&root.join("directory.log"))? else { return Ok(frames) };
    let whole = log.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    for line in log[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let delta = parse("directory.log", line)?;
        if delta.to <= sequence {
            continue;
        }
        if delta.from != sequence {
            return Err(damage("directory.log", format!("the changes after {sequence} are missing")));
        }
        sequence = delta.to;
        frames.push(delta);
    }
    Ok(frames)
}

fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Open the log for appending, without the torn line that a crash may have left at its end.
fn open_log(root: &Path) -> io::Result<(File, u64)> {
    let mut log =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(root.join("directory.log"))?;
    File::open(root)?.sync_all()?;
    let mut bytes = Vec::new();
    log.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1) as u64;
    log.set_len(whole)?;
    log.seek(SeekFrom::Start(whole))?;
    Ok((log, whole))
}

fn set_aside(directory: &Path, names: &[&str], problem: &str) {
    for name in names {
        let aside = format!("{name}.damaged-{}", clock::unix_milliseconds());
        if fs::rename(directory.join(name), directory.join(&aside)).is_ok() {
            let members = json!({"file": name, "kept_as": aside, "problem": problem, "hint": "control sends it again"});
            log::line("error", "damaged_file", members);
        }
    }
}

/// Replace a file as a whole: it is on disk, under its name, when this returns.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// A file name for any API name: letters, digits, `-` and `_` stand for themselves.
fn file_name(api: &str) -> String {
    use std::fmt::Write as _;
    let mut name = String::new();
    for byte in api.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02x}");
        }
    }
    name + ".json"
}

/// What [`file_name`] made a name of, without `.json`.
fn api_name(stem: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = stem.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let digits = more.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        let (byte, after) = match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => (byte, &more[2..]),
            None => (*first, more),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[path = "disk_tests.rs"]
mod tests;
