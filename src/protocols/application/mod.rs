//! Layer 5: what the programs say to each other.
