//! The numbers by which IP says what it carries: IANA's registry of protocol numbers, the common ones.

use crate::dissect::{Name, name};

/// Numbers of IPv4's protocol and IPv6's next header.
pub(super) const NAMES: &[Name] = &[
    name(0, "hop-by-hop options", "IPv6 only: options that every router on the way may look at."),
    name(1, "ICMP", "The network's own messages: unreachable, time exceeded, ping."),
    name(2, "IGMP", "Who listens to which multicast group."),
    name(4, "IPv4", "A whole IPv4 packet as cargo: a tunnel."),
    name(6, "TCP", "A stream of bytes between two programs."),
    name(17, "UDP", "Single messages between two programs."),
    name(33, "DCCP", "Messages with congestion control; hardly used."),
    name(41, "IPv6", "A whole IPv6 packet as cargo: a tunnel."),
    name(43, "routing header", "IPv6 only: places that the packet has to visit."),
    name(44, "fragment header", "IPv6 only: this is a piece of a larger packet."),
    name(46, "RSVP", "Reserves bandwidth along a path."),
    name(47, "GRE", "Any protocol as cargo: a tunnel."),
    name(50, "ESP", "IPsec: what follows is encrypted."),
    name(51, "AH", "IPsec: what follows is signed, not hidden."),
    name(58, "ICMPv6", "IPv6's own messages, among them those that replace ARP."),
    name(59, "nothing", "IPv6 only: no header follows."),
    name(60, "destination options", "IPv6 only: options for the receiver."),
    name(88, "EIGRP", "Routers tell each other of routes (Cisco)."),
    name(89, "OSPF", "Routers tell each other of links and their cost."),
    name(103, "PIM", "Routers agree on who wants which multicast group."),
    name(108, "IPComp", "What follows is compressed."),
    name(112, "VRRP", "Routers agree on which of them is in charge."),
    name(115, "L2TP", "Link-layer frames as cargo: a tunnel."),
    name(132, "SCTP", "Several streams of messages in one connection."),
    name(135, "mobility header", "IPv6 only: a machine that moves between networks."),
    name(136, "UDP-Lite", "UDP that may arrive damaged."),
];
