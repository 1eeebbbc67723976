//! A window over a stream of bytes: large reads, no copy for what is looked at, bounded.

use std::io::{self, ErrorKind, Read};

use super::ahead::{Ahead, Chunk, ROOM};

/// Bytes asked for at a time.
const CHUNK: usize = 512 * 1024;

pub(super) struct Buffer {
    feed: Feed,
    data: Vec<u8>,
    start: usize,
    end: usize,
    /// Where `start` stands in the stream.
    offset: u64,
    ended: bool,
}

enum Feed {
    /// Read when it is needed.
    Reader(Box<dyn Read + Send>),
    /// Read by a thread meanwhile.
    Ahead(Ahead),
}

impl Buffer {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        Buffer { feed: Feed::Reader(reader), data: vec![0; CHUNK], start: 0, end: 0, offset: 0, ended: false }
    }

    /// The same bytes, read ahead.
    pub(super) fn ahead(reader: impl Read + Send + 'static) -> io::Result<Self> {
        let feed = Feed::Ahead(Ahead::of(reader)?);
        Ok(Buffer { feed, data: Vec::new(), start: 0, end: 0, offset: 0, ended: false })
    }

    /// Reads on until `n` bytes wait, or the stream ends. Gives how many of them wait.
    pub(super) fn fill(&mut self, n: usize) -> io::Result<usize> {
        if self.end - self.start >= n {
            return Ok(n);
        }
        while self.end - self.start < n && !self.ended {
            match self.more(n) {
                Ok(more) => self.ended = !more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // A compressed stream that was cut: what came so far is good.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => self.ended = true,
                Err(error) => return Err(error),
            }
        }
        Ok((self.end - self.start).min(n))
    }

    /// Reads once; whether anything came.
    fn more(&mut self, n: usize) -> io::Result<bool> {
        if let Feed::Ahead(ahead) = &self.feed {
            let Some(chunk) = ahead.next().transpose()? else { return Ok(false) };
            self.append(chunk);
            return Ok(true);
        }
        self.make_room(n);
        let Feed::Reader(reader) = &mut self.feed else { return Ok(false) };
        let read = reader.read(&mut self.data[self.end..])?;
        self.end += read;
        Ok(read > 0)
    }

    /// Moves what waits to the front and makes room for `n` bytes.
    fn make_room(&mut self, n: usize) {
        if self.start > 0 {
            self.data.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.data.len() < n {
            self.data.resize(n.max(CHUNK), 0);
        }
    }

    /// What waits is mostly the beginning of one packet: it moves in front of the chunk, and the chunk stays.
    fn append(&mut self, mut chunk: Chunk) {
        let left = self.end - self.start;
        if left <= ROOM {
            chunk.data[ROOM - left..ROOM].copy_from_slice(&self.data[self.start..self.end]);
            std::mem::swap(&mut self.data, &mut chunk.data);
            (self.start, self.end) = (ROOM - left, chunk.end);
        } else {
            let new = &chunk.data[ROOM..chunk.end];
            self.make_room(left + new.len());
            self.data[left..left + new.len()].copy_from_slice(new);
            self.end = left + new.len();
        }
        if let Feed::Ahead(ahead) = &self.feed {
            ahead.reuse(chunk.data);
        }
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

impl Read for Buffer {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Feed::Reader(reader) = &mut self.feed
            && self.start == self.end
            && into.len() >= CHUNK / 4
        {
            return reader.read(into); // no need to stop here
        }
        if self.fill(1)? == 0 {
            return Ok(0);
        }
        let n = self.waiting().len().min(into.len());
        into[..n].copy_from_slice(&self.waiting()[..n]);
        self.skip(n as u64)?;
        Ok(n)
    }
}
