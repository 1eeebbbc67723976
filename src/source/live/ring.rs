//! Live packets on Linux: reads what the kernel wrote into the `TPACKET_V3` ring.
//! Each packet once, with the kernel's clock, direction, VLAN tag and checksum state.
//!
//! Not here: the system calls (`linux`). All bytes are read through slices; a wrong offset ends the block.

use std::{io, mem::offset_of, os::fd::AsFd};

use libc::{sockaddr_ll, tpacket_block_desc, tpacket_hdr_v1, tpacket_hdr_variant1, tpacket3_hdr};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::socket::{getsockopt, sockopt},
};

use super::{
    ANY, Error, Options, find,
    linux::{PacketSocket, Ring, hardware_type},
};
use crate::{
    dissect::{Checksum, Direction, Interface, LinkType, Packet},
    source::{Counters, Event, Source},
};

const ETHERNET: LinkType = 1;
const RAW_IP: LinkType = 101;
const LINUX_SLL2: LinkType = 276;
/// How long to wait for packets, in milliseconds.
const WAIT: u8 = 100;

/// `sockaddr_ll` follows each packet header, aligned to 16 bytes.
const ADDRESS: usize = size_of::<tpacket3_hdr>().next_multiple_of(16);
/// The header that stands before each packet in a block.
const HEADER: usize = ADDRESS + size_of::<sockaddr_ll>();
/// Where the description of a block stands.
const BODY: usize = offset_of!(tpacket_block_desc, hdr);
/// Where the VLAN tag of a packet stands in its header.
const VLAN: usize = offset_of!(tpacket3_hdr, hv1);
/// Bytes of a Linux cooked header, version 2.
const COOKED: usize = 20;
/// Bytes of a VLAN tag: TPID and TCI.
const TAG: usize = 4;

/// A capture through the ring.
pub struct RingSource {
    ring: Ring,
    interfaces: [Interface; 1],
    loopback: bool,
    counters: Counters,
    /// The block being read, whether it is ours, where its next packet stands and how many are left.
    block: usize,
    held: bool,
    at: usize,
    left: u32,
    gone: bool,
    scratch: Vec<u8>,
}

/// What stands before a packet in the ring: `tpacket3_hdr` and `sockaddr_ll`.
#[derive(Clone, Copy)]
struct Frame {
    start: usize,
    captured: usize,
    length: u32,
    time: u64,
    status: u32,
    vlan: Option<[u8; TAG]>,
    protocol: [u8; 2],
    index: u32,
    hardware: u16,
    kind: u8,
    address_length: u8,
    address: [u8; 8],
}

impl RingSource {
    /// Opens the interface of `options`, or all of them.
    pub fn open(options: &Options) -> Result<Self, Error> {
        let name = options.interface.as_str();
        let (index, hardware) = if name == ANY {
            (0, None)
        } else {
            let card = find(name)?;
            let hardware =
                hardware_type(name).map_err(|e| Error::system("ask for the kind of the interface", name, e))?;
            (card.index, Some(hardware))
        };
        let (link, cooked) = hardware.map_or((LINUX_SLL2, true), link_type);
        let loopback = hardware == Some(libc::ARPHRD_LOOPBACK);

        let fails = |doing| move |e| Error::system(doing, name, e);
        let socket = PacketSocket::new(cooked).map_err(fails("open a packet socket"))?;
        if loopback {
            // Older kernels do not know it; `wanted` sorts the copies out as well.
            let _ = socket.ignore_outgoing();
        }
        if options.promiscuous && index != 0 {
            socket.promiscuous(index).map_err(fails("make the card promiscuous"))?;
        }
        if options.snaplen != 0 {
            socket.cut_at(options.snaplen).map_err(fails("set the snapshot length"))?;
        }
        let ring = socket.start(index, options.buffer_bytes).map_err(fails("map the ring"))?;
        let interfaces = [Interface { name: name.to_owned(), link, snaplen: options.snaplen }];
        let counters = Counters::default();
        let scratch = Vec::new();
        Ok(RingSource {
            ring,
            interfaces,
            loopback,
            counters,
            block: 0,
            held: false,
            at: 0,
            left: 0,
            gone: false,
            scratch,
        })
    }

    /// The next packet that stands in the ring; `None` if there is none for the moment.
    fn advance(&mut self) -> Option<Frame> {
        loop {
            while self.left > 0 {
                let Some((frame, step)) = Frame::read(self.ring.block(self.block)?, self.at) else {
                    self.left = 0;
                    break;
                };
                self.at += step;
                self.left = if step == 0 { 0 } else { self.left - 1 };
                if frame.wanted() {
                    return Some(frame);
                }
            }
            if self.held {
                self.ring.release(self.block);
                self.block = (self.block + 1) % self.ring.blocks();
                self.held = false;
            }
            let block = self.ring.block(self.block)?;
            self.held = true;
            self.left = number(block, BODY + offset_of!(tpacket_hdr_v1, num_pkts))?;
            self.at = number(block, BODY + offset_of!(tpacket_hdr_v1, offset_to_first_pkt))? as usize;
        }
    }

    /// Waits a moment for the kernel to hand over a block.
    fn wait(&mut self) -> Result<(), Error> {
        let name = &self.interfaces[0].name;
        let mut watched = [PollFd::new(self.ring.as_fd(), PollFlags::POLLIN)];
        match poll(&mut watched, PollTimeout::from(WAIT)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(e) => return Err(Error::system("wait for packets", name, e.into())),
        }
        if !watched[0].revents().is_some_and(|seen| seen.contains(PollFlags::POLLERR)) {
            return Ok(());
        }
        match getsockopt(&self.ring.as_fd(), sockopt::SocketError).map_err(io::Error::from) {
            // A card that went down may come back; one that was removed never does.
            Ok(libc::ENETDOWN | libc::ENODEV | libc::ENXIO) => {
                self.gone |= name != ANY && !::pnet::datalink::interfaces().iter().any(|card| card.name == *name);
                Ok(())
            }
            Ok(0) => Ok(()),
            Ok(code) => Err(Error::system("read packets", name, io::Error::from_raw_os_error(code))),
            Err(e) => Err(Error::system("read packets", name, e)),
        }
    }

    fn packet(&mut self, frame: Frame) -> Packet<'_> {
        self.counters.seen += 1;
        let link = self.interfaces[0].link;
        let block = self.ring.block(self.block).unwrap_or(&[]);
        let captured = block.get(frame.start..).unwrap_or(&[]);
        let captured = captured.get(..frame.captured).unwrap_or(captured);
        let (bytes, added) = match (link, frame.vlan) {
            (LINUX_SLL2, _) => (frame.cook(captured, &mut self.scratch), COOKED + frame.vlan.map_or(0, |_| TAG)),
            (ETHERNET, Some(tag)) if captured.len() >= 12 => (insert(tag, captured, &mut self.scratch), TAG),
            _ => (captured, 0),
        };
        let snaplen = match self.interfaces[0].snaplen {
            0 => bytes.len(),
            most => bytes.len().min(most as usize),
        };
        Packet {
            number: self.counters.seen,
            time: Some(frame.time),
            length: frame.length.saturating_add(added as u32),
            bytes: &bytes[..snaplen],
            link,
            interface: 0,
            interfaces: &self.interfaces,
            direction: frame.direction(self.loopback),
            checksum: frame.checksum(),
            comment: None,
            names: &[],
            fate: crate::dissect::Fate::Unknown,
        }
    }
}

impl Source for RingSource {
    fn next(&mut self) -> Result<Event<'_>, crate::source::Error> {
        let mut frame = self.advance();
        if frame.is_none() {
            if self.gone {
                return Err(Error::Gone { name: self.interfaces[0].name.clone() }.into());
            }
            self.wait()?;
            frame = self.advance();
        }
        Ok(frame.map_or(Event::Idle, |frame| Event::Packet(self.packet(frame))))
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    fn counters(&mut self) -> Counters {
        self.counters.lost += u64::from(self.ring.lost().unwrap_or(0));
        self.counters
    }
}

impl Frame {
    /// The packet whose header stands at `at` in `block`, and the distance to the next one (0: the last).
    fn read(block: &[u8], at: usize) -> Option<(Frame, usize)> {
        let header: &[u8; HEADER] = block.get(at..)?.first_chunk()?;
        let address: &[u8; size_of::<sockaddr_ll>()] = header[ADDRESS..].first_chunk()?;
        let status = number(header, offset_of!(tpacket3_hdr, tp_status))?;
        let seconds = u64::from(number(header, offset_of!(tpacket3_hdr, tp_sec))?);
        let nanoseconds = u64::from(number(header, offset_of!(tpacket3_hdr, tp_nsec))?);
        let frame = Frame {
            start: at + usize::from(short(header, offset_of!(tpacket3_hdr, tp_mac))?),
            captured: number(header, offset_of!(tpacket3_hdr, tp_snaplen))? as usize,
            length: number(header, offset_of!(tpacket3_hdr, tp_len))?,
            time: seconds * 1_000_000_000 + nanoseconds,
            status,
            vlan: vlan(header, status),
            protocol: *address[2..].first_chunk()?,
            index: number(address, offset_of!(sockaddr_ll, sll_ifindex))?,
            hardware: short(address, offset_of!(sockaddr_ll, sll_hatype))?,
            kind: address[offset_of!(sockaddr_ll, sll_pkttype)],
            address_length: address[offset_of!(sockaddr_ll, sll_halen)],
            address: *address[offset_of!(sockaddr_ll, sll_addr)..].first_chunk()?,
        };
        Some((frame, number(header, offset_of!(tpacket3_hdr, tp_next_offset))? as usize))
    }

    /// On the loopback interface every packet passes twice, out and in: one is enough.
    fn wanted(self) -> bool {
        !(self.kind == libc::PACKET_OUTGOING && self.hardware == libc::ARPHRD_LOOPBACK)
    }

    /// On the loopback interface a packet goes out and comes in at once: neither word is true.
    fn direction(self, loopback: bool) -> Direction {
        match self.kind {
            _ if loopback || self.hardware == libc::ARPHRD_LOOPBACK => Direction::Unknown,
            libc::PACKET_OUTGOING => Direction::Out,
            libc::PACKET_OTHERHOST => Direction::Passing,
            _ => Direction::In,
        }
    }

    fn checksum(self) -> Checksum {
        if self.status & libc::TP_STATUS_CSUMNOTREADY != 0 {
            Checksum::Unfinished
        } else if self.status & libc::TP_STATUS_CSUM_VALID != 0 {
            Checksum::Verified
        } else {
            Checksum::Unknown
        }
    }

    /// The packet behind a Linux cooked header, version 2 (`LINKTYPE_LINUX_SLL2`).
    fn cook<'a>(self, captured: &[u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        scratch.clear();
        let outer = self.vlan.map_or(self.protocol, |tag| [tag[0], tag[1]]);
        scratch.extend_from_slice(&outer);
        scratch.extend_from_slice(&[0, 0]);
        scratch.extend_from_slice(&self.index.to_be_bytes());
        scratch.extend_from_slice(&self.hardware.to_be_bytes());
        scratch.extend_from_slice(&[self.kind, self.address_length]);
        scratch.extend_from_slice(&self.address);
        if let Some(tag) = self.vlan {
            scratch.extend_from_slice(&[tag[2], tag[3], self.protocol[0], self.protocol[1]]);
        }
        scratch.extend_from_slice(captured);
        scratch
    }
}

/// The card has taken the VLAN tag out of the frame; it belongs behind the two addresses.
fn insert<'a>(tag: [u8; TAG], captured: &[u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    scratch.clear();
    let (addresses, rest) = captured.split_at(captured.len().min(12));
    scratch.extend_from_slice(addresses);
    scratch.extend_from_slice(&tag);
    scratch.extend_from_slice(rest);
    scratch
}

/// TPID and TCI as they were on the wire.
fn vlan(header: &[u8], status: u32) -> Option<[u8; TAG]> {
    if status & libc::TP_STATUS_VLAN_VALID == 0 {
        return None;
    }
    let tci = (number(header, VLAN + offset_of!(tpacket_hdr_variant1, tp_vlan_tci))? as u16).to_be_bytes();
    let tpid = match status & libc::TP_STATUS_VLAN_TPID_VALID {
        0 => 0x8100,
        _ => short(header, VLAN + offset_of!(tpacket_hdr_variant1, tp_vlan_tpid))?,
    };
    let tpid = tpid.to_be_bytes();
    Some([tpid[0], tpid[1], tci[0], tci[1]])
}

/// How frames of an ARPHRD kind begin, and whether the kernel has to take off a header we cannot name.
fn link_type(hardware: u16) -> (LinkType, bool) {
    match hardware {
        libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => (ETHERNET, false),
        libc::ARPHRD_IEEE80211 => (105, false),
        libc::ARPHRD_IEEE80211_PRISM => (119, false),
        libc::ARPHRD_IEEE80211_RADIOTAP => (127, false),
        // Tunnels and point-to-point links: bare IP once the kernel has taken off what stands before it.
        519
        | libc::ARPHRD_NONE
        | libc::ARPHRD_PPP
        | libc::ARPHRD_TUNNEL
        | libc::ARPHRD_TUNNEL6
        | libc::ARPHRD_SIT
        | libc::ARPHRD_IPGRE => (RAW_IP, true),
        _ => (LINUX_SLL2, true),
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}
