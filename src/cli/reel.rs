//! All packets of a source, one after another, with the memory of those before: what the commands share that
//! look at conversations. Says on stderr how far it has come in a long file.

use std::time::{Duration, Instant};

use super::stop::Stop;
use super::{Console, Error, open};
use crate::dissect::{Direction, Dissection, dissect};
use crate::filter::Filter;
use crate::flow::Tracker;
use crate::protocols;
use crate::render::View;
use crate::source::Event;
use crate::view::without_payload;

/// A file that is read in less time needs no bar.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);
/// The clock is looked at once in so many packets.
pub(super) const LOOK: u64 = 1024;

/// What comes from the source.
pub(super) enum Moment<'a> {
    /// A packet, and whether it matches the filter.
    Packet(View<'a>, bool),
    /// Nothing, for a moment.
    Idle,
}

/// A source that is read to its end.
pub(super) struct Reel {
    pub(super) opened: open::Opened,
    filter: Option<Filter>,
    pub(super) tracker: Tracker,
    stop: Stop,
}

impl Reel {
    /// Opens the source and understands the filter.
    pub(super) fn new(
        from: &open::From,
        expression: &[String],
        tracker: Tracker,
        console: &mut Console,
    ) -> Result<Self, Error> {
        let filter = if expression.is_empty() {
            None
        } else {
            let text = expression.join(" ");
            Some(Filter::parse(&text, protocols::index()).map_err(|error| Error::Filter { error, text })?)
        };
        let stop = Stop::listen();
        let opened = open::open(from, None, console)?;
        let tracker = tracker.with_secrets(opened.secrets.clone());
        if opened.live {
            console.live();
        }
        if let Some(words) = &opened.heading {
            console.remark(words);
        }
        Ok(Reel { opened, filter, tracker, stop })
    }

    /// Shows every packet to `see`, until the end, Ctrl-C, or until `see` has seen enough (false).
    pub(super) fn each(
        &mut self,
        console: &mut Console,
        mut see: impl FnMut(Moment<'_>, &Tracker, &mut Console) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let index = protocols::index();
        let mut tape = Dissection::new();
        let (begun, mut count) = (Instant::now(), 0_u64);
        let live = self.opened.live;
        let progress = self.opened.progress.take();
        loop {
            if self.stop.asked() {
                break Ok(());
            }
            let mut packet = match self.opened.source().next() {
                Ok(Event::Packet(packet)) => packet,
                Ok(Event::Idle) => {
                    see(Moment::Idle, &self.tracker, console)?;
                    console.flush()?;
                    continue;
                }
                Ok(Event::End) => break Ok(()),
                Err(error) => break Err(error.into()),
            };
            if live && packet.direction == Direction::Passing {
                dissect(index, &packet, &mut tape);
                packet = without_payload(packet, &tape);
            }
            self.tracker.read(index, &packet, &mut tape);
            let matches = self.filter.as_ref().is_none_or(|f| f.matches(&packet, &tape));
            let goes_on = see(Moment::Packet(View { packet: &packet, tape: &tape }, matches), &self.tracker, console)?;
            console.turn()?;
            if !goes_on {
                break Ok(());
            }
            count += 1;
            if let Some(progress) = progress.as_ref().filter(|_| count.is_multiple_of(LOOK)) {
                progress.show_after(begun.elapsed(), PATIENCE);
            }
        }
    }
}
