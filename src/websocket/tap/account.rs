//! What the tap tells of one connection, after it was passed on. It never makes the connection wait: what finds no room
//! in the queue is only counted.

use std::net::SocketAddr;
use std::time::SystemTime;

use crate::source::seen::{Reporter, What};
use crate::websocket::witness;

/// What one connection has told, and what it could not.
pub(super) struct Account {
    /// Nobody looks where there is none.
    reporter: Option<Reporter>,
    connection: u64,
    /// Bytes to the server and from it that found no room.
    skipped: [u64; 2],
    ended: [bool; 2],
}

impl Account {
    /// The connection is open.
    pub(super) fn open(reporter: Option<Reporter>, client: SocketAddr, server: SocketAddr) -> Self {
        let connection = witness::number();
        if let Some(reporter) = &reporter {
            reporter.report(connection, What::Opened { client, server });
        }
        Account { reporter, connection, skipped: [0; 2], ended: [false; 2] }
    }

    /// These bytes were passed on.
    pub(super) fn crossed(&mut self, to_server: bool, bytes: &[u8]) {
        let Some(reporter) = &self.reporter else { return };
        let skipped = &mut self.skipped[usize::from(!to_server)];
        // What is missing is told in front of what follows; while there is no room for both, neither is told.
        if *skipped > 0 {
            if reporter.is_full() {
                reporter.leave_out();
                *skipped += bytes.len() as u64;
                return;
            }
            if !reporter.report(self.connection, What::Skipped { to_server, bytes: *skipped }) {
                *skipped += bytes.len() as u64;
                return;
            }
            *skipped = 0;
        }
        *skipped += reporter.bytes_at(SystemTime::now(), self.connection, to_server, bytes);
    }

    /// One side sends no more, and the other one knows.
    pub(super) fn ended(&mut self, by_client: bool) {
        let at = usize::from(!by_client);
        if !std::mem::replace(&mut self.ended[at], true) {
            self.last(by_client, What::Ended { by_client });
        }
    }

    /// One side broke off.
    pub(super) fn reset(&mut self, by_client: bool) {
        if self.ended != [true; 2] {
            self.ended = [true; 2];
            self.last(by_client, What::Reset { by_client });
        }
    }

    fn last(&mut self, by_client: bool, what: What) {
        let Some(reporter) = &self.reporter else { return };
        let skipped = std::mem::take(&mut self.skipped[usize::from(!by_client)]);
        if skipped > 0 {
            reporter.report(self.connection, What::Skipped { to_server: by_client, bytes: skipped });
        }
        reporter.report(self.connection, what);
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        // Whoever drops both sockets ends both directions.
        self.ended(true);
        self.ended(false);
    }
}
