//! Layer 4: to a program on that machine.

pub mod tcp;
mod tcp_mptcp;
mod tcp_options;
pub mod udp;
