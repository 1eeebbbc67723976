//! The capture file that is being written: pcapng, to a file or to standard output.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::Error;
use crate::dissect::{Packet, Secrets};
use crate::save::PcapNg;

/// A pcapng file that grows.
pub(super) struct Output {
    path: String,
    file: PcapNg<BufWriter<Box<dyn Write>>>,
    /// Their numbers of the interfaces that the file knows, by ours.
    interfaces: Vec<u32>,
    /// How many names of machines the file knows.
    names: usize,
    /// How many bytes of the key log the file has already.
    told: usize,
}

impl Output {
    /// Creates (or empties) the file at `path`; `-` is standard output.
    pub(super) fn create(path: &str) -> Result<Self, Error> {
        let failed = |source| Error::Write { path: path.to_owned(), source };
        let sink: Box<dyn Write> = if path == "-" {
            Box::new(io::stdout())
        } else {
            let file = File::create(path).map_err(failed)?;
            give_to_sudo_user(&file);
            Box::new(file)
        };
        let file = PcapNg::new(BufWriter::with_capacity(1 << 18, sink)).map_err(failed)?;
        Ok(Output { path: path.to_owned(), file, interfaces: Vec::new(), names: 0, told: 0 })
    }

    pub(super) fn packet(&mut self, packet: &Packet<'_>) -> Result<(), Error> {
        let written = self.write(packet);
        written.map_err(|source| self.failed(source))
    }

    /// Writes what is new in the key log, so that the file opens decrypted elsewhere.
    pub(super) fn secrets(&mut self, secrets: &Secrets) -> Result<(), Error> {
        let lines = secrets.lines(&mut self.told);
        if lines.is_empty() {
            return Ok(());
        }
        let written = self.file.secrets(&lines);
        written.map_err(|source| self.failed(source))
    }

    fn write(&mut self, packet: &Packet<'_>) -> io::Result<()> {
        while self.interfaces.len() < packet.interfaces.len() {
            let number = self.file.interface(&packet.interfaces[self.interfaces.len()])?;
            self.interfaces.push(number);
        }
        if packet.names.len() > self.names {
            self.file.names(&packet.names[self.names..])?;
            self.names = packet.names.len();
        }
        let number = self.interfaces.get(packet.interface as usize).copied().unwrap_or(0);
        self.file.packet(number, packet)
    }

    /// Writes out what waits, so that a reader elsewhere sees it.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let flushed = self.file.flush();
        flushed.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> Error {
        match source.kind() {
            io::ErrorKind::BrokenPipe => Error::Closed,
            _ => Error::Write { path: self.path.clone(), source },
        }
    }
}

/// Under sudo the file should belong to the person, not to root.
#[cfg(unix)]
fn give_to_sudo_user(file: &File) {
    let id = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    if let (Some(user), group) = (id("SUDO_UID"), id("SUDO_GID")) {
        // Fails only where we are not root, and then the file is theirs already.
        let _ = std::os::unix::fs::fchown(file, Some(user), group);
    }
}

#[cfg(not(unix))]
fn give_to_sudo_user(_: &File) {}
