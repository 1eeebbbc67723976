//! Reads any packet of the shelf again. Every thread that looks has a reader of its own.

use std::net::IpAddr;
use std::sync::Arc;

use super::Entry;
use super::shelf::{Keep, Kept, Shelf};
use crate::dissect::{Interface, Packet};
use crate::source::file::Again;

/// Delivers packets by their number. A packet is borrowed until the next one is asked for.
pub struct Reader {
    shelf: Arc<Shelf>,
    file: Option<Again>,
    held: Option<Arc<Kept>>,
    interfaces: Vec<Interface>,
    names: Vec<(IpAddr, String)>,
}

impl Reader {
    /// A reader of these packets.
    pub fn new(shelf: &Arc<Shelf>) -> Self {
        // A file that cannot be opened again has no packets: `packet` says so each time.
        let file = match &shelf.keep {
            Keep::File(path) => Again::open(path).ok(),
            Keep::Packets(_) => None,
        };
        Reader { shelf: Arc::clone(shelf), file, held: None, interfaces: Vec::new(), names: Vec::new() }
    }

    /// The packet with this number and what the index says of it; `None` where it is not there, or the file has changed.
    pub fn packet(&mut self, number: u64) -> Option<(Packet<'_>, Entry)> {
        let entry = self.shelf.entry(number)?;
        if usize::from(entry.interface) >= self.interfaces.len() {
            self.shelf.catch_up(&mut self.interfaces, &mut self.names);
        }
        let (bytes, comment) = if let Keep::File(_) = self.shelf.keep {
            let (length, comment) = entry.extent();
            let bytes = self.file.as_mut()?.read(entry.offset, length).ok()?;
            let text = std::str::from_utf8(bytes.get(comment)?).ok().filter(|text| !text.is_empty());
            (bytes.get(..entry.captured as usize)?, text)
        } else {
            self.held = Some(self.shelf.kept(number)?);
            let held = self.held.as_ref()?;
            (&*held.bytes, held.comment.as_deref())
        };
        let link = self.interfaces.get(usize::from(entry.interface)).map_or(0, |i| i.link);
        let (interfaces, names) = (&self.interfaces[..], &self.names[..]);
        Some((Packet { bytes, link, interfaces, names, comment, ..entry.packet(number) }, entry))
    }

    /// What it reads from.
    pub fn shelf(&self) -> &Arc<Shelf> {
        &self.shelf
    }
}
