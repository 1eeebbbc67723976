//! The layer of bytes that are a part of something: of a message that goes on in other packets, of what was
//! sent before, of what waits for missing bytes. Not here: how parts are put together (`flow`).

use super::{
    Dissection, Field, GistForm, Level, Next, Node, Pass, Protocol, Reader,
    Show::{Bytes, Dec, Nothing, Text, Unit},
    Value, field,
};

static OF: Field = field("of", "part of", Text)
    .gist("of ")
    .spec("RFC 9293 §3.8")
    .explain("What the bytes belong to: a message that is longer than one packet. TCP cuts wherever it likes; the reader must find the edges again.");
static BEGINS: Field = field("begins", "begins", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("layercake")
    .explain("The first line of the message that begins here, so that it can be recognised before all of it has come.");
static CARRIER: Field = field("carrier", "carried by packet", Dec).spec("layercake").explain(
    "One of the packets that brought the message, in order. It is read in the last of them, where it is complete.",
);
static AGAIN: Field =
    field("again", "was here before", Nothing).gist("seen before").spec("RFC 9293 §3.10.7.4").explain(
        "These bytes came with an earlier packet already. The receiver throws them away and acknowledges once more.",
    );
static EARLY: Field = field("early", "waits for missing bytes", Nothing)
    .gist("ahead of missing bytes")
    .spec("RFC 9293 §3.10.7.4")
    .explain("Bytes before these have not arrived yet. The receiver keeps these and shows the program nothing until the gap is closed.");
static MISSING: Field =
    field("missing", "never captured before it", Unit("bytes")).gist("missing ").spec("layercake").explain(
        "The receiver acknowledged bytes that this capture does not hold: the capture lost them, not the network.",
    );
static COMPLETE_IN: Field = field("complete_in", "complete in packet", Dec).spec("layercake").explain(
    "The packet that brings the last of the message; all of it is read there. Only who has read ahead in the file can know it.",
);
static GOES_ON: Field = field("goes_on", "the rest follows", Nothing).spec("RFC 9293 §3.8").explain(
    "More bytes of the message are to come. Nobody knows yet in which packet: its length says how many, never how they will be cut.",
);
static NEVER_COMPLETE: Field = field("never_complete", "the rest is not in this capture", Nothing)
    .gist("never complete")
    .spec("layercake")
    .explain("The capture ends, or lost bytes, before the message was complete: what came of it stands only here.");
static ENDS: Field = field("ends_with_connection", "ends with the connection", Unit("bytes"))
    .gist_as(GistForm::Aside, "ends with the connection at byte ")
    .spec("RFC 9112 §6.3, RFC 9293 §3.6")
    .explain("Nothing in the message says how long it is: it reaches as far as bytes come. Only this goodbye tells that it is over, and nobody can tell whether it was meant to be.");
static CUT_OFF: Field = field("cut_off", "cut off by a goodbye", Unit("bytes missing"))
    .gist_as(GistForm::Aside, "cut off, missing ")
    .spec("RFC 9112 §8, RFC 9293 §3.6")
    .explain("The message said how long it would be, and the connection ended before that: so many bytes of it never came. A program must not take it for whole.");
static TOO_LONG: Field = field("too_long", "longer than is kept", Nothing)
    .spec("layercake")
    .explain("The message is longer than layercake keeps of one message: its beginning was shown where it came, the rest is passed over.");
static BYTES: Field = field("bytes", "bytes", Bytes)
    .spec("RFC 9293 §3.8")
    .explain("The part as it crossed the wire. Alone it may begin and end in the middle of a word.");

/// A part of something.
pub static PART: Protocol = Protocol {
    key: "part",
    name: "part",
    level: Level::Application,
    explain: "A part of a message that is longer than one packet; the message is read in the packet that completes it.",
    spec: "RFC 9293 §3.8",
    claims: &[],
    fields: &[
        &OF,
        &BEGINS,
        &CARRIER,
        &AGAIN,
        &EARLY,
        &MISSING,
        &COMPLETE_IN,
        &GOES_ON,
        &NEVER_COMPLETE,
        &ENDS,
        &CUT_OFF,
        &TOO_LONG,
        &BYTES,
    ],
    read: |r| {
        r.all(&BYTES);
        Ok(Next::Data)
    },
    frame: None,
};

/// What is known of the rest of an unfinished message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// It has come, and the message is complete, in this packet.
    In(u64),
    /// It is to come, nobody knows where.
    Follows,
    /// The capture does not hold it.
    Never,
}

/// What is said about a part.
#[derive(Default)]
pub struct Part<'a> {
    /// Of which protocol's message.
    pub of: Option<&'static Protocol>,
    /// The packets that carried the message that this part completes.
    pub carriers: &'a [u64],
    /// It was here before.
    pub again: bool,
    /// Bytes before it have not come yet.
    pub early: bool,
    /// Bytes before it that the capture never saw.
    pub missing: u64,
    /// It belongs to a message that is longer than is kept.
    pub too_long: bool,
    /// The message begins with it.
    pub first: bool,
    /// The message goes on in other packets.
    pub rest: Option<Rest>,
    /// The connection ended, and with it the message: its bytes, and those that by its own words never came.
    pub ended: Option<(u64, u64)>,
}

impl Part<'_> {
    /// Notes the next `n` bytes, or all that remain, as a part.
    pub fn note(&self, pass: &mut Pass<'_>, n: usize, tape: &mut Dissection) {
        let n = n.min(pass.rest().len());
        pass.aside(n, &PART, tape, |r| self.write(r));
    }

    /// Notes what there is to say, then the bytes.
    pub(super) fn write(&self, r: &mut Reader<'_>) {
        if let Some(protocol) = self.of {
            let at = r.span(0);
            r.made(&OF, at, |out| out.extend_from_slice(protocol.name.as_bytes()));
        }
        if let (true, Some(line)) = (self.first, first_line(r.rest())) {
            r.note_bytes(&BEGINS, r.span(line));
        }
        for carrier in self.carriers {
            r.note(&CARRIER, *carrier);
        }
        for (said, field) in [(self.again, &AGAIN), (self.early, &EARLY), (self.too_long, &TOO_LONG)] {
            if said {
                r.note(field, 1);
            }
        }
        if self.missing > 0 {
            r.note(&MISSING, self.missing);
        }
        match self.rest {
            Some(Rest::In(packet)) => r.note(&COMPLETE_IN, packet),
            Some(Rest::Follows) => r.note(&GOES_ON, 1),
            Some(Rest::Never) => r.note(&NEVER_COMPLETE, 1),
            None => {}
        }
        match self.ended {
            Some((bytes, 0)) => r.note(&ENDS, bytes),
            Some((_, missing)) => r.note(&CUT_OFF, missing),
            None => {}
        }
        r.all(&BYTES);
    }
}

/// The packets that carried the messages which this packet completes.
pub fn carriers(tape: &Dissection) -> impl Iterator<Item = u64> + '_ {
    let of_carrier = |n: &&Node| std::ptr::eq(n.field, &raw const CARRIER);
    tape.nodes.iter().filter(of_carrier).filter_map(|n| match n.value {
        Value::Number(packet) => Some(packet),
        _ => None,
    })
}

/// Length of the first line, where it is one that people can read.
fn first_line(bytes: &[u8]) -> Option<usize> {
    let end = memchr::memchr2(b'\r', b'\n', bytes).unwrap_or(bytes.len()).min(120);
    let line = bytes.get(..end)?;
    (end > 3 && line.iter().all(|b| matches!(b, b' '..=b'~'))).then_some(end)
}
