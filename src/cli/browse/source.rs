//! From the arguments to what is to be gathered: by index where a file can be read again, else in a ring.

use super::super::{Console, Error, keys, open};
use crate::dissect::Secrets;
use crate::source::file::File;
use crate::source::live::{self, rights};
use crate::source::{Source, wire};
use crate::view::{Keep, Opening, Order};

/// A source that waits to be read, and what is to be said about it.
pub(in crate::cli) struct Waiting {
    pub order: Order,
    /// What the first line calls it.
    pub title: String,
    /// Names a source that is not a real network.
    pub label: Option<&'static str>,
    pub live: bool,
}

/// `keep` is in MB; with `guard` only headers of what other machines say to each other are kept (live).
pub(in crate::cli) fn order(
    file_name: Option<&String>,
    from: &open::From,
    keep: u32,
    guard: bool,
    console: &mut Console,
) -> Result<Waiting, Error> {
    let keep = Keep::Packets(keep as usize * 1_000_000);
    let ring = |open: Opening, guard| Order { open, keep: keep.clone(), size: 0, secrets: Secrets::new(), guard };
    let mut waiting = if let Some(path) = file_name.or(from.read.as_ref()) {
        file(path, keep.clone())?
    } else if let Some(name) = &from.interface {
        let options = open::options(from, name);
        let open = move || {
            let source = live::open(&options)?;
            // Rights belong to a thread: this one needs them no more.
            rights::drop_privileges()?;
            Ok(source)
        };
        Waiting { order: ring(Box::new(open), guard), title: format!("live on {name}"), label: None, live: true }
    } else if let Some(wire) = open::simulated(from) {
        let wire = wire?;
        let title = from.wire.clone().unwrap_or_default();
        let order = ring(Box::new(move || Ok(Box::new(wire))), false);
        Waiting { order, title, label: Some(wire::LABEL), live: false }
    } else if from.demo {
        let order = ring(Box::new(|| Ok(Box::new(wire::demo()))), false);
        Waiting { order, title: "demo".to_owned(), label: Some(wire::LABEL), live: false }
    } else {
        return Err(Error::asked(
            "there is nothing to look at: say where packets come from",
            "try `--demo`, `--wire two-hosts`, a FILE or `-i lo`; `layercake interfaces` lists this machine's cards",
        ));
    };
    if let Some(path) = &from.keys {
        keys::read(path, &waiting.order.secrets, waiting.live, console)?;
    }
    waiting.title = super::super::console::tame(&waiting.title);
    Ok(waiting)
}

fn file(path: &str, ring: Keep) -> Result<Waiting, Error> {
    let file = File::open(path)?;
    let (keep, size) = if file.has_places() {
        (Keep::File(path.to_owned()), std::fs::metadata(path).map_or(0, |m| m.len()))
    } else {
        // It can only be read from its beginning: its newest packets are kept.
        (ring, 0)
    };
    let secrets = file.secrets().unwrap_or_default();
    let name = std::path::Path::new(path).file_name().map_or_else(|| path.into(), |n| n.to_string_lossy());
    let title = if path == "-" { "standard input".to_owned() } else { name.into_owned() };
    let open: Opening = Box::new(move || Ok(Box::new(file)));
    Ok(Waiting { order: Order { open, keep, size, secrets, guard: false }, title, label: None, live: false })
}
