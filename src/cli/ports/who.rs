//! Sockets, addresses, programs and moments in words.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::ports::{Owner, Protocol, Socket, System};
use crate::render::{Charset, quantity, value};

/// Columns that a command line may take.
const COMMAND: usize = 60;

pub(super) fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
    }
}

/// The RFC's name of a state.
pub(super) fn state(socket: &Socket) -> &'static str {
    socket.state.name(socket.protocol)
}

/// Who can reach a socket at this address.
pub(super) fn reach(ip: IpAddr, v6_only: Option<bool>) -> &'static str {
    match (ip.to_canonical(), v6_only) {
        (ip, _) if ip.is_loopback() => "this machine only",
        (IpAddr::V4(ip), _) if ip.is_unspecified() => "every card, IPv4",
        (IpAddr::V6(ip), Some(false)) if ip.is_unspecified() => "every card, IPv6 and IPv4",
        (IpAddr::V6(ip), _) if ip.is_unspecified() => "every card, IPv6",
        _ => "the card with this address",
    }
}

/// Text from the system, made harmless.
pub(super) fn harmless(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    value::text(&mut out, bytes, Charset::Unicode);
    String::from_utf8_lossy(&out).into_owned()
}

/// "node (pid 4242, user ada)"; of a hidden one what is known.
pub(super) fn program(socket: &Socket, owner: Option<&Owner>, system: &mut dyn System) -> String {
    if let Some(owner) = owner {
        let user = owner.user.as_ref().map(|user| format!(", user {}", harmless(user.as_bytes()))).unwrap_or_default();
        return format!("{} (pid {}{user})", harmless(&owner.name), owner.pid);
    }
    match socket.uid {
        Some(uid) => match system.user(uid) {
            Some(user) => format!("A program of user {}", harmless(user.as_bytes())),
            None => format!("A program of user number {uid}"),
        },
        None => "A program".to_owned(),
    }
}

/// The command line that started it, cut to a readable length.
pub(super) fn command(owner: &Owner) -> Option<String> {
    let words = owner.command.strip_suffix(b"\0").unwrap_or(&owner.command);
    if words.is_empty() {
        return None;
    }
    let line: Vec<u8> = words.iter().map(|b| if *b == 0 { b' ' } else { *b }).collect();
    let line = harmless(&line);
    let cut: String = line.chars().take(COMMAND).collect();
    Some(if cut.len() < line.len() { cut + "…" } else { cut })
}

/// "14:03:22 UTC"
pub(super) fn clock(moment: SystemTime) -> String {
    let second = moment.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs()) % 86_400;
    format!("{:02}:{:02}:{:02} UTC", second / 3600, second / 60 % 60, second % 60)
}

/// Whole seconds, rounded up: nothing is free before it is.
pub(super) fn whole(span: Duration) -> Duration {
    Duration::from_secs(span.as_secs().saturating_add(u64::from(span.subsec_nanos() > 0)))
}

/// "41 s", "2 h 3 min"
pub(super) fn span(span: Duration) -> String {
    match span.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds => quantity::span(seconds.saturating_mul(1_000_000_000), Charset::Ascii),
    }
}
