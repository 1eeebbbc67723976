//! A second pair of hands for long files: while one thread reads packets, another one draws those that were read, in
//! order. What is printed is the same, only sooner. Not here: live captures, where every packet is shown at once.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use super::{Console, Error};
use crate::dissect::{Dissection, Node, Packet};
use crate::render::{Renderer, View};

/// Packets that are handed over at once, and how many of such batches there are.
const BATCH: usize = 128;
const BATCHES: usize = 3;
/// Bytes of memory that a batch may hold on to.
const HEAVY: usize = 4 * 1024 * 1024;

/// What a summary tells of a packet. The rest of the tape stays where it was written: carrying it over to the other
/// thread's cache costs more than drawing does.
#[derive(Default)]
struct Sheet {
    packet: Packet<'static>,
    bytes: Vec<u8>,
    tape: Dissection,
}

#[derive(Default)]
struct Batch {
    sheets: Vec<Sheet>,
    used: usize,
    weight: usize,
    text: Vec<u8>,
}

/// The thread that draws, and the batch that is being filled for it.
pub(super) struct Press {
    /// The packet that is being read.
    tape: Dissection,
    present: Batch,
    /// Batches that are with the thread.
    away: usize,
    read: Sender<Batch>,
    drawn: Receiver<Batch>,
    thread: JoinHandle<Box<dyn Renderer>>,
}

impl Sheet {
    fn note(&mut self, packet: &Packet<'_>, tape: &Dissection) {
        let needed = tape.copy_loud(&mut self.tape);
        self.bytes.clear();
        self.bytes.extend_from_slice(packet.bytes.get(..needed).unwrap_or(packet.bytes));
        // A summary names no interface and nobody's name, and comments are on the tape.
        self.packet = Packet { bytes: &[], interfaces: &[], names: &[], interface: 0, comment: None, ..*packet };
    }

    fn draw(&self, renderer: &mut dyn Renderer, out: &mut Vec<u8>) {
        let packet = Packet { bytes: &self.bytes, ..self.packet };
        renderer.packet(View { packet: &packet, tape: &self.tape }, out);
    }

    fn weight(&self) -> usize {
        let tape = &self.tape;
        let nodes = tape.nodes.capacity() * size_of::<Node>();
        self.bytes.capacity() + tape.made.capacity() + tape.joined.capacity() + nodes
    }
}

impl Batch {
    fn draw(&mut self, renderer: &mut dyn Renderer) {
        for sheet in &self.sheets[..self.used] {
            sheet.draw(renderer, &mut self.text);
        }
    }

    /// Makes it ready for other packets. Its memory is used again, unless that is much.
    fn clear(&mut self) {
        if self.weight + self.text.capacity() > HEAVY {
            *self = Batch::default();
        }
        (self.used, self.weight) = (0, 0);
        self.text.clear();
        self.sheets.resize_with(BATCH, Sheet::default);
    }
}

impl Press {
    /// Hands the renderer to a thread: one of summaries, for it gets no more than [`Dissection::copy_loud`] copies.
    pub(super) fn start(mut renderer: Box<dyn Renderer>) -> Self {
        let (read, batches) = channel::<Batch>();
        let (done, drawn) = channel();
        let thread = thread::spawn(move || {
            for mut batch in batches {
                batch.draw(renderer.as_mut());
                if done.send(batch).is_err() {
                    break; // nobody looks any more
                }
            }
            renderer
        });
        let mut present = Batch::default();
        present.clear();
        Press { tape: Dissection::new(), present, away: 0, read, drawn, thread }
    }

    /// Where the next packet is to be read.
    pub(super) fn tape(&mut self) -> &mut Dissection {
        &mut self.tape
    }

    /// The packet that was read there is to be shown.
    pub(super) fn show(&mut self, packet: &Packet<'_>, console: &mut Console) -> Result<(), Error> {
        let batch = &mut self.present;
        let sheet = &mut batch.sheets[batch.used];
        sheet.note(packet, &self.tape);
        batch.weight += sheet.weight();
        batch.used += 1;
        if batch.used == BATCH || batch.weight > HEAVY { self.turn(console) } else { Ok(()) }
    }

    /// Hands the batch over and takes one that was drawn, or a new one.
    fn turn(&mut self, console: &mut Console) -> Result<(), Error> {
        let mut next = Batch::default();
        if self.away + 1 == BATCHES {
            // Nothing comes only where it has panicked, and then `finish` does too.
            next = self.drawn.recv().unwrap_or_default();
            self.away -= 1;
        }
        let printed = console.print(&next.text);
        next.clear();
        self.away += usize::from(self.read.send(std::mem::replace(&mut self.present, next)).is_ok());
        printed
    }

    /// Prints all that was read, and gives the renderer back.
    pub(super) fn finish(self, console: &mut Console) -> (Box<dyn Renderer>, Result<(), Error>) {
        let Press { present, read, drawn, thread, .. } = self;
        let _ = read.send(present);
        drop(read);
        let printed = drawn.into_iter().try_for_each(|batch| console.print(&batch.text));
        match thread.join() {
            Ok(renderer) => (renderer, printed),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}
