//! Every word that can be asked for: the protocols of packets, and the sockets of this machine.
//! Filters on packets know the first only: a word that no packet can ever match helps nobody.

use std::sync::LazyLock;

use crate::dissect::{Index, Protocol};
use crate::{ports, protocols};

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let all: Vec<&'static Protocol> = protocols::ALL.iter().copied().chain([&ports::SOCKET]).collect();
    Index::new(all.leak())
});

/// The look-up table over all of them, built at first use.
pub(super) fn index() -> &'static Index {
    &INDEX
}
