//! Where packets come from, all behind one trait: files, live interfaces, programs of ours, the simulated wire.

pub mod file;
pub mod hex;
pub mod live;
pub mod seen;
pub mod wire;

use std::io;

use crate::dissect::{Interface, Packet, Secrets};

/// Delivers packets one by one. A packet is borrowed until the next call: no copy, no allocation.
pub trait Source {
    /// The next packet, or that nothing came for a moment (live: about 100 ms), or the end.
    ///
    /// # Errors
    /// A file that cannot be read further, a device that went away. What was delivered stays valid.
    fn next(&mut self) -> Result<Event<'_>, Error>;

    /// The interfaces seen so far; `Packet::interface` indexes them. A pcapng file may add some later.
    fn interfaces(&self) -> &[Interface];

    /// Secrets that the source itself brings, now or later: a pcapng file may hold a key log.
    fn secrets(&self) -> Option<Secrets> {
        None
    }

    /// Where the packet that came last can be read again; `None` where it cannot.
    fn place(&self) -> Option<Place> {
        None
    }

    /// What the capture counted.
    fn counters(&mut self) -> Counters;
}

/// Where the bytes of a packet stand in a file that can be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Of its first captured byte.
    pub offset: u64,
    /// How many bytes behind the packet's end its comment begins, and how long that is.
    pub comment: Option<(u64, u32)>,
}

/// What a source has to say.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A packet.
    Packet(Packet<'a>),
    /// Nothing came for a moment; a chance to look at the clock and at Ctrl-C.
    Idle,
    /// There is no more.
    End,
}

/// What a capture counted, in packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Delivered by this source.
    pub seen: u64,
    /// Lost by the kernel because the program did not read fast enough.
    pub lost: u64,
}

/// Why packets cannot be had, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened.
    #[error("cannot open {path}: {}", words(source))]
    Open {
        /// As the user wrote it.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be read on.
    #[error("cannot read {path}: {}", words(source))]
    Read {
        /// As the user wrote it.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing in the file.
    #[error("{path} is empty")]
    Empty {
        /// As the user wrote it.
        path: String,
    },
    /// The file is something else.
    #[error("{path} is no capture file; it looks like {looks}")]
    NotACapture {
        /// As the user wrote it.
        path: String,
        /// What it looks like.
        looks: &'static str,
    },
    /// The file ends within a packet.
    #[error("{path} ends in the middle of packet {packet}; the {} before it were read", packet - 1)]
    CutShort {
        /// As the user wrote it.
        path: String,
        /// The packet that is not whole.
        packet: u64,
    },
    /// A live interface gives no packets.
    #[error(transparent)]
    Live(#[from] live::Error),
    /// Text that should be hex digits is not.
    #[error("line {line}, column {column}: {what}")]
    Hex {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// There was no byte in the text.
    #[error("there are no bytes")]
    NoBytes,
    /// The file contradicts itself.
    #[error("{path} is damaged at packet {packet}, byte {offset}: {what}")]
    Damaged {
        /// As the user wrote it.
        path: String,
        /// The packet that would have been next.
        packet: u64,
        /// Where its record begins.
        offset: u64,
        /// What is wrong.
        what: String,
    },
}

/// What the system said, without its error number.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

impl Error {
    /// What to do next, on this machine.
    pub fn hint(&self) -> Option<String> {
        use io::ErrorKind as Kind;
        let text = match self {
            Error::Live(error) => return error.hint(),
            Error::Open { source, .. } => match source.kind() {
                Kind::NotFound => "check the name; `layercake capture --demo` needs no file",
                Kind::PermissionDenied => "you may not read it: ask its owner, or copy it with sudo and chown the copy",
                Kind::IsADirectory => "name a file in that folder",
                _ => "check the name and that the disk is there",
            },
            Error::Read { .. } => "copy the file again from where it came from; if it is gzipped, `gzip -t` tests it",
            Error::Empty { .. } => "whatever wrote it has not written anything yet; tcpdump writes at once with -U",
            Error::NotACapture { .. } => "layercake reads pcap and pcapng, also gzipped",
            Error::CutShort { .. } => "the writer was stopped or still writes; the packets that were read are good",
            Error::Hex { .. } | Error::NoBytes => {
                "write bytes as hex digits, 02 00 00 …, or paste a dump of tcpdump -xx, Wireshark, xxd or hexdump -C"
            }
            Error::Damaged { .. } => "the packets before are good; `-w FILE` saves them to a new file",
        };
        Some(text.to_owned())
    }
}
