//! Layer 4: to a program on that machine.

pub mod udp;
