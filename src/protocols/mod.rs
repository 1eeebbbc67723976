//! The protocols, layer by layer: this folder is the course's table of contents.
//! A protocol is one file, one word in the list below and one capture with goldens.

pub mod application;
pub mod link;
pub mod network;
pub mod physical;
#[cfg(test)]
pub(crate) mod testing;
pub mod transport;

use std::sync::LazyLock;

use crate::dissect::{DATA, Index, PART, Protocol, TRAILER};

/// Every protocol; the first one is where each packet begins. Where several look at a payload's
/// content, the earlier one is asked first.
pub static ALL: &[&Protocol] = &[
    &physical::frame::PROTOCOL,
    // link
    &link::ethernet::PROTOCOL,
    &link::vlan::PROTOCOL,
    &link::vlan::SERVICE,
    &link::llc::PROTOCOL,
    &link::snap::PROTOCOL,
    &link::arp::PROTOCOL,
    &link::arp::RARP,
    &link::linux_cooked::SLL,
    &link::linux_cooked::SLL2,
    &link::loopback::PROTOCOL,
    &link::raw_ip::PROTOCOL,
    &link::radiotap::PROTOCOL,
    &link::ppi::PROTOCOL,
    &link::wifi::PROTOCOL,
    &link::ppp::PROTOCOL,
    &link::pppoe::PROTOCOL,
    &link::mpls::PROTOCOL,
    &link::gre::PROTOCOL,
    &link::vxlan::PROTOCOL,
    &link::geneve::PROTOCOL,
    &link::teredo::PROTOCOL,
    &link::arcnet::PROTOCOL,
    &link::ipoib::PROTOCOL,
    // network
    &network::ipv4::PROTOCOL,
    &network::icmpv4::PROTOCOL,
    &network::icmp_extensions::PROTOCOL,
    &network::igmp::PROTOCOL,
    &network::ipcomp::PROTOCOL,
    &network::ipv6::PROTOCOL,
    &network::ipv6_extensions::HOP_BY_HOP,
    &network::ipv6_extensions::DESTINATION,
    &network::ipv6_extensions::ROUTING,
    &network::ipv6_extensions::FRAGMENT,
    &network::ipsec::AH,
    &network::ipsec::ESP,
    &network::icmpv6::PROTOCOL,
    // transport
    &transport::tcp::PROTOCOL,
    &transport::udp::PROTOCOL,
    // application
    &application::dns::PROTOCOL,
    &application::mdns::PROTOCOL,
    &application::llmnr::PROTOCOL,
    &application::tls::PROTOCOL,
    &application::ssh::PROTOCOL,
    &application::ftp::PROTOCOL,
    &application::ftp_data::PROTOCOL,
    &application::smtp::PROTOCOL,
    &application::mqtt::PROTOCOL,
    &application::http::PROTOCOL,
    &application::http2::PROTOCOL,
    &application::websocket::PROTOCOL,
    &application::engine_io::PROTOCOL,
    &application::socket_io::PROTOCOL,
    &application::dhcp::PROTOCOL,
    &application::dhcpv6::PROTOCOL,
    &application::ntp::PROTOCOL,
    &application::snmp::PROTOCOL,
    &application::quic::PROTOCOL,
    &application::quic_frames::PROTOCOL,
    // what no protocol reads
    &PART,
    &DATA,
    &TRAILER,
];

static INDEX: LazyLock<Index> = LazyLock::new(|| Index::new(ALL));

/// The look-up table over [`ALL`], built at first use.
pub fn index() -> &'static Index {
    &INDEX
}
