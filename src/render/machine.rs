//! A picture with places in it, each filled with a name and how many are there.

use unicode_width::UnicodeWidthStr;

use super::{Style, wrap};

/// Appends `picture`, where `<NAME   >` is a place of that width. Filled places stand in brackets and are bold.
pub fn draw(out: &mut Vec<u8>, style: Style, picture: &str, here: impl Fn(&str) -> usize) {
    for line in picture.trim_start_matches('\n').lines() {
        let mut rest = line;
        while let Some((before, place)) = rest.split_once('<') {
            put(out, style, before);
            let Some((name, after)) = place.split_once('>') else { break };
            slot(out, style, name.trim_end(), name.width() + 2, here(name.trim_end()));
            rest = after;
        }
        put(out, style, rest);
        while out.last() == Some(&b' ') {
            out.pop();
        }
        out.push(b'\n');
    }
}

fn slot(out: &mut Vec<u8>, style: Style, name: &str, width: usize, here: usize) {
    let count = match here {
        0 => String::new(),
        n @ 1..10_000 => format!(" {}{n}", style.pick("●", "*")),
        n => format!(" {}{}k", style.pick("●", "*"), n / 1000),
    };
    let text = if here == 0 { format!("({name})") } else { format!("[{name}{count}]") };
    let room = width.saturating_sub(text.width());
    out.resize(out.len() + room / 2, b' ');
    let strong = here > 0;
    if strong {
        style.strong(out);
    }
    out.extend_from_slice(text.as_bytes());
    if strong {
        style.end(out);
    }
    out.resize(out.len() + room - room / 2, b' ');
}

fn put(out: &mut Vec<u8>, style: Style, text: &str) {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '│' => '|',
            '─' => '-',
            '┌' | '┐' | '└' | '┘' => '+',
            '▼' => 'v',
            '▶' => '>',
            '◀' => '<',
            c => c,
        })
        .collect();
    let plain = wrap::spell(&plain);
    out.extend_from_slice(style.pick(text, plain.as_str()).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Charset;

    #[test]
    fn a_filled_place_is_seen_without_colour_and_keeps_its_width() {
        let style = Style { width: 80, color: false, charset: Charset::Ascii, explain: false };
        let mut out = Vec::new();
        let here = |name: &str| match name {
            "ONE" => 3,
            "TWO" => 43_210,
            _ => 0,
        };
        draw(&mut out, style, "<ONE       >│<TWO       >▶<SIX       >.", here);
        assert_eq!(String::from_utf8_lossy(&out), "  [ONE *3]  | [TWO *43k] >   (SIX)    .\n");
    }
}
