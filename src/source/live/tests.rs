//! The live sources against a real kernel, in networks that the tests make for themselves.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::process::CommandExt,
    process::Command,
};

use ::pnet::datalink::{Channel, Config, channel};

use super::{
    Backend, Error, Options, find, open,
    rights::{Forbidden, Rights},
    sandbox::Sandbox,
    testing::{Seen, drain, in_own_process, ip, own_network},
};
use crate::{
    dissect::{Checksum, Direction},
    source::{self, Event, Source},
};

fn on(interface: &str) -> Options {
    Options::new(interface)
}

/// Sends `count` datagrams to a port that nobody reads but that is open.
fn talk(address: &str, count: u8) {
    let to = UdpSocket::bind(address).unwrap();
    let from = UdpSocket::bind(address).unwrap();
    for number in 0..count {
        from.send_to(&[number; 16], to.local_addr().unwrap()).unwrap();
    }
}

/// Two cards joined by a virtual cable, both on.
fn cable(one: &str, other: &str) {
    ip(&format!("link add {one} type veth peer name {other}"));
    ip(&format!("link set {one} up"));
    ip(&format!("link set {other} up"));
}

fn is_udp4(seen: &Seen) -> bool {
    seen.bytes.get(12..14) == Some(&[8, 0]) && seen.bytes.get(23) == Some(&17)
}

#[test]
fn each_loopback_packet_is_seen_once_in_order_with_the_kernels_clock() {
    if !own_network() {
        return;
    }
    let mut source = open(&on("lo")).unwrap();
    talk("127.0.0.1:0", 100);
    let seen = drain(source.as_mut());
    let udp: Vec<_> = seen.iter().filter(|p| is_udp4(p)).collect();
    assert_eq!(udp.iter().map(|p| p.bytes[42]).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
    assert!(udp.windows(2).all(|pair| pair[0].time <= pair[1].time));
    assert!(udp.iter().map(|p| p.time).collect::<BTreeSet<_>>().len() > 90, "the clock counts nanoseconds");
    assert!(udp.iter().all(|p| p.length == 58 && p.direction == Direction::Unknown));
    assert!(udp.iter().all(|p| p.checksum == Checksum::Unfinished), "offload leaves the checksum open");
    let counters = source.counters();
    assert_eq!((counters.seen, counters.lost), (seen.len() as u64, 0));
}

#[test]
fn ipv6_and_tcp_pass_too() {
    if !own_network() {
        return;
    }
    let mut source = open(&on("lo")).unwrap();
    let listener = TcpListener::bind("[::1]:0").unwrap();
    drop(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
    let seen = drain(source.as_mut());
    assert!(seen.iter().filter(|p| p.bytes[12..14] == [0x86, 0xdd] && p.bytes[20] == 6).count() >= 3);
}

#[test]
fn the_snapshot_length_cuts_bytes_and_keeps_the_length() {
    if !own_network() {
        return;
    }
    let mut source = open(&Options { snaplen: 20, ..on("lo") }).unwrap();
    talk("127.0.0.1:0", 3);
    let seen = drain(source.as_mut());
    assert_eq!(seen.iter().map(|p| (p.bytes.len(), p.length)).collect::<Vec<_>>(), [(20, 58); 3]);
}

#[test]
fn frames_of_64_kilobytes_are_whole() {
    if !own_network() {
        return;
    }
    let mut source = open(&on("lo")).unwrap();
    let to = UdpSocket::bind("127.0.0.1:0").unwrap();
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(&vec![7; 65_000], to.local_addr().unwrap()).unwrap();
    let seen = drain(source.as_mut());
    assert_eq!(seen.iter().map(|p| p.bytes.len()).collect::<Vec<_>>(), [65_042]);
}

#[test]
fn a_reader_that_is_too_slow_is_told_what_was_lost() {
    if !own_network() {
        return;
    }
    let mut source = open(&Options { buffer_bytes: 1, ..on("lo") }).unwrap();
    let to = UdpSocket::bind("127.0.0.1:0").unwrap();
    let from = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..1000 {
        from.send_to(&[0; 8000], to.local_addr().unwrap()).unwrap();
    }
    let seen = drain(source.as_mut()).len() as u64;
    let counters = source.counters();
    assert_eq!(counters.seen + counters.lost, 1000, "{counters:?}");
    assert!(counters.lost > 500 && seen == counters.seen, "{counters:?}");
    assert_eq!(source.counters(), counters, "asking twice counts nothing twice");
}

#[test]
fn a_vlan_tag_that_the_kernel_took_out_is_put_back() {
    if !own_network() {
        return;
    }
    cable("va", "vb");
    let (mut out, mut into) = (open(&on("va")).unwrap(), open(&on("vb")).unwrap());
    let mut any = open(&on("any")).unwrap();
    // A frame of VLAN 5 that holds an EtherType for experiments (IEEE 802 §9.2.4).
    let to = find("vb").unwrap().mac.unwrap().octets();
    let mut frame = [&to[..], &[2, 0, 0, 0, 0, 1, 0x81, 0, 0x20, 5, 0x88, 0xb5]].concat();
    frame.extend_from_slice(b"a frame of sixty bytes with a tag in front");
    let va = find("va").unwrap();
    let Ok(Channel::Ethernet(mut card, _)) = channel(&va, Config::default()) else { panic!("cannot send") };
    card.send_to(&frame, None).unwrap().unwrap();
    let tagged = |seen: Vec<Seen>| seen.into_iter().filter(|p| p.bytes.ends_with(b"in front")).collect::<Vec<_>>();
    let (out, into) = (tagged(drain(out.as_mut())), tagged(drain(into.as_mut())));
    assert_eq!((out.len(), into.len()), (1, 1));
    assert_eq!((&out[0].bytes, &into[0].bytes), (&frame, &frame));
    assert_eq!((out[0].length, into[0].length), (60, 60));
    assert_eq!((out[0].direction, into[0].direction), (Direction::Out, Direction::In));

    let cooked = tagged(drain(any.as_mut()));
    let arrived: Vec<_> = cooked.iter().filter(|p| p.direction == Direction::In).collect();
    assert_eq!((cooked.len(), arrived.len()), (2, 1));
    assert_eq!(arrived[0].bytes[..4], [0x81, 0, 0, 0], "the cooked header announces the tag");
    assert_eq!(arrived[0].bytes[20..], frame[14..], "and the tag follows it");
    assert_eq!(arrived[0].length, 20 + 46);
}

#[test]
fn any_sees_all_interfaces_and_loopback_once() {
    if !own_network() {
        return;
    }
    let mut source = open(&on("any")).unwrap();
    assert_eq!(source.interfaces()[0].link, 276);
    talk("127.0.0.1:0", 10);
    let seen = drain(source.as_mut());
    let udp: Vec<_> = seen.iter().filter(|p| p.bytes[..2] == [8, 0] && p.bytes[20 + 9] == 17).collect();
    assert_eq!(udp.len(), 10);
    assert_eq!(udp[0].bytes[..12], [8, 0, 0, 0, 0, 0, 0, 1, 3, 4, 0, 6], "IPv4, interface 1, loopback, to us");
    assert_eq!((udp[0].length, udp[0].bytes.len()), (64, 64));
}

#[test]
fn a_vpn_card_has_bare_ip_packets() {
    if !own_network() {
        return;
    }
    ip("tuntap add vpn mode tun");
    ip("link set vpn up");
    assert_eq!(open(&on("vpn")).unwrap().interfaces()[0].link, 101);
}

#[test]
fn a_removed_interface_ends_the_capture_after_its_last_packet() {
    if !own_network() {
        return;
    }
    cable("gone", "end");
    ip("addr add 192.0.2.1/24 dev gone");
    ip("neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev gone");
    let mut source = open(&on("gone")).unwrap();
    UdpSocket::bind("192.0.2.1:0").unwrap().send_to(b"the last word", "192.0.2.2:9").unwrap();
    ip("link del gone");
    let mut last = Vec::new();
    let error = loop {
        match source.next() {
            Ok(Event::Packet(p)) => last = p.bytes.to_vec(),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(last.ends_with(b"the last word"));
    assert_eq!(error.to_string(), "the interface gone is gone: it was removed while packets were captured");
}

#[test]
fn an_interface_that_is_off_or_unknown_is_named() {
    if !own_network() {
        return;
    }
    ip("link add off type veth peer name end");
    let refused = |name: &str, backend| match open(&Options { backend, ..on(name) }) {
        Err(error) => (error.to_string(), error.hint().unwrap_or_default()),
        Ok(_) => panic!("{name} opened"),
    };
    for backend in [Backend::Ring, Backend::Pnet] {
        let (error, hint) = refused("off", backend);
        assert_eq!(error, "the interface off is down: nothing can cross it");
        assert_eq!(hint, "Switch it on: sudo ip link set off up");
        let (error, hint) = refused("of", backend);
        assert_eq!(error, "there is no interface called \"of\"");
        assert!(hint.starts_with("Did you mean \"off\"? This machine has: lo, "), "{hint}");
    }
}

#[test]
fn the_pnet_back_end_sees_loopback_packets_twice_on_linux() {
    if !own_network() {
        return;
    }
    let mut source = open(&Options { backend: Backend::Pnet, snaplen: 50, ..on("lo") }).unwrap();
    assert!(matches!(source.next(), Ok(Event::Idle)));
    talk("127.0.0.1:0", 5);
    let seen = drain(source.as_mut());
    assert_eq!(seen.iter().map(|p| (p.bytes.len(), p.length)).collect::<Vec<_>>(), [(50, 58); 10]);
}

#[test]
fn without_rights_the_error_says_how_to_get_them() {
    if !in_own_process("without_rights_the_error_says_how_to_get_them", Some(65534))
        || Rights::of_this_process().capture
    {
        return;
    }
    for backend in [Backend::Ring, Backend::Pnet] {
        let Err(error) = open(&Options { backend, ..on("lo") }) else { panic!("opened without rights") };
        assert!(matches!(error, source::Error::Live(Error::NotPermitted { .. })), "{error}");
        let hint = error.hint().unwrap_or_default();
        let binary = std::env::current_exe().unwrap();
        assert!(hint.contains("setcap cap_net_raw=ep ") && hint.contains(&*binary.to_string_lossy()), "{hint}");
    }
}

#[test]
fn a_command_is_captured_until_it_ends() {
    if !in_own_process("a_command_is_captured_until_it_ends", None) || !own_network() {
        return;
    }
    let mut command = Command::new("bash");
    command.args(["-c", "echo hello > /dev/udp/127.0.0.1/9; exit 7"]);
    let mut running = Sandbox::around_this_thread().spawn(command, &on("ignored")).unwrap();
    let (mut hello, mut refused) = (0, 0);
    loop {
        match running.next().unwrap() {
            Event::Packet(p) if p.bytes.ends_with(b"hello\n") && p.bytes[23] == 17 => hello += 1,
            Event::Packet(p) => refused += u32::from(p.bytes[23] == 1),
            Event::Idle => {}
            Event::End => break,
        }
    }
    assert_eq!((hello, refused), (1, 1), "the datagram, and ICMP's answer that nobody listens");
    assert_eq!(running.exit_code(), Some(7));
    assert!(!Rights::of_this_process().capture, "the rights are given up too");
}

#[test]
fn a_command_that_still_runs_is_ended_with_its_capture() {
    if !in_own_process("a_command_that_still_runs_is_ended_with_its_capture", None) || !own_network() {
        return;
    }
    let mut command = Command::new("sleep");
    command.arg("10").uid(65534); // the user that the test becomes
    let mut running = Sandbox::around_this_thread().spawn(command, &on("lo")).unwrap();
    assert!(matches!(running.next(), Ok(Event::Idle)));
    let process = format!("/proc/{}", running.process());
    assert!(std::fs::exists(&process).unwrap());
    drop(running);
    assert!(!std::fs::exists(&process).unwrap());
}

/// The test harness has several threads, so that `enter` itself is tested through the command line.
#[test]
fn threads_are_named_as_the_reason_why_there_is_no_sandbox() {
    let error = Sandbox::enter().unwrap_err();
    assert!(matches!(error, Error::NoSandbox(Forbidden::Threads)), "{error}");
}
