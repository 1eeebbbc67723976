//! Capture files: pcap and pcapng, gzipped or not, from a path or from standard input. Read as a stream, so
//! that memory does not grow with the file; a packet is borrowed from the read buffer.
//! Not here: other capture formats (snoop, Network Monitor, ERF); `editcap` converts them.

mod again;
mod ahead;
mod buffer;
mod magic;
mod names;
mod pcap;
mod pcapng;

use std::io::{self, Read};
use std::net::IpAddr;

use flate2::read::MultiGzDecoder;

pub use self::again::Again;
use self::buffer::Buffer;
use super::{Counters, Error, Event, Place, Source};
use crate::dissect::{Direction, Fate, Interface, LinkType, Packet, Secrets, Span};

/// Most bytes of one packet; more is damage (libpcap's limit is 262,144).
const MAX_PACKET: usize = 1 << 20;
/// Most interfaces of one file.
const MAX_INTERFACES: usize = 4096;

/// An open capture file.
pub struct File {
    name: String,
    buffer: Buffer,
    format: Format,
    beside: Beside,
    seen: u64,
    /// Bytes of the last record, to be stepped over before the next.
    done: u64,
    failed: bool,
    long: bool,
    /// Offsets count in the file itself: it is no pipe, and it is not gzipped.
    plain: bool,
    last: Option<Place>,
}

/// What a file brings beside its packets.
#[derive(Default)]
struct Beside {
    interfaces: Vec<Interface>,
    /// Packets that the capture lost.
    lost: u64,
    secrets: Secrets,
    names: Vec<(IpAddr, String)>,
}

enum Format {
    Pcap(pcap::Pcap),
    PcapNg(pcapng::PcapNg),
}

/// A packet record, as places in the buffer.
struct Record {
    time: Option<u64>,
    length: u32,
    bytes: Span,
    comment: Option<Span>,
    link: LinkType,
    interface: u32,
    direction: Direction,
    fate: Fate,
}

/// What stopped the reading of a record.
enum Trouble {
    /// The file ends within it.
    Cut,
    /// The reading itself failed.
    Io(io::Error),
    /// It contradicts itself.
    Damaged(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Io(error)
    }
}

impl File {
    /// Opens the file at `path`; `-` is standard input.
    ///
    /// # Errors
    /// It cannot be opened or read, or is no capture file.
    pub fn open(path: &str) -> Result<Self, Error> {
        Self::open_through(path, |file| Box::new(file))
    }

    /// As [`open`](Self::open), but the bytes come through what `through` makes of the file: something that counts.
    ///
    /// # Errors
    /// As those of `open`.
    pub fn open_through(
        path: &str,
        through: impl FnOnce(std::fs::File) -> Box<dyn Read + Send>,
    ) -> Result<Self, Error> {
        if path == "-" {
            return File::new(io::stdin(), "standard input");
        }
        let failed = |source| Error::Open { path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(failed)?;
        if file.metadata().is_ok_and(|m| m.is_dir()) {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let long = ahead::is_worth_it(&file);
        let regular = file.metadata().is_ok_and(|m| m.is_file());
        let mut opened = File::read(through(file), path, long)?;
        opened.plain &= regular;
        Ok(opened)
    }

    /// Whether there is so much in it that other threads help to read and to show it.
    pub fn is_long(&self) -> bool {
        self.long
    }

    /// Reads a capture from any stream; `name` is what errors call it.
    ///
    /// # Errors
    /// It cannot be read, or is no capture.
    pub fn new(reader: impl Read + Send + 'static, name: &str) -> Result<Self, Error> {
        let mut opened = File::read(Box::new(reader), name, false)?;
        opened.plain = false;
        Ok(opened)
    }

    /// Whether each packet has a [`Place`] where it can be read again; not in a pipe, not in a gzipped file.
    pub fn has_places(&self) -> bool {
        self.plain
    }

    fn read(reader: Box<dyn Read + Send>, name: &str, long: bool) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: name.to_owned(), source };
        let mut buffer = Buffer::new(reader);
        buffer.fill(24).map_err(failed)?;
        let gzipped = buffer.waiting().starts_with(&[0x1f, 0x8b]);
        buffer = match (gzipped, long) {
            (false, false) => buffer,
            (false, true) => Buffer::ahead(buffer).map_err(failed)?,
            (true, false) => Buffer::new(Box::new(MultiGzDecoder::new(buffer))),
            (true, true) => Buffer::ahead(MultiGzDecoder::new(buffer)).map_err(failed)?,
        };
        buffer.fill(24).map_err(failed)?;
        let head = buffer.waiting();
        if head.is_empty() {
            return Err(Error::Empty { path: name.to_owned() });
        }
        let mut beside = Beside::default();
        let format = if pcapng::is_one(head) {
            Format::PcapNg(pcapng::PcapNg::default())
        } else if let Some(found) = pcap::Pcap::new(head) {
            let (pcap, interface) =
                found.map_err(|what| Error::Damaged { path: name.to_owned(), packet: 1, offset: 0, what })?;
            beside.interfaces.push(interface);
            buffer.skip(24).map_err(failed)?;
            Format::Pcap(pcap)
        } else {
            return Err(Error::NotACapture { path: name.to_owned(), looks: magic::looks_like(head) });
        };
        Ok(File {
            name: name.to_owned(),
            buffer,
            format,
            beside,
            seen: 0,
            done: 0,
            failed: false,
            long,
            plain: !gzipped,
            last: None,
        })
    }

    fn record(&mut self) -> Result<Option<Record>, Trouble> {
        let done = std::mem::take(&mut self.done);
        if !self.buffer.skip(done)? {
            return Err(Trouble::Cut);
        }
        let (record, done) = match &mut self.format {
            Format::Pcap(pcap) => pcap.record(&mut self.buffer)?,
            Format::PcapNg(pcapng) => pcapng.record(&mut self.buffer, &mut self.beside)?,
        };
        self.done = done;
        Ok(record)
    }

    fn error(&mut self, trouble: Trouble) -> Error {
        self.failed = true;
        let (path, packet) = (self.name.clone(), self.seen + 1);
        match trouble {
            Trouble::Cut => Error::CutShort { path, packet },
            Trouble::Io(source) => Error::Read { path, source },
            Trouble::Damaged(what) => Error::Damaged { path, packet, offset: self.buffer.offset(), what },
        }
    }
}

impl Source for File {
    fn next(&mut self) -> Result<Event<'_>, Error> {
        if self.failed {
            return Ok(Event::End);
        }
        let record = match self.record() {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(Event::End),
            Err(trouble) => return Err(self.error(trouble)),
        };
        self.seen += 1;
        self.last = self.plain.then(|| Place {
            offset: self.buffer.offset() + u64::from(record.bytes.start),
            comment: record.comment.map(|at| (u64::from(at.start - record.bytes.end), at.len() as u32)),
        });
        let waiting = self.buffer.waiting();
        Ok(Event::Packet(Packet {
            number: self.seen,
            time: record.time,
            length: record.length,
            bytes: record.bytes.of(waiting),
            link: record.link,
            interface: record.interface,
            interfaces: &self.beside.interfaces,
            names: &self.beside.names,
            direction: record.direction,
            comment: record.comment.and_then(|at| std::str::from_utf8(at.of(waiting)).ok()),
            fate: record.fate,
            ..Packet::default()
        }))
    }

    fn place(&self) -> Option<Place> {
        self.last
    }

    fn interfaces(&self) -> &[Interface] {
        &self.beside.interfaces
    }

    fn secrets(&self) -> Option<Secrets> {
        Some(self.beside.secrets.clone())
    }

    fn counters(&mut self) -> Counters {
        Counters { seen: self.seen, lost: self.beside.lost }
    }
}
