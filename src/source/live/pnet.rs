//! Live packets through `pnet::datalink`: BPF on macOS and the BSDs, Npcap on Windows, a plain packet
//! socket on Linux (where it serves the tests).
//!
//! What it cannot do: the time is ours, read after the packet came; losses are not counted; direction and
//! checksum state are unknown; a card's VLAN tag is lost; on Linux every loopback packet comes twice.

use std::{
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ::pnet::datalink::{Channel, Config, DataLinkReceiver, channel};

use super::{ANY, Error, Options, find};
use crate::{
    dissect::{Interface, Packet},
    source::{Counters, Event, Source},
};

/// pnet cuts packets at the size of its buffer and does not say so: larger than any loopback frame.
const BUFFER: usize = 256 << 10;

/// A capture through pnet.
pub struct PnetSource {
    receiver: Box<dyn DataLinkReceiver>,
    interfaces: [Interface; 1],
    seen: u64,
}

impl PnetSource {
    /// Opens the interface of `options`; `buffer_bytes` is left to the system.
    pub fn open(options: &Options) -> Result<Self, Error> {
        let name = options.interface.as_str();
        let card = match find(name) {
            Err(Error::NoInterface { .. }) if name == ANY => return Err(Error::NoAny),
            other => other?,
        };
        let config = Config {
            read_timeout: Some(Duration::from_millis(100)),
            read_buffer_size: BUFFER,
            promiscuous: options.promiscuous,
            ..Config::default()
        };
        let opened = channel(&card, config).map_err(|e| Error::system("open the interface", name, e))?;
        let Channel::Ethernet(_, receiver) = opened else {
            return Err(Error::system("open the interface", name, io::ErrorKind::Unsupported.into()));
        };
        let link = if card.mac.is_some() || card.is_loopback() { 1 } else { 101 };
        let interfaces = [Interface { name: name.to_owned(), link, snaplen: options.snaplen }];
        Ok(PnetSource { receiver, interfaces, seen: 0 })
    }
}

impl Source for PnetSource {
    fn next(&mut self) -> Result<Event<'_>, crate::source::Error> {
        let Interface { name, link, snaplen } = &self.interfaces[0];
        let bytes = match self.receiver.next() {
            Ok(bytes) => bytes,
            Err(e) => {
                return match (e.kind(), find(name)) {
                    (io::ErrorKind::TimedOut | io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock, _) => {
                        Ok(Event::Idle)
                    }
                    (_, Err(Error::NoInterface { .. })) => Err(Error::Gone { name: name.clone() }.into()),
                    _ => Err(Error::system("read packets", name, e).into()),
                };
            }
        };
        let time = SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|t| t.as_nanos() as u64);
        let kept = if *snaplen == 0 { bytes.len() } else { bytes.len().min(*snaplen as usize) };
        self.seen += 1;
        let packet = Packet {
            number: self.seen,
            time,
            length: bytes.len() as u32,
            bytes: &bytes[..kept],
            link: *link,
            interfaces: &self.interfaces,
            ..Packet::default()
        };
        Ok(Event::Packet(packet))
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    fn counters(&mut self) -> Counters {
        Counters { seen: self.seen, lost: 0 }
    }
}
