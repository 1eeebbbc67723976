//! The capture of a case: its script, played on the simulated wire, in a file that every command can read.

use std::path::{Path, PathBuf};

use crate::cli::Error;
use crate::cli::output::Output;
use crate::lesson::Case;
use crate::source::wire::{Script, Wire};
use crate::source::{Event, Source as _};

/// Writes the capture into this folder and says where it is. The same seed gives the same bytes.
pub(super) fn capture(case: &Case, lesson: u16, folder: &Path) -> Result<PathBuf, Error> {
    let path = folder.join(format!("{lesson:02}-{}-{:04x}.pcapng", case.name, case.seed & 0xffff));
    let broken = |what: String| Error::asked(format!("this case cannot be played: {what}"), "this is a fault of ours");
    let script = Script::parse(&case.script, case.name).map_err(|error| broken(error.to_string()))?;
    let mut wire = Wire::run(&script).map_err(broken)?;
    // Beside the old one and then in its place: another terminal may be reading it.
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let mut output = Output::create(&new.display().to_string())?;
    loop {
        match wire.next()? {
            Event::Packet(packet) => output.packet(&packet)?,
            Event::End => break,
            Event::Idle => {}
        }
    }
    output.flush()?;
    drop(output);
    let placed = std::fs::rename(&new, &path);
    placed.map_err(|source| Error::Write { path: path.display().to_string(), source })?;
    Ok(path)
}
