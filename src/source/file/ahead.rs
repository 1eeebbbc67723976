//! Reads a long file ahead of whoever takes it apart: a thread fetches the next chunks (and inflates them) meanwhile.
//! Bounded: a few chunks, used again and again. The thread ends with the file, or once nobody listens any more.

use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Bytes of one chunk, and how many there are.
const CHUNK: usize = 128 * 1024;
const CHUNKS: usize = 3;
/// Room in front of a chunk's bytes for the rest of the chunk before: a packet that lies in both is not copied whole.
pub(super) const ROOM: usize = 64 * 1024;
/// A file with fewer bytes is read before a thread would be worth it.
const LONG: u64 = 1024 * 1024;

/// Bytes that were fetched: `data[ROOM..end]`.
pub(super) struct Chunk {
    pub data: Vec<u8>,
    pub end: usize,
}

/// The near end of the thread.
pub(super) struct Ahead {
    fetched: Receiver<io::Result<Chunk>>,
    used: SyncSender<Vec<u8>>,
}

/// Whether a file is worth it, on a machine that can do two things at once.
pub(super) fn is_worth_it(file: &std::fs::File) -> bool {
    file.metadata().is_ok_and(|m| m.is_file() && m.len() >= LONG)
        && thread::available_parallelism().is_ok_and(|cores| cores.get() > 1)
}

impl Ahead {
    /// Begins to read.
    pub(super) fn of<R: Read + Send + 'static>(mut reader: R) -> io::Result<Self> {
        let (fetch, fetched) = sync_channel(CHUNKS);
        // One more place: the chunk that is being taken apart comes back before the next is asked for.
        let (used, empty) = sync_channel::<Vec<u8>>(CHUNKS + 1);
        thread::Builder::new().name("read ahead".to_owned()).spawn(move || {
            let new = (0..CHUNKS).map(|_| vec![0; ROOM + CHUNK]);
            for mut data in new.chain(&empty) {
                let read = match once(&mut reader, &mut data[ROOM..]) {
                    Ok(0) => return,
                    read => read.map(|n| Chunk { data, end: ROOM + n }),
                };
                let ends = read.is_err();
                if fetch.send(read).is_err() || ends {
                    return;
                }
            }
        })?;
        Ok(Ahead { fetched, used })
    }

    /// The next bytes, or what went wrong where they should be; `None` at the end.
    pub(super) fn next(&self) -> Option<io::Result<Chunk>> {
        self.fetched.recv().ok()
    }

    /// Gives the memory of a chunk back.
    pub(super) fn reuse(&self, data: Vec<u8>) {
        if data.len() > ROOM {
            // There is room for all of them; a thread that has ended needs none.
            let _ = self.used.try_send(data);
        }
    }
}

/// Reads once; a signal is no reason to stop.
fn once(reader: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(into) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::buffer::Buffer;
    use super::*;

    /// So many bytes, each a different one than its neighbours, then an error or the end.
    struct Bytes(usize, Option<ErrorKind>, usize);

    impl Read for Bytes {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = into.len().min(self.0 - self.2).min(100_000);
            if let (0, Some(kind)) = (n, self.1) {
                return Err(kind.into());
            }
            into[..n].iter_mut().zip(self.2..).for_each(|(to, at)| *to = (at % 251) as u8);
            self.2 += n;
            Ok(n)
        }
    }

    /// Takes pieces of `size` bytes until there are no more; how many bytes there were.
    fn taken(buffer: &mut Buffer, size: usize) -> io::Result<usize> {
        let mut all = 0;
        loop {
            let n = buffer.fill(size)?;
            let right = buffer.waiting()[..n].iter().zip(all..).all(|(byte, at)| *byte == (at % 251) as u8);
            assert!(right, "in the {n} bytes at {all}");
            all += n;
            if n < size {
                return Ok(all);
            }
            buffer.skip(n as u64)?;
        }
    }

    #[test]
    fn every_byte_comes_once_and_in_order_whatever_the_size_of_the_pieces() {
        for size in [1_000, ROOM - 1, ROOM + 7, 3 * CHUNK] {
            let mut buffer = Buffer::ahead(Bytes(5_000_123, None, 0)).expect("a thread");
            assert_eq!(taken(&mut buffer, size).expect("reads"), 5_000_123, "in pieces of {size}");
            assert_eq!(buffer.offset(), (5_000_123 / size * size) as u64);
        }
    }

    #[test]
    fn an_error_comes_where_it_happened() {
        let mut buffer = Buffer::ahead(Bytes(300_000, Some(ErrorKind::PermissionDenied), 0)).expect("a thread");
        assert_eq!(taken(&mut buffer, 1_000).expect_err("fails").kind(), ErrorKind::PermissionDenied);
        assert_eq!(buffer.offset(), 300_000);
    }

    #[test]
    fn a_compressed_stream_that_was_cut_is_good_so_far() {
        let mut buffer = Buffer::ahead(Bytes(300_010, Some(ErrorKind::UnexpectedEof), 0)).expect("a thread");
        assert_eq!(taken(&mut buffer, 1_000).expect("ends"), 300_010);
    }
}
