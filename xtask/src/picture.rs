//! What a command prints in a terminal, as an SVG: its colours, every letter on its grid, light and dark.
//! The alternative text is what the command says with `--describe`. Not here: running it (`runs`).

use anstream::adapter::strip_str;
use anstyle_svg::Term;
use unicode_width::UnicodeWidthChar;

use crate::chapter::prose;

/// A letter takes 0.6 of its height, and lines of boxes touch: 15.5 px of type in anstyle's lines of 18 px.
const PITCH: f64 = 9.3;
const TYPE: &str =
    "15.5px DejaVu Sans Mono, Menlo, Liberation Mono, SFMono-Regular, Cascadia Mono, Consolas, monospace";
/// anstyle's border around the text, and its height of a line.
const BORDER: f64 = 10.0;
const LINE: usize = 18;
/// Longer words are no alternative text: nobody can go back in one.
const SPOKEN: usize = 600;

/// The 16 colours on paper and at night. Each has a contrast of at least 4.5 : 1 to its ground (WCAG 2.2, 1.4.3).
const INK: &str = "
    .fg, .fg-white, .fg-bright-white { fill: #1f2328 } .bg { fill: #f6f8fa }
    .fg-red, .fg-bright-red { fill: #b3261e } .fg-green, .fg-bright-green { fill: #1a6b34 }
    .fg-yellow, .fg-bright-yellow { fill: #7a5200 } .fg-blue, .fg-bright-blue { fill: #0b4fb3 }
    .fg-magenta, .fg-bright-magenta { fill: #8a2487 } .fg-cyan, .fg-bright-cyan { fill: #00626f }
    .dimmed { opacity: .75 }
    @media (prefers-color-scheme: dark) {
      .fg, .fg-white, .fg-bright-white { fill: #e6e9ec } .bg { fill: #161b22 }
      .fg-red, .fg-bright-red { fill: #ff8f86 } .fg-green, .fg-bright-green { fill: #7fd99a }
      .fg-yellow, .fg-bright-yellow { fill: #e3b341 } .fg-blue, .fg-bright-blue { fill: #86b6ff }
      .fg-magenta, .fg-bright-magenta { fill: #e39be0 } .fg-cyan, .fg-bright-cyan { fill: #6fd3e3 }
    }
";

/// Commands that draw; a picture says more than their text.
const DRAWN: &[&str] = &[
    "layercake peel",
    "layercake ladder",
    "layercake ws frame",
    "layercake ports map",
    "layercake wire run",
    "layercake sockets lossy",
];

/// A command's output in its three forms.
pub struct Seen {
    /// With the terminal's colours.
    pub coloured: String,
    /// Without.
    pub plain: String,
    /// With `--describe`.
    pub spoken: String,
}

impl Seen {
    /// The plain text is that of the same run.
    pub fn new(coloured: String, spoken: String) -> Self {
        let plain = strip_str(&coloured).to_string();
        Seen { coloured, plain, spoken }
    }

    /// Only one numbered chapter of what was printed, as `3`: lines up to the next one that begins with a number.
    pub fn chapter(self, number: &str) -> Option<Self> {
        let begins = |line: &str| line.starts_with(|letter: char| letter.is_ascii_digit());
        let from = self.plain.lines().position(|line| line.starts_with(&format!("{number} ")))?;
        let length = self.plain.lines().skip(from + 1).take_while(|line| !begins(line)).count() + 1;
        let coloured: Vec<&str> = self.coloured.lines().skip(from).take(length).collect();
        let other = |line: &&str| !line.starts_with("Chapter ");
        let mut spoken = self.spoken.lines().skip_while(|line| !line.starts_with(&format!("Chapter {number}:")));
        let first = spoken.next()?;
        let spoken: Vec<&str> = std::iter::once(first).chain(spoken.take_while(other)).collect();
        Some(Seen::new(coloured.join("\n"), spoken.join("\n")))
    }
}

/// Whether a command's output is shown as a picture.
pub fn is_drawn(line: &str) -> bool {
    line == "layercake ports explain"
        || DRAWN.iter().any(|start| line.starts_with(start))
        || line.contains("--format ladder")
        || line.contains("--format hex")
}

/// The picture, as a file of its own.
pub fn svg(seen: &Seen) -> String {
    let drawn = Term::new().min_width_px(0).render_svg(seen.coloured.trim_end());
    let mut made = String::with_capacity(drawn.len() * 2);
    for line in drawn.lines() {
        if line.starts_with("<svg ") {
            made += &head(&seen.plain);
        } else if line.trim() == "</style>" {
            made += &format!("{INK}    tspan {{ font: {TYPE}; white-space: pre }}\n  </style>");
        } else {
            made += &on_grid(line, &seen.plain);
        }
        made.push('\n');
    }
    made
}

/// Width and height in pixels.
fn size(plain: &str) -> (u32, usize) {
    let plain = plain.trim_end();
    let columns = plain.lines().map(width).max().unwrap_or_default();
    let height = plain.lines().count() * LINE + 2 * BORDER as usize;
    ((columns as f64 * PITCH + 2.0 * BORDER).ceil() as u32, height)
}

/// With the size that our letters need, and free to be scaled.
fn head(plain: &str) -> String {
    let (width, height) = size(plain);
    format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\">"
    )
}

/// Every letter of a line gets a place of its own: a font without boxes borrows them from another, of another width.
fn on_grid(line: &str, plain: &str) -> String {
    let Some(rest) = line.trim_start().strip_prefix("<tspan x=\"10px\" y=\"") else { return line.to_owned() };
    let Some((y, rest)) = rest.split_once("px\">") else { return line.to_owned() };
    let number = y.parse::<usize>().unwrap_or_default().saturating_sub(LINE + BORDER as usize) / LINE;
    let mut places = String::new();
    let mut column = 0;
    for letter in plain.lines().nth(number).unwrap_or_default().chars() {
        places += &format!("{:.1} ", BORDER + column as f64 * PITCH);
        column += letter.width().unwrap_or_default();
    }
    format!("<tspan x=\"{}\" y=\"{y}\">{rest}", if places.is_empty() { "10" } else { places.trim_end() })
}

/// The picture in a page, with its words and its text folded away behind it.
pub fn figure(command: &str, seen: &Seen, source: &str) -> String {
    let columns = seen.plain.lines().map(width).max().unwrap_or_default();
    let (across, down) = size(&seen.plain);
    let words = seen.spoken.split_whitespace().collect::<Vec<_>>().join(" ");
    let (alternative, folded) = if words.len() <= SPOKEN {
        (words, String::new())
    } else {
        let lines = seen.spoken.lines().filter(|line| !line.trim().is_empty());
        let list: String = lines.map(|line| format!("- {}\n", prose(&literal(line.trim())))).collect();
        let folded = format!("<details><summary>The picture in words</summary>\n\n{list}\n</details>\n\n");
        (format!("{} The rest stands below, in words.", beginning(&words)), folded)
    };
    format!(
        "<figure class=\"terminal\">\n<figcaption><code>$ {}</code></figcaption>\n<div tabindex=\"0\">\
         <img src=\"{source}\" width=\"{across}\" height=\"{down}\" \
         style=\"--columns: {columns}\" alt=\"{}\"></div>\n</figure>\n\n\
         {folded}<details><summary>The picture as text, to copy</summary>\n\n\
         ```text\n{}\n```\n\n</details>\n",
        attribute(command),
        attribute(&alternative),
        seen.plain.trim_end(),
    )
}

/// Whole sentences, as many as fit.
fn beginning(words: &str) -> &str {
    let ends = words.match_indices(". ").map(|(at, _)| at + 1).take_while(|at| *at <= SPOKEN);
    let cut = ends.last().or_else(|| words.char_indices().map(|(at, _)| at).take_while(|at| *at <= SPOKEN).last());
    &words[..cut.unwrap_or_default()]
}

/// Markdown's signs as they are.
fn literal(text: &str) -> String {
    text.chars().fold(String::new(), |mut made, letter| {
        if matches!(letter, '*' | '_' | '[' | ']' | '\\' | '`' | '|' | '~' | '#') {
            made.push('\\');
        }
        made.push(letter);
        made
    })
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn width(line: &str) -> usize {
    line.chars().filter_map(UnicodeWidthChar::width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Seen {
        Seen::new("\u{1b}[34m╔═ \u{1b}[0ma<b\n│\n".to_owned(), "A box with \"a<b\".".to_owned())
    }

    #[test]
    fn a_chapter_ends_where_the_next_one_begins() {
        let printed = "\u{1b}[1m1 One\u{1b}[0m\n a\n\u{1b}[1m2 Two\u{1b}[0m\n b\n\n c\n3 Three\n d\n";
        let said = "Chapter 1: one. A.\nChapter 2: two. B.\nC.\nChapter 3: three. D.\n";
        let second = Seen::new(printed.to_owned(), said.to_owned()).chapter("2").expect("it is there");
        assert_eq!(second.plain, "2 Two\n b\n\n c");
        assert_eq!(second.spoken, "Chapter 2: two. B.\nC.");
    }

    #[test]
    fn every_letter_has_a_place_on_the_grid() {
        let svg = svg(&seen());
        assert!(svg.contains("<tspan x=\"10.0 19.3 28.6 37.9 47.2 56.5\" y=\"28\">"), "{svg}");
        assert!(svg.contains("<tspan x=\"10.0\" y=\"46\">"), "{svg}");
        assert!(svg.contains("viewBox=\"0 0 76 "), "{svg}");
    }

    #[test]
    fn a_picture_is_readable_by_day_and_by_night() {
        assert_eq!(svg(&seen()).matches("prefers-color-scheme: dark").count(), 1);
    }

    #[test]
    fn the_alternative_text_is_what_the_command_says() {
        let figure = figure("layercake peel", &seen(), "pictures/a.svg");
        assert!(figure.contains("alt=\"A box with &quot;a&lt;b&quot;.\""), "{figure}");
    }

    #[test]
    fn long_words_end_with_a_sentence_and_go_on_below() {
        let spoken = "One sentence. ".repeat(100);
        let figure = figure("layercake peel", &Seen { spoken, ..seen() }, "pictures/a.svg");
        assert!(figure.contains("One sentence. The rest stands below, in words.\""), "{figure}");
        assert!(figure.contains("<details><summary>The picture in words</summary>"), "{figure}");
    }
}
