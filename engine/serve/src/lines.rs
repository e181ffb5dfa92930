//! Lines of bounded length from the link.

use std::io;

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::OwnedReadHalf;

/// No frame is longer.
const LONGEST: usize = 64 << 20;
/// A buffer that grew beyond this for one frame is given back.
const KEPT: usize = 1 << 20;

/// Reads lines.
#[derive(Debug)]
pub struct Lines {
    read: OwnedReadHalf,
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// No line end lies between `start` and here.
    searched: usize,
}

impl Lines {
    /// Lines from the beginning.
    #[must_use]
    pub fn new(read: OwnedReadHalf) -> Self {
        Self { read, bytes: Vec::new(), start: 0, searched: 0 }
    }

    /// Wait for a whole line; false at the end. Can be dropped and called again without losing a byte.
    ///
    /// # Errors
    /// The stream broke, or a line is too long.
    pub async fn wait(&mut self) -> io::Result<bool> {
        while !self.bytes[self.searched..].contains(&b'\n') {
            self.searched = self.bytes.len();
            if self.start > 0 {
                self.bytes.drain(..self.start);
                self.searched -= self.start;
                self.start = 0;
            }
            if self.bytes.is_empty() && self.bytes.capacity() > KEPT {
                self.bytes = Vec::new();
            }
            if self.bytes.len() > LONGEST {
                return Err(io::Error::other("a frame is longer than 64 MiB"));
            }
            self.bytes.reserve(64 * 1024);
            if self.read.read_buf(&mut self.bytes).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The next whole line that is already here, without its end.
    pub fn next(&mut self) -> Option<&[u8]> {
        let length = self.bytes[self.start..].iter().position(|byte| *byte == b'\n')?;
        let line = self.start..self.start + length;
        self.start = line.end + 1;
        self.searched = self.start;
        Some(&self.bytes[line])
    }
}
