//! Saves the marked packets, or those that are listed. Reads them in the order of the capture, so that JSON tells the
//! same as `capture --format json`.

use std::io::Write;
use std::path::Path;

use super::super::Error;
use super::super::output::Output;
use super::job::Work;
use crate::render::quantity::grouped;
use crate::render::{Json, Renderer};
use crate::view::Reader;

/// "1 marked packet", "3 marked packets".
pub(super) fn count(number: u64, what: &str) -> String {
    let many = if number == 1 { "" } else { "s" };
    format!("{} {what}{many}", grouped(number))
}

/// Writes them to the file at `path`; says what came of it.
pub(super) fn save(work: &Work, path: &str) -> String {
    let is_json = Path::new(path).extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
    let saved = if is_json { json(work, path) } else { packets(work, path) };
    match saved {
        Ok(saved) => format!("{} saved to {path}", count(saved, "packet")),
        Err(error) => format!("! {error}"),
    }
}

fn packets(work: &Work, path: &str) -> Result<u64, Error> {
    let mut output = Output::create(path)?;
    output.secrets(&work.secrets)?;
    let mut reader = Reader::new(&work.shelf);
    let mut saved = 0;
    for number in work.listed() {
        if work.is_stopped(number) {
            break;
        }
        if let Some((packet, _)) = reader.packet(number) {
            output.packet(&packet)?;
            saved += 1;
        }
    }
    output.flush()?;
    Ok(saved)
}

fn json(work: &Work, path: &str) -> Result<u64, Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    let (mut renderer, mut text, mut saved) = (Json::new(work.style), Vec::new(), 0);
    let mut outcome = Ok(());
    work.each(crate::flow::Tracker::new(), |view, listed, _| {
        if listed && outcome.is_ok() {
            renderer.packet(view, &mut text);
            outcome = file.write_all(&text);
            text.clear();
            saved += 1;
        }
    });
    outcome.and_then(|()| file.flush()).map_err(failed)?;
    Ok(saved)
}
