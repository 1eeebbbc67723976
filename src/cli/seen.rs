//! What a program of ours sees of its connections, shown while it happens: the network runs in another thread, here its
//! bytes become packets, are read, drawn and saved like those of a capture.

use super::capture::Format;
use super::output::Output;
use super::stop::Stop;
use super::{Console, Error};
use crate::dissect::Dissection;
use crate::filter::Filter;
use crate::flow::Tracker;
use crate::protocols;
use crate::render::{Renderer, View};
use crate::source::seen::{LABEL, Seen};
use crate::source::{Event, Source};

/// How it is shown and where it is saved; the same for every command that talks itself.
#[derive(clap::Args, Debug, Clone)]
pub(super) struct Showing {
    /// How it is shown, instead of this command's own view
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(super) format: Option<Format>,
    /// Say what each field is for
    #[arg(long)]
    pub(super) explain: bool,
    /// Save what crossed to a pcapng file; with TLS the keys, too
    #[arg(short, long, value_name = "FILE")]
    pub(super) write: Option<String>,
    /// Only what matches is shown and saved
    #[arg(long, value_name = "EXPR")]
    pub(super) filter: Option<String>,
    /// Show nothing of what crosses
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// About a tenth of a core that others want, all of one that nobody wants.
#[cfg(target_os = "linux")]
const POLITE: i32 = 10;

/// What is shown, drawn and saved of a program's connections.
pub(super) struct Show {
    renderer: Option<Box<dyn Renderer>>,
    output: Option<Output>,
    filter: Option<Filter>,
}

/// Whoever shows gives way to whoever passes bytes on, where both want the same core. For a thread that draws, once the
/// others have begun: they would inherit it.
pub(super) fn give_way() {
    // On Linux a thread has a priority of its own (setpriority(2), "C library/kernel differences"); elsewhere this would
    // slow the whole program. Nobody is harmed where it fails.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(POLITE);
}

impl Show {
    /// `own` is the command's own view, for who asks for no format.
    pub(super) fn new(showing: &Showing, own: Box<dyn Renderer>, console: &mut Console) -> Result<Self, Error> {
        let filter = showing.filter.as_ref().map(|text| {
            let parsed = Filter::parse(text, protocols::index());
            parsed.map_err(|error| Error::Filter { error, text: text.clone() })
        });
        let renderer = match showing.format {
            _ if showing.quiet => None,
            Some(format) => Some(format.renderer(console, showing.explain, Some(LABEL))),
            None => Some(own),
        };
        console.live();
        let output = showing.write.as_deref().map(Output::create).transpose()?;
        Ok(Show { renderer, output, filter: filter.transpose()? })
    }

    /// Shows all that comes, until the program is done or Ctrl-C. `turn` is called between packets, at least ten times a
    /// second: what else is to be said, and whether to go on.
    pub(super) fn play(
        &mut self,
        source: &mut Seen,
        stop: &Stop,
        console: &mut Console,
        mut turn: impl FnMut(&mut Console) -> Result<bool, Error>,
    ) -> Result<u64, Error> {
        let index = protocols::index();
        let secrets = source.secrets().unwrap_or_default();
        let mut tracker = Tracker::new().with_secrets(secrets.clone());
        let mut tape = Dissection::new();
        let mut shown = 0;
        while !stop.asked() {
            match source.next()? {
                Event::End => break,
                Event::Idle => {
                    if let Some(renderer) = &mut self.renderer {
                        renderer.flush(console.buffer());
                    }
                    if let Some(output) = &mut self.output {
                        output.flush()?;
                    }
                    console.flush()?;
                }
                // Nobody looks: whoever is quiet is quick.
                Event::Packet(_) if self.renderer.is_none() && self.output.is_none() => shown += 1,
                Event::Packet(packet) => {
                    tracker.read(index, &packet, &mut tape);
                    if self.filter.as_ref().is_none_or(|filter| filter.matches(&packet, &tape)) {
                        shown += 1;
                        if let Some(output) = &mut self.output {
                            output.secrets(&secrets)?;
                            output.packet(&packet)?;
                        }
                        if let Some(renderer) = &mut self.renderer {
                            renderer.packet(View { packet: &packet, tape: &tape }, console.buffer());
                        }
                    }
                    console.turn()?;
                }
            }
            if !turn(console)? {
                break;
            }
        }
        Ok(shown)
    }

    /// Whatever happened: nothing that crossed is lost.
    pub(super) fn finish(mut self, console: &mut Console) -> Result<(), Error> {
        if let Some(renderer) = &mut self.renderer {
            renderer.flush(console.buffer());
        }
        let saved = self.output.as_mut().map_or(Ok(()), Output::flush);
        console.flush().and(saved)
    }
}
