//! Each capture of tests/captures in each format, as it was read by eye and found right.
//! `LAYERCAKE_BLESS=1 cargo test goldens` writes them anew: then read the difference before you commit it.

use std::fs;
use std::path::Path;

use layercake::dissect::Packet;
use layercake::render::{Cake, CakeOptions, Charset, Describe, HexDump, Json, Layers, Line, Renderer, Style, View};
use layercake::source::{Source, wire};

use crate::support::{each, each_ahead, open, own_captures, root};

fn style(width: usize, charset: Charset, explain: bool) -> Style {
    Style { width, color: false, charset, explain }
}

fn draw(source: &mut dyn Source, mut renderer: impl Renderer) -> String {
    let mut out = Vec::new();
    each(source, |packet: &Packet<'_>, tape| renderer.packet(View { packet, tape }, &mut out));
    String::from_utf8(out).expect("UTF-8")
}

/// As a file is shown: a second reader runs ahead.
fn draw_ahead(again: Box<dyn Source>, source: &mut dyn Source, mut renderer: impl Renderer) -> String {
    let mut out = Vec::new();
    each_ahead(again, source, |packet, tape| renderer.packet(View { packet, tape }, &mut out));
    String::from_utf8(out).expect("UTF-8")
}

pub fn golden(name: &str, found: &str) {
    let path = root().join("tests/goldens").join(name);
    if std::env::var_os("LAYERCAKE_BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(&path, found).expect("written");
        return;
    }
    let wanted = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}; bless it first", path.display()));
    let first = wanted.lines().zip(found.lines()).position(|(w, f)| w != f);
    let first = first.unwrap_or_else(|| wanted.lines().count().min(found.lines().count()));
    let line = |text: &str| text.lines().nth(first).unwrap_or("(end)").to_owned();
    assert!(
        wanted == found,
        "{name} differs at line {}:\n wanted {}\n found  {}",
        first + 1,
        line(&wanted),
        line(found)
    );
}

fn fits(text: &str, width: usize, name: &str) {
    for line in text.lines() {
        let columns = unicode_width(line);
        assert!(columns <= width, "{name}: {columns} columns in {line:?}");
    }
}

/// Our pictures use characters of one column; text of packets is measured with the same crate as they are.
fn unicode_width(line: &str) -> usize {
    use unicode_width::UnicodeWidthStr;
    line.width()
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

#[test]
fn our_captures_read_line_by_line_and_field_by_field() {
    for path in own_captures() {
        let again = || open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = stem(&path);
        let lines = draw(again().as_mut(), Line::new(style(120, Charset::Unicode, false), Some(120)));
        fits(&lines, 120, &name);
        golden(&format!("{name}.line.txt"), &lines);
        let layers = draw_ahead(again(), again().as_mut(), Layers::new(style(100, Charset::Unicode, false)));
        fits(&layers, 100, &name);
        golden(&format!("{name}.layers.txt"), &layers);
    }
}

#[test]
fn every_format_fits_its_width_for_every_capture() {
    for path in own_captures() {
        let again = || open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for width in [80, 100, 120, 140] {
            for charset in [Charset::Unicode, Charset::Ascii] {
                let style = style(width, charset, true);
                let name = format!("{} at {width}", stem(&path));
                fits(&draw(again().as_mut(), Cake::new(style, CakeOptions::default())), width, &name);
                fits(&draw(again().as_mut(), Layers::new(style)), width, &name);
                fits(&draw(again().as_mut(), HexDump::new(style)), width, &name);
                fits(&draw(again().as_mut(), Line::new(style, Some(width))), width, &name);
            }
        }
    }
}

#[test]
fn the_demo_looks_as_it_did_in_every_format() {
    let label = || CakeOptions { source_note: Some(wire::LABEL.to_owned()), ..CakeOptions::default() };
    for width in [80, 120] {
        let cake = draw(&mut wire::demo(), Cake::new(style(width, Charset::Unicode, false), label()));
        fits(&cake, width, "cake");
        golden(&format!("demo.cake{width}.txt"), &cake);
    }
    golden("demo.cake80.ascii.txt", &draw(&mut wire::demo(), Cake::new(style(80, Charset::Ascii, false), label())));
    golden("demo.layers.explain.txt", &draw(&mut wire::demo(), Layers::new(style(80, Charset::Unicode, true))));
    golden("demo.hex.txt", &draw(&mut wire::demo(), HexDump::new(style(80, Charset::Unicode, false))));
    golden("demo.json", &draw(&mut wire::demo(), Json::new(style(80, Charset::Unicode, false))));
    golden("demo.explain.json", &draw(&mut wire::demo(), Json::new(style(80, Charset::Unicode, true))));
    golden("demo.describe.txt", &draw(&mut wire::demo(), Describe::new(style(80, Charset::Unicode, false))));
}
