//! Layer 1: what the capture knows of the bits before they became bytes.

pub mod frame;
