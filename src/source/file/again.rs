//! Reads packets of a file again, in any order, by the place where they stand. One that follows the last is mostly in
//! memory already. Not here: what a record says (`pcap`, `pcapng`): whoever asks has kept that.

use std::fs::File;
use std::io;

/// Bytes read at once where packets are read one after another, and where they are not.
const AHEAD: usize = 256 * 1024;
const ALONE: usize = 2 * 1024;

/// A second reader of a capture file.
#[derive(Debug)]
pub struct Again {
    file: File,
    window: Vec<u8>,
    /// Where the window stands in the file.
    at: u64,
}

impl Again {
    /// Opens the file at `path` once more.
    ///
    /// # Errors
    /// It cannot be opened any more.
    pub fn open(path: &str) -> io::Result<Self> {
        Ok(Again { file: File::open(path)?, window: Vec::new(), at: 0 })
    }

    /// The `length` bytes at `offset`.
    ///
    /// # Errors
    /// The file is shorter now, or cannot be read.
    pub fn read(&mut self, offset: u64, length: usize) -> io::Result<&[u8]> {
        let end = self.at + self.window.len() as u64;
        if offset < self.at || offset + length as u64 > end {
            // Shortly behind what was read last: the next ones will be wanted, too.
            let follows = (self.at..=end + ALONE as u64).contains(&offset) && !self.window.is_empty();
            self.fill(offset, if follows { AHEAD } else { ALONE }.max(length), length)?;
        }
        let begin = (offset - self.at) as usize;
        self.window.get(begin..begin + length).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn fill(&mut self, offset: u64, wanted: usize, least: usize) -> io::Result<()> {
        self.window.resize(wanted, 0);
        self.at = offset;
        let mut have = 0;
        while have < least {
            match read_at(&self.file, &mut self.window[have..], offset + have as u64) {
                Ok(0) => break,
                Ok(n) => have += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.window.clear();
                    return Err(error);
                }
            }
        }
        self.window.truncate(have);
        Ok(())
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_any_order_and_beyond_the_end_is_an_error() {
        let path = std::env::temp_dir().join(format!("layercake-again-{}", std::process::id()));
        let bytes: Vec<u8> = (0..600_000u32).map(|n| (n % 251) as u8).collect();
        std::fs::write(&path, &bytes).expect("written");
        let mut again = Again::open(&path.to_string_lossy()).expect("opened");
        for at in [0, 10, 2_040, 2_050, 8_190, 300_000, 299_000, 599_990, 5] {
            assert_eq!(again.read(at as u64, 10).expect("there"), &bytes[at..at + 10], "{at}");
        }
        assert_eq!(again.read(100, 400_000).expect("there").len(), 400_000);
        assert!(again.read(599_995, 10).is_err());
        assert_eq!(again.read(599_990, 10).expect("there"), &bytes[599_990..]);
        std::fs::remove_file(&path).expect("removed");
    }
}
