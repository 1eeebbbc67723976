//! A window over a stream of bytes: large reads, no copy for what is looked at, bounded.

use std::io::{self, ErrorKind, Read};

/// Bytes asked for at a time.
const CHUNK: usize = 512 * 1024;

pub(super) struct Buffer {
    reader: Box<dyn Read>,
    data: Vec<u8>,
    start: usize,
    end: usize,
    /// Where `start` stands in the stream.
    offset: u64,
    ended: bool,
}

impl Buffer {
    pub(super) fn new(reader: Box<dyn Read>) -> Self {
        Buffer { reader, data: vec![0; CHUNK], start: 0, end: 0, offset: 0, ended: false }
    }

    /// Reads on until `n` bytes wait, or the stream ends. Gives how many of them wait.
    pub(super) fn fill(&mut self, n: usize) -> io::Result<usize> {
        if self.end - self.start >= n {
            return Ok(n);
        }
        if self.start > 0 {
            self.data.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.data.len() < n {
            self.data.resize(n.max(CHUNK), 0);
        }
        while self.end < n && !self.ended {
            match self.reader.read(&mut self.data[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // A compressed stream that was cut: what came so far is good.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => self.ended = true,
                Err(error) => return Err(error),
            }
        }
        Ok(self.end.min(n))
    }

    /// The bytes that wait.
    pub(super) fn waiting(&self) -> &[u8] {
        &self.data[self.start..self.end]
    }

    /// Steps over `n` bytes, waiting or not; gives whether the stream had so many.
    pub(super) fn skip(&mut self, mut n: u64) -> io::Result<bool> {
        loop {
            let here = n.min((self.end - self.start) as u64);
            self.start += here as usize;
            self.offset += here;
            n -= here;
            if n == 0 {
                return Ok(true);
            }
            if self.fill(1)? == 0 {
                return Ok(false);
            }
        }
    }

    /// Where the next byte stands in the stream.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }
}
