//! Saves the marked packets, or those that are listed.

use std::io::Write;

use super::super::Error;
use super::super::output::Output;
use super::app::App;
use crate::dissect::Dissection;
use crate::render::{Json, Renderer, Style, View};
use crate::view::{Reader, Replay};

/// "1 marked packet", "3 marked packets".
pub(super) fn count(number: u64, what: &str) -> String {
    let many = if number == 1 { "" } else { "s" };
    format!("{} {what}{many}", super::paint::grouped(number))
}

/// Writes them to the file at `path`; says what was done.
pub(super) fn save(app: &App, path: &str) -> Result<String, Error> {
    let view = &app.view;
    let numbers: Vec<u64> = if view.marks().is_empty() {
        (0..view.total()).map_while(|row| view.at(row)).collect()
    } else {
        view.marks().iter().copied().collect()
    };
    if std::path::Path::new(path).exists() {
        return Err(Error::asked(format!("{path} exists already: choose another name"), ""));
    }
    let is_json = std::path::Path::new(path).extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
    let saved = if is_json { json(app, path, &numbers)? } else { packets(app, path, &numbers)? };
    Ok(format!("{} saved to {path}", count(saved, "packet")))
}

fn packets(app: &App, path: &str, numbers: &[u64]) -> Result<u64, Error> {
    let mut output = Output::create(path)?;
    output.secrets(&app.secrets)?;
    let mut reader = Reader::new(app.view.shelf());
    let mut saved = 0;
    for number in numbers {
        if let Some((packet, _)) = reader.packet(*number) {
            output.packet(&packet)?;
            saved += 1;
        }
    }
    output.flush()?;
    Ok(saved)
}

fn json(app: &App, path: &str, numbers: &[u64]) -> Result<u64, Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    let style = Style { width: 80, color: false, charset: app.look.charset, explain: false };
    let (mut renderer, mut text) = (Json::new(style), Vec::new());
    let (mut reader, mut replay) = (Reader::new(app.view.shelf()), Replay::new(app.secrets.clone()));
    let (mut tape, mut saved) = (Dissection::new(), 0);
    for number in numbers {
        if replay.read(&mut reader, *number, &mut tape).is_none() {
            continue;
        }
        let Some((packet, _)) = reader.packet(*number) else { continue };
        renderer.packet(View { packet: &packet, tape: &tape }, &mut text);
        file.write_all(&text).map_err(failed)?;
        text.clear();
        saved += 1;
    }
    file.flush().map_err(failed)?;
    Ok(saved)
}
