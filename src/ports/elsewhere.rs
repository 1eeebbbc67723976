//! Systems other than Linux.

use super::{Error, Ranges, System, Table, Wants};

/// A system that cannot be asked yet.
pub struct Elsewhere;

impl System for Elsewhere {
    fn table(&mut self, _: Wants) -> Result<Table, Error> {
        Err(Error::Unknown)
    }

    fn ranges(&mut self) -> Result<Ranges, Error> {
        Err(Error::Unknown)
    }
}
