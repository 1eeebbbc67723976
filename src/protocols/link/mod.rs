//! Layer 2: to the next machine on this wire, or in this air.

pub mod ethernet;
