//! A lane of the event log: records as JSON lines in segments, at least one an hour (UTC), the oldest removed when all together
//! exceed their bound. `explain` and people read it, while it is written. It lies on this machine's disk: records are
//! kept whether control is there or not.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::appending::Appender;
use crate::clock;
use crate::log;

/// A segment ends at this part of the whole, and with the hour.
const SEGMENTS: u64 = 16;

/// Where records go. One engine writes; any process may read meanwhile.
#[derive(Debug)]
pub struct EventLog {
    directory: PathBuf,
    /// What the names of its segments end in; other logs may lie beside it.
    suffix: &'static str,
    most_bytes: u64,
    /// None: what earlier engines left has not been measured yet.
    written_since_pruning: Option<u64>,
    /// The segment that was written last.
    newest: Option<Segment>,
    appender: Appender,
}

/// A segment by its age: the hour as text, and its number within that.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Segment {
    hour: String,
    number: u32,
    path: PathBuf,
}

impl EventLog {
    /// A log in `directory`, which is made with the first record.
    #[must_use]
    pub fn new(directory: &Path, suffix: &'static str, most_bytes: u64) -> Self {
        Self {
            directory: directory.to_owned(),
            suffix,
            most_bytes,
            written_since_pruning: None,
            newest: None,
            appender: Appender::new(),
        }
    }

    /// Write whole lines: all of them, or none. The end of many lines may wait for [`Self::settle`].
    ///
    /// # Errors
    /// The disk is full, or the directory cannot be written; the log is as it was before.
    pub fn append(&mut self, lines: &[u8], unix_milliseconds: u64) -> io::Result<()> {
        let segment = self.segment(unix_milliseconds)?;
        self.appender.append(&segment.path, lines)?;
        self.newest = Some(segment);
        let written = self.written_since_pruning.unwrap_or(0) + lines.len() as u64;
        let is_due = self.written_since_pruning.is_none() || written > self.most_bytes / SEGMENTS;
        self.written_since_pruning = Some(if is_due { 0 } else { written });
        if is_due && let Err(error) = self.prune() {
            log::line("warning", "events_not_pruned", json!({"problem": error.to_string()}));
        }
        Ok(())
    }

    /// Write what waits, so that the last line stands whole in the log.
    ///
    /// # Errors
    /// As [`Self::append`]; it goes on waiting.
    pub fn settle(&mut self) -> io::Result<()> {
        self.appender.settle()
    }

    /// The hour's newest segment, or a further one where that is full: only whole segments are ever removed.
    fn segment(&mut self, unix_milliseconds: u64) -> io::Result<Segment> {
        let hour = hour_of(unix_milliseconds);
        let most = self.most_bytes / SEGMENTS;
        let has_room = |segment: &Segment| fs::metadata(&segment.path).is_ok_and(|meta| meta.len() < most);
        // The one that is written nearly always, found without reading the directory.
        if let Some(newest) = self.newest.take_if(|newest| newest.hour == hour && has_room(newest)) {
            return Ok(newest);
        }
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        let number = match self.segments()?.into_iter().rfind(|segment| segment.hour == hour) {
            Some(newest) if has_room(&newest) => return Ok(newest),
            newest => newest.map(|newest| newest.number + 1),
        };
        let number_text = number.map_or(String::new(), |number| format!("-{number:05}"));
        let path = self.directory.join(format!("{hour}{number_text}{}", self.suffix));
        Ok(Segment { hour, number: number.unwrap_or(0), path })
    }

    /// All segments, the oldest first. What a person put beside them is none.
    fn segments(&self) -> io::Result<Vec<Segment>> {
        let mut segments = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                segments.extend(parse(entry.path(), self.suffix));
            }
        }
        segments.sort();
        Ok(segments)
    }

    fn prune(&self) -> io::Result<()> {
        let mut segments = self.segments()?;
        let size = |segment: &Segment| fs::metadata(&segment.path).map_or(0, |meta| meta.len());
        let mut total = segments.iter().map(size).sum::<u64>();
        segments.pop();
        let mut problem = Ok(());
        for segment in segments {
            if total <= self.most_bytes {
                break;
            }
            let freed = size(&segment);
            match fs::remove_file(&segment.path) {
                Ok(()) => total -= freed,
                // Others still can be; this one is told of.
                Err(error) => problem = Err(error),
            }
        }
        problem
    }
}

/// `20261124T10`.
fn hour_of(unix_milliseconds: u64) -> String {
    let time = clock::rfc3339(unix_milliseconds);
    time[..13].replace('-', "")
}

fn parse(path: PathBuf, suffix: &str) -> Option<Segment> {
    let stem = path.file_name()?.to_str()?.strip_suffix(suffix)?;
    let (hour, number) = stem.split_once('-').map_or(Some((stem, 0)), |(hour, number)| {
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| number.parse().ok().map(|number| (hour, number)))?
    })?;
    let is_hour = hour.len() == 11 && hour.bytes().all(|byte| byte.is_ascii_digit() || byte == b'T');
    let hour = is_hour.then(|| hour.to_owned())?;
    Some(Segment { hour, number, path })
}

#[cfg(test)]
#[path = "event_log_tests.rs"]
mod tests;
