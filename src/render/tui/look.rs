//! Colours and marks of the screen. Only the terminal's own 16 colours; without any, bold and reversed say the same.

use ratatui_core::style::{Color, Modifier, Style};

use super::super::Charset;
use crate::dissect::Level;

/// For which background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// The terminal's own colours, which suit any background.
    #[default]
    Dark,
    /// The darker half of them, for white backgrounds.
    Light,
    /// None.
    Mono,
}

/// How the screen looks.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Colours.
    pub theme: Theme,
    /// Characters.
    pub charset: Charset,
}

#[expect(clippy::unused_self, reason = "one asks the look, whatever its answer depends on")]
impl Look {
    /// The one for this character set.
    pub fn pick<T>(self, unicode: T, ascii: T) -> T {
        match self.charset {
            Charset::Unicode => unicode,
            Charset::Ascii => ascii,
        }
    }

    pub(super) fn plain(self) -> Style {
        Style::default()
    }

    pub(super) fn strong(self) -> Style {
        Style::default().add_modifier(Modifier::BOLD)
    }

    /// What matters less.
    pub(super) fn dim(self) -> Style {
        match self.theme {
            Theme::Dark => Style::default().fg(Color::Gray),
            Theme::Light => Style::default().fg(Color::DarkGray),
            Theme::Mono => Style::default(),
        }
    }

    /// Lines between the parts.
    pub(super) fn line(self) -> Style {
        match self.theme {
            Theme::Dark => Style::default().fg(Color::DarkGray),
            Theme::Light => Style::default().fg(Color::Gray),
            Theme::Mono => Style::default(),
        }
    }

    /// The first line and the last.
    pub(super) fn bar(self) -> Style {
        Style::default().add_modifier(Modifier::REVERSED)
    }

    /// A key on the last line.
    pub(super) fn key(self) -> Style {
        self.bar().add_modifier(Modifier::BOLD)
    }

    /// What is chosen, in the part that the keys go to or in another one.
    pub(super) fn chosen(self, here: bool) -> Style {
        if here { self.bar() } else { Style::default().add_modifier(Modifier::BOLD) }
    }

    /// Bytes that are lit.
    pub(super) fn lit(self) -> Style {
        Style::default().add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    /// A warning; a `!` stands beside it always.
    pub(super) fn warn(self) -> Style {
        match self.theme {
            Theme::Mono => self.strong(),
            _ => Style::default().fg(Color::Red),
        }
    }

    /// A layer.
    pub(super) fn level(self, level: Level) -> Style {
        let colour = match (self.theme, level) {
            (_, Level::Application) => return self.strong(),
            (Theme::Mono, _) => return Style::default(),
            (_, Level::Physical) => Color::Yellow,
            (Theme::Dark, Level::Link) => Color::LightBlue,
            (_, Level::Link) => Color::Blue,
            (_, Level::Network) => Color::Cyan,
            (_, Level::Transport) => Color::Magenta,
        };
        Style::default().fg(colour)
    }
}
