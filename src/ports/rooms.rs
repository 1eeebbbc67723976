//! All 65,536 ports of a protocol: which are taken, and how. A room has one number and many guests: what tells
//! connections apart are four numbers, not one.

use std::collections::BTreeMap;

use super::{Protocol, Ranges, Socket, State};

/// How a port is taken; the later ones outweigh the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Closed connections rest there.
    Waiting,
    /// A connection uses it.
    Connected,
    /// Bound, but neither listening nor calling.
    Bound,
    /// A program waits for callers or datagrams.
    Listening,
}

impl Kind {
    fn of(socket: &Socket) -> Kind {
        match (socket.protocol, socket.state) {
            (_, State::Listen) | (Protocol::Udp, State::Closed) => Kind::Listening,
            (_, State::BoundInactive | State::Closed) => Kind::Bound,
            (_, State::TimeWait | State::FinWait1 | State::FinWait2 | State::Closing | State::LastAck) => Kind::Waiting,
            _ => Kind::Connected,
        }
    }
}

/// A port that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// How.
    pub kind: Kind,
    /// Sockets on it that have a partner.
    pub guests: u32,
    /// Who holds it: places in the table's owners.
    pub owners: Vec<u32>,
}

/// The taken ports, in their order.
pub fn rooms(sockets: &[Socket], protocol: Protocol) -> BTreeMap<u16, Room> {
    let mut rooms: BTreeMap<u16, Room> = BTreeMap::new();
    for socket in sockets.iter().filter(|s| s.protocol == protocol && s.local.port() > 0) {
        let kind = Kind::of(socket);
        let room =
            rooms.entry(socket.local.port()).or_insert_with(|| Room { kind, guests: 0, owners: socket.owners.clone() });
        if kind > room.kind {
            room.kind = kind;
            room.owners.clone_from(&socket.owners);
        }
        room.guests += u32::from(socket.remote.is_some());
    }
    rooms
}

/// What a number is meant for on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// 0 to 1023, RFC 6335 §6.
    WellKnown,
    /// 1024 to 49151.
    Registered,
    /// Given by this kernel to whoever calls out.
    Ephemeral,
    /// 49152 and above, where this kernel does not give it by itself.
    Dynamic,
}

impl Ranges {
    /// What a port is meant for on this machine.
    pub fn realm(&self, port: u16) -> Realm {
        let within = |(first, last): &(u16, u16)| (*first..=*last).contains(&port);
        match port {
            0..=1023 => Realm::WellKnown,
            _ if within(&self.ephemeral) && !self.reserved.iter().any(within) => Realm::Ephemeral,
            1024..=49151 => Realm::Registered,
            _ => Realm::Dynamic,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::testing::socket;

    #[test]
    fn a_room_with_many_guests_is_one_room_and_the_listener_gives_it_its_kind() {
        let mut guest = socket(State::Established, "192.0.2.1:80");
        guest.remote = Some("192.0.2.9:50000".parse().expect("an address"));
        let all =
            [guest.clone(), socket(State::Listen, "0.0.0.0:80"), guest, socket(State::TimeWait, "192.0.2.1:40001")];
        let rooms = rooms(&all, Protocol::Tcp);
        assert_eq!(rooms[&80], Room { kind: Kind::Listening, guests: 2, owners: Vec::new() });
        assert_eq!(rooms[&40001].kind, Kind::Waiting);
        assert_eq!(rooms.len(), 2);
    }

    #[test]
    fn a_reserved_port_is_not_lent_although_it_lies_in_the_range() {
        let ranges = Ranges { unprivileged_start: 1024, ephemeral: (32768, 60999), reserved: vec![(40000, 40000)] };
        assert_eq!(ranges.realm(39999), Realm::Ephemeral);
        assert_eq!(ranges.realm(40000), Realm::Registered);
        assert_eq!([ranges.realm(1023), ranges.realm(1024)], [Realm::WellKnown, Realm::Registered]);
        assert_eq!(ranges.realm(61000), Realm::Dynamic);
    }
}
