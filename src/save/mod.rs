//! Writes captures as pcapng: one section, nanoseconds, comments and directions kept.
//! Source: draft-ietf-opsawg-pcapng. Not here: the classic pcap format, which has no room for either.

use std::io::{self, Write};
use std::net::IpAddr;

use crate::dissect::{Direction, Interface, Packet};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const SIMPLE_PACKET: u32 = 3;
const NAMES: u32 = 4;
const ENHANCED_PACKET: u32 = 6;
const SECRETS: u32 = 10;
/// Kind of secrets: a key log of TLS.
const KEY_LOG: u32 = 0x544c_534b;

/// A pcapng file that grows.
pub struct PcapNg<W: Write> {
    out: W,
    block: Vec<u8>,
    interfaces: u32,
}

impl<W: Write> PcapNg<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// The header cannot be written.
    pub fn new(out: W) -> io::Result<Self> {
        let mut file = PcapNg { out, block: Vec::new(), interfaces: 0 };
        file.words(&[0x1a2b_3c4d]);
        file.block.extend_from_slice(&1u16.to_ne_bytes());
        file.block.extend_from_slice(&0u16.to_ne_bytes());
        file.block.extend_from_slice(&u64::MAX.to_ne_bytes()); // the section's length is not known yet
        file.option(3, std::env::consts::OS.as_bytes());
        file.option(4, concat!("layercake ", env!("CARGO_PKG_VERSION")).as_bytes());
        file.option(0, &[]);
        file.write(SECTION)?;
        Ok(file)
    }

    /// Describes an interface; gives the number under which packets refer to it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn interface(&mut self, interface: &Interface) -> io::Result<u32> {
        self.block.extend_from_slice(&(interface.link as u16).to_ne_bytes());
        self.block.extend_from_slice(&0u16.to_ne_bytes());
        self.words(&[interface.snaplen]);
        if !interface.name.is_empty() {
            self.option(2, interface.name.as_bytes());
        }
        self.option(9, &[9]); // nanoseconds
        self.option(0, &[]);
        self.write(INTERFACE)?;
        self.interfaces += 1;
        Ok(self.interfaces - 1)
    }

    /// Appends a packet of interface number `interface`.
    ///
    /// # Errors
    /// It cannot be written; the packets before it are in the file once it is flushed.
    pub fn packet(&mut self, interface: u32, packet: &Packet<'_>) -> io::Result<()> {
        // Only a simple packet block can say that the time is not known; it knows only the first interface.
        let comments = [packet.comment, packet.fate.comment()];
        let bare = packet.direction == Direction::Unknown && comments == [None, None];
        if packet.time.is_none() && interface == 0 && bare {
            self.words(&[packet.length]);
            self.padded(packet.bytes);
            return self.write(SIMPLE_PACKET);
        }
        let time = packet.time.unwrap_or(0);
        self.words(&[interface, (time >> 32) as u32, time as u32, packet.bytes.len() as u32, packet.length]);
        self.padded(packet.bytes);
        let direction: u32 = match packet.direction {
            Direction::Unknown | Direction::Passing => 0,
            Direction::In => 1,
            Direction::Out => 2,
        };
        if direction != 0 {
            self.option(2, &direction.to_ne_bytes());
        }
        for comment in comments.iter().flatten() {
            self.option(1, comment.as_bytes());
        }
        if !bare {
            self.option(0, &[]);
        }
        self.write(ENHANCED_PACKET)
    }

    /// Says which machine has which name: whoever reads the file sees "client" beside 192.168.1.1.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn names(&mut self, names: &[(IpAddr, String)]) -> io::Result<()> {
        for (address, name) in names {
            let (kind, bytes): (u16, Vec<u8>) = match address {
                IpAddr::V4(address) => (1, address.octets().to_vec()),
                IpAddr::V6(address) => (2, address.octets().to_vec()),
            };
            self.option(kind, &[&bytes[..], name.as_bytes(), &[0]].concat());
        }
        self.option(0, &[]);
        self.write(NAMES)
    }

    /// Appends lines of a key log: packets behind them can be decrypted by whoever reads the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn secrets(&mut self, lines: &[u8]) -> io::Result<()> {
        self.words(&[KEY_LOG, lines.len() as u32]);
        self.padded(lines);
        self.write(SECRETS)
    }

    /// Hands everything to the system.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn words(&mut self, words: &[u32]) {
        for word in words {
            self.block.extend_from_slice(&word.to_ne_bytes());
        }
    }

    fn padded(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        let value = &value[..value.len().min(usize::from(u16::MAX))];
        self.block.extend_from_slice(&code.to_ne_bytes());
        self.block.extend_from_slice(&(value.len() as u16).to_ne_bytes());
        self.padded(value);
    }

    /// Writes what is gathered as a block.
    fn write(&mut self, kind: u32) -> io::Result<()> {
        let length = (self.block.len() + 12) as u32;
        self.out.write_all(&kind.to_ne_bytes())?;
        self.out.write_all(&length.to_ne_bytes())?;
        self.out.write_all(&self.block)?;
        self.out.write_all(&length.to_ne_bytes())?;
        self.block.clear();
        Ok(())
    }
}
