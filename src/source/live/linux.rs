//! The door to the Linux kernel: an `AF_PACKET` socket and the `TPACKET_V3` ring that it shares with us.
//! See packet(7) and the kernel's `Documentation/networking/packet_mmap.rst`.
//!
//! The only `unsafe` of the house. What leaves this file is safe: a block of the ring is handed out
//! as a plain slice, and only while the kernel keeps its hands off it.
#![allow(unsafe_code)]

use std::{
    io, mem,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    ptr::NonNull,
    slice,
    sync::atomic::{AtomicU32, Ordering},
};

use libc::{c_int, c_void, socklen_t};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

/// Bytes of one block: holds several of the 64 kB frames that cross the loopback interface.
pub const BLOCK: usize = 256 << 10;
/// After this many milliseconds the kernel hands over a block that is not full.
const RETIRE_MS: u32 = 20;
/// Where `tpacket_hdr_v1::block_status` stands in a block.
const STATUS: usize = mem::offset_of!(libc::tpacket_block_desc, hdr);

/// An `AF_PACKET` socket that is not bound yet: it receives nothing.
pub struct PacketSocket(OwnedFd);

impl PacketSocket {
    /// With the link header (`cooked == false`) or without it.
    pub fn new(cooked: bool) -> io::Result<Self> {
        let kind = if cooked { SockType::Datagram } else { SockType::Raw };
        Ok(PacketSocket(socket(AddressFamily::Packet, kind, SockFlag::SOCK_CLOEXEC, None)?))
    }

    /// Our own outgoing packets are not shown a second time (Linux 4.20).
    pub fn ignore_outgoing(&self) -> io::Result<()> {
        self.set(libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &1 as &c_int)
    }

    /// Asks the card for frames that are meant for others; ends with the socket.
    pub fn promiscuous(&self, index: u32) -> io::Result<()> {
        let request = libc::packet_mreq {
            mr_ifindex: index.cast_signed(),
            mr_type: libc::PACKET_MR_PROMISC as u16,
            mr_alen: 0,
            mr_address: [0; 8],
        };
        self.set(libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &request)
    }

    /// Lets the kernel copy only `snaplen` bytes of a packet: the one-line BPF program `ret #snaplen`.
    pub fn cut_at(&self, snaplen: u32) -> io::Result<()> {
        let mut line = libc::sock_filter { code: (libc::BPF_RET | libc::BPF_K) as u16, jt: 0, jf: 0, k: snaplen };
        let program = libc::sock_fprog { len: 1, filter: &raw mut line };
        self.set(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
    }

    /// Makes the ring, then binds to interface `index` (0 is all of them): packets come from now on.
    pub fn start(self, index: u32, buffer_bytes: usize) -> io::Result<Ring> {
        self.set(libc::SOL_PACKET, libc::PACKET_VERSION, &(libc::tpacket_versions::TPACKET_V3 as c_int))?;
        let blocks = (buffer_bytes / BLOCK).clamp(2, 4096);
        let request = libc::tpacket_req3 {
            tp_block_size: BLOCK as u32,
            tp_block_nr: blocks as u32,
            tp_frame_size: 2048,
            tp_frame_nr: (BLOCK / 2048 * blocks) as u32,
            tp_retire_blk_tov: RETIRE_MS,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        self.set(libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        let (protection, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: the kernel chooses the place; length and descriptor are those of the ring just made.
        let memory =
            unsafe { libc::mmap(std::ptr::null_mut(), BLOCK * blocks, protection, shared, self.0.as_raw_fd(), 0) };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let memory = NonNull::new(memory.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        let ring = Ring { socket: self, memory, blocks };
        ring.socket.bind(index)?;
        Ok(ring)
    }

    fn bind(&self, index: u32) -> io::Result<()> {
        let address = libc::sockaddr_ll {
            sll_family: libc::AF_PACKET as u16,
            sll_protocol: (libc::ETH_P_ALL as u16).to_be(),
            sll_ifindex: index.cast_signed(),
            sll_hatype: 0,
            sll_pkttype: 0,
            sll_halen: 0,
            sll_addr: [0; 8],
        };
        let size = size_of_val(&address) as socklen_t;
        // SAFETY: `address` is a whole sockaddr_ll, `size` is its size, and the kernel only reads it.
        answer(unsafe { libc::bind(self.0.as_raw_fd(), (&raw const address).cast(), size) })
    }

    /// `value` has to be the C structure that the option asks for.
    fn set<T>(&self, level: c_int, option: c_int, value: &T) -> io::Result<()> {
        let (start, size) = (std::ptr::from_ref(value).cast::<c_void>(), size_of::<T>() as socklen_t);
        // SAFETY: `start` and `size` describe `value`, which lives through the call; the kernel checks
        // the size and only reads.
        answer(unsafe { libc::setsockopt(self.0.as_raw_fd(), level, option, start, size) })
    }
}

/// A bound socket and the memory that the kernel writes packets to, block after block.
pub struct Ring {
    socket: PacketSocket,
    memory: NonNull<u8>,
    blocks: usize,
}

impl Ring {
    /// How many blocks there are; the kernel fills them in turn.
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// The bytes of a block that the kernel has handed over, `None` while it is the kernel's.
    pub fn block(&self, number: usize) -> Option<&[u8]> {
        if self.status(number).load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            return None;
        }
        // SAFETY: the block lies within the mapping. The kernel does not write to a block that has
        // TP_STATUS_USER set, and only `release` clears it, which needs `&mut self` and so ends this borrow.
        Some(unsafe { slice::from_raw_parts(self.memory.as_ptr().add(number % self.blocks * BLOCK), BLOCK) })
    }

    /// Gives the block back to the kernel.
    pub fn release(&mut self, number: usize) {
        self.status(number).store(libc::TP_STATUS_KERNEL, Ordering::Release);
    }

    /// Packets lost since the last question: the kernel counts from zero after each answer.
    pub fn lost(&self) -> io::Result<u32> {
        let mut counts = libc::tpacket_stats_v3 { tp_packets: 0, tp_drops: 0, tp_freeze_q_cnt: 0 };
        let mut size = size_of_val(&counts) as socklen_t;
        let (start, fd) = ((&raw mut counts).cast::<c_void>(), self.socket.0.as_raw_fd());
        // SAFETY: `start` and `size` describe `counts`; the kernel writes at most `size` bytes of numbers.
        answer(unsafe { libc::getsockopt(fd, libc::SOL_PACKET, libc::PACKET_STATISTICS, start, &raw mut size) })?;
        Ok(counts.tp_drops)
    }

    fn status(&self, number: usize) -> &AtomicU32 {
        // SAFETY: the offset lies within the mapping, which is aligned to a page, and STATUS is a
        // multiple of four; kernel and program touch this word only as a whole.
        unsafe { AtomicU32::from_ptr(self.memory.as_ptr().add(number % self.blocks * BLOCK + STATUS).cast()) }
    }
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.0.as_fd()
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: this is the mapping made in `start`; no slice of it outlives `self`.
        unsafe { libc::munmap(self.memory.as_ptr().cast(), BLOCK * self.blocks) };
    }
}

/// What kind of header frames on this interface begin with: an ARPHRD number of `if_arp.h`.
pub fn hardware_type(name: &str) -> io::Result<u16> {
    let mut request = interface_request(name)?;
    interface_call(libc::SIOCGIFHWADDR, &mut request)?;
    // SAFETY: SIOCGIFHWADDR has filled in this member of the union.
    Ok(unsafe { request.ifr_ifru.ifru_hwaddr.sa_family })
}

/// Switches an interface on.
pub fn switch_on(name: &str) -> io::Result<()> {
    let mut request = interface_request(name)?;
    interface_call(libc::SIOCGIFFLAGS, &mut request)?;
    // SAFETY: SIOCGIFFLAGS has filled in this member of the union.
    unsafe { request.ifr_ifru.ifru_flags |= libc::IFF_UP as libc::c_short };
    interface_call(libc::SIOCSIFFLAGS, &mut request)
}

fn interface_request(name: &str) -> io::Result<libc::ifreq> {
    // SAFETY: ifreq is plain numbers, for which all zero bits are valid.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    if name.len() >= request.ifr_name.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    Ok(request)
}

fn interface_call(call: libc::c_ulong, request: &mut libc::ifreq) -> io::Result<()> {
    let any = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    // SAFETY: the calls used here read and write one ifreq, and `request` is one.
    answer(unsafe { libc::ioctl(any.as_raw_fd(), call as _, std::ptr::from_mut(request)) })
}

fn answer(result: c_int) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
