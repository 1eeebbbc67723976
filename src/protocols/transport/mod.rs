//! Layer 4: to a program on that machine.

pub mod tcp;
mod tcp_analysis;
mod tcp_history;
mod tcp_mptcp;
mod tcp_options;
mod tcp_remarks;
mod tcp_verdict;
pub mod udp;
