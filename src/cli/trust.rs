//! Flags of every command that opens TLS to a server.

use crate::websocket::client::Trust;

/// Whose certificates are believed.
#[derive(clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Trusting {
    /// Accept any certificate of the server (with TLS)
    #[arg(long)]
    insecure: bool,
    /// Trust the certificates in FILE (PEM) instead of the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<String>,
}

impl Trusting {
    pub(super) fn trust(&self) -> Trust {
        Trust { insecure: self.insecure, ca: self.ca.clone() }
    }
}
