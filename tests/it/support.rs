//! What several tests need: folders, captures of the project, tools that may be absent.

use std::path::{Path, PathBuf};
use std::process::Command;

use layercake::dissect::{Dissection, Packet, Secrets};
use layercake::flow::{Scout, Tracker};
use layercake::protocols;
use layercake::source::file::File;
use layercake::source::hex::Hex;
use layercake::source::{Event, Source};

/// The binary under test.
pub const LAYERCAKE: &str = env!("CARGO_BIN_EXE_layercake");

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder beside the project with captures that nobody here wrote; `None` (with a message) where absent.
pub fn shared_captures(kind: &str) -> Option<PathBuf> {
    let folder = root().join("../shared/captures").join(kind);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not here", folder.display());
    None
}

/// Whether a tool is installed; says so where it is not.
pub fn have(tool: &str) -> bool {
    let found =
        Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().is_ok_and(|o| o.status.success());
    if !found {
        eprintln!("skipped: {tool} is not installed");
    }
    found
}

/// The files of a folder with one of these endings, sorted.
pub fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| endings.iter().any(|e| path.to_string_lossy().ends_with(e)))
        .collect();
    all.sort();
    all
}

/// The project's own captures, written as hex dumps.
pub fn own_captures() -> Vec<PathBuf> {
    files(&root().join("tests/captures"), &[".hex"])
}

/// Opens a capture file or a hex dump.
pub fn open(path: &Path) -> Result<Box<dyn Source>, layercake::source::Error> {
    if path.extension().is_some_and(|e| e == "hex") {
        let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let secrets = Secrets::new();
        if let Ok(keys) = std::fs::read(path.with_extension("keys")) {
            secrets.add(&keys);
            secrets.end();
        }
        return Ok(Box::new(Hex::parse(&text, None)?.with_secrets(secrets)));
    }
    Ok(Box::new(File::open(&path.to_string_lossy())?))
}

/// Calls `see` with every packet and its tape, read with the memory of those before it; gives the number of
/// packets before the end or an error.
pub fn each(source: &mut dyn Source, see: impl FnMut(&Packet<'_>, &Dissection)) -> usize {
    let tracker = Tracker::new().with_secrets(source.secrets().unwrap_or_default());
    each_with(tracker, source, see)
}

/// The same, and a scout reads ahead in a second reader of the same packets.
pub fn each_ahead(
    mut again: Box<dyn Source>,
    source: &mut dyn Source,
    see: impl FnMut(&Packet<'_>, &Dissection),
) -> usize {
    let mut tracker = Tracker::new().with_secrets(source.secrets().unwrap_or_default());
    tracker.foresee(Scout::new().foresight(move |scout| match again.next() {
        Ok(Event::Packet(packet)) => {
            scout.read(protocols::index(), &packet);
            true
        }
        _ => false,
    }));
    each_with(tracker, source, see)
}

fn each_with(mut tracker: Tracker, source: &mut dyn Source, mut see: impl FnMut(&Packet<'_>, &Dissection)) -> usize {
    let mut tape = Dissection::new();
    let mut count = 0;
    while let Ok(Event::Packet(packet)) = source.next() {
        tracker.read(protocols::index(), &packet, &mut tape);
        see(&packet, &tape);
        count += 1;
    }
    count
}

/// A small generator of numbers (xorshift64*): seeded, the same on every run.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides.max(1)
    }
}
