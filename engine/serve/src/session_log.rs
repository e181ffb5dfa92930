//! The file of sessions: one line for each that began or ended, on disk before anybody is told. It holds no session token,
//! only keyed digests, and whom they speak for sealed (AES-256-GCM), so that nothing of a person is readable in it.
//!
//! A last line torn by a crash was never acknowledged and is cut off. Any other damage sets the file aside: the line that
//! cannot be read may have been the end of a session, so that none is believed and everybody signs in again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_decide::SessionDigest;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::json;

use crate::clock;
use crate::log;

const NAME: &str = "sessions.log";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub digest: SessionDigest,
    /// Unix milliseconds at which it was written.
    pub at: u64,
    /// None: the session ended.
    pub begun: Option<Begun>,
}

/// A session: whom it speaks for (tenant, API and subject, a NUL between), until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub owner: Box<str>,
    pub expires_at: u64,
}

/// The file, open for appending.
pub struct SessionLog {
    path: PathBuf,
    file: File,
    bytes: u64,
    key: LessSafeKey,
    random: SystemRandom,
}

impl std::fmt::Debug for SessionLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SessionLog({})", self.path.display())
    }
}

impl SessionLog {
    /// Open the file in the engine's data directory, and read what it says. `secret` keys the seal.
    ///
    /// # Errors
    /// The file cannot be read or written. Damaged contents are no error.
    pub fn open(root: &Path, secret: &[u8]) -> io::Result<(Self, Vec<Line>)> {
        let path = root.join(NAME);
        let key = seal_key(secret)?;
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines: Option<Vec<Line>> =
            text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|l| read(&key, l)).collect();
        let (lines, bytes) = match lines {
            Some(lines) => (lines, whole as u64),
            None => {
                set_aside(&path)?;
                (Vec::new(), 0)
            }
        };
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        file.sync_all()?;
        File::open(root)?.sync_all()?;
        Ok((Self { path, file, bytes, key, random: SystemRandom::new() }, lines))
    }

    /// How large the file is.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Put lines on disk: they are there when this returns.
    ///
    /// # Errors
    /// None of them is there.
    pub fn append(&mut self, lines: &[Line]) -> io::Result<()> {
        let text = self.text(lines.iter())?;
        let written = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // Half a line must not stay in front of the next one.
            self.file.set_len(self.bytes)?;
            self.file.seek(SeekFrom::Start(self.bytes))?;
            return Err(error);
        }
        self.bytes += text.len() as u64;
        Ok(())
    }

    /// Empty the file, which takes no room on a disk that has none.
    ///
    /// # Errors
    /// It may hold what it held.
    pub fn clear(&mut self) -> io::Result<()> {
        // A handle that takes no writing may be worse than a fresh one.
        self.file.set_len(0).or_else(|_| OpenOptions::new().write(true).open(&self.path)?.set_len(0))?;
        self.bytes = 0;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.sync_all()
    }

    /// Replace the file by these lines alone.
    ///
    /// # Errors
    /// The file is as it was.
    pub fn replace<'a>(&mut self, lines: impl Iterator<Item = &'a Line>) -> io::Result<()> {
        let text = self.text(lines)?;
        let fresh = self.path.with_extension("new");
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&fresh)?;
        let renamed =
            file.write_all(&text).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&fresh, &self.path));
        if let Err(error) = renamed {
            // Half a file takes room that the disk may not have.
            let _ = fs::remove_file(&fresh);
            return Err(error);
        }
        (self.file, self.bytes) = (file, text.len() as u64);
        self.path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
    }

    /// From now on every write fails, as on a disk that is full.
    #[cfg(test)]
    pub fn take_nothing(&mut self) {
        self.file = File::open(&self.path).expect("read only");
    }

    fn text<'a>(&self, lines: impl Iterator<Item = &'a Line>) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        for line in lines {
            let about = about(line);
            let mut sealed = line.begun.as_ref().map_or_else(Vec::new, |begun| begun.owner.as_bytes().to_vec());
            let mut nonce = [0; NONCE_LEN];
            self.random.fill(&mut nonce).map_err(|_| io::Error::other("no randomness"))?;
            self.key
                .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(about.as_bytes()), &mut sealed)
                .map_err(|_| io::Error::other("a line cannot be sealed"))?;
            sealed.splice(0..0, nonce);
            out.extend_from_slice(about.as_bytes());
            out.push(b' ');
            out.extend_from_slice(URL_SAFE_NO_PAD.encode(&sealed).as_bytes());
            out.push(b'\n');
        }
        Ok(out)
    }
}

fn seal_key(secret: &[u8]) -> io::Result<LessSafeKey> {
    let label = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"firstclass session log");
    let key = UnboundKey::new(&AES_256_GCM, label.as_ref()).map_err(|_| io::Error::other("no key to seal with"))?;
    Ok(LessSafeKey::new(key))
}

/// What stands readable in a line, and is sealed with it: `+` or `-`, digest, time, end.
fn about(line: &Line) -> String {
    let digest = URL_SAFE_NO_PAD.encode(line.digest);
    match &line.begun {
        Some(begun) => format!("+ {digest} {} {}", line.at, begun.expires_at),
        None => format!("- {digest} {} 0", line.at),
    }
}

fn read(key: &LessSafeKey, text: &[u8]) -> Option<Line> {
    let text = std::str::from_utf8(text).ok()?;
    let (about, sealed) = text.rsplit_once(' ')?;
    let mut sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, sealed) = sealed.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let owner = key.open_in_place(nonce, Aad::from(about.as_bytes()), sealed).ok()?;
    let mut parts = about.split(' ');
    let (sign, digest) = (parts.next()?, URL_SAFE_NO_PAD.decode(parts.next()?).ok()?);
    let (at, expires_at) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let begun = match sign {
        "+" => Some(Begun { owner: std::str::from_utf8(owner).ok()?.into(), expires_at }),
        "-" => None,
        _ => return None,
    };
    Some(Line { digest: digest.try_into().ok()?, at, begun })
}

fn set_aside(path: &Path) -> io::Result<()> {
    let aside = path.with_extension(format!("log.damaged-{}", clock::unix_milliseconds()));
    fs::rename(path, &aside)?;
    let members = json!({
        "file": NAME, "kept_as": aside.file_name().map(|name| name.to_string_lossy()),
        "hint": "sessions that began before are unknown: their users sign in again",
    });
    log::line("error", "damaged_file", members);
    Ok(())
}

#[cfg(test)]
#[path = "session_log_tests.rs"]
mod tests;
