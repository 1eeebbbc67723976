//! Which HTTP/1.x answer belongs to which question, RFC 9112 §9.3: answers come in the order of the questions, so
//! a queue is all the memory that is needed. Not here: HTTP/2, whose streams are numbered (`http2_streams`).

use std::collections::VecDeque;

use crate::dissect::{
    Field, Reader,
    Show::{Dec, Unit},
    field,
};

pub(super) static ANSWERS: Field = field("answers", "answers packet", Dec)
    .gist("to packet ")
    .spec("RFC 9112 §9.3.2")
    .explain("The packet in which the question was complete. HTTP/1.1 numbers nothing: the first answer belongs to the first question, and one that is slow holds up all behind it.");
pub(super) static TIME: Field = field("time", "after", Unit("µs")).spec("layercake").explain(
    "From the end of the question to the end of the answer: the way there and back, and the thinking of the server.",
);

/// Questions that wait for their answers.
const MAX_PIPELINED: usize = 64;

/// A question that waits for its answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Question {
    /// HEAD: the answer has no body whatever its head says.
    pub head: bool,
    /// CONNECT: after a yes the connection belongs to somebody else.
    pub connect: bool,
    /// The packet in which it was complete.
    pub packet: u64,
    /// Its time, nanoseconds since 1970.
    pub time: Option<u64>,
}

/// The questions of one connection, the oldest first.
#[derive(Default)]
pub(super) struct Questions {
    waiting: VecDeque<Question>,
}

impl Questions {
    /// Whether an answer with this status has no body, whatever its head says (RFC 9112 §6.3).
    pub fn bodiless(&self, status: u16) -> bool {
        bodiless(status, self.waiting.front().copied())
    }

    #[cfg(test)]
    pub fn ask(&mut self, question: Question) {
        self.waiting.push_back(question);
    }
}

fn bodiless(status: u16, question: Option<Question>) -> bool {
    let to = question.unwrap_or_default();
    matches!(status, 100..200 | 204 | 304) || to.head || to.connect && matches!(status, 200..300)
}

/// A request with this method was read: it waits.
pub(super) fn asked(r: &mut Reader<'_>, method: &[u8]) {
    let question = Question {
        head: method == b"HEAD",
        connect: method == b"CONNECT",
        packet: r.packet().number,
        time: r.packet().time,
    };
    // What devices announce over UDP (SSDP) waits for nothing.
    if r.facts().tcp.is_none() {
        return;
    }
    if let Some(talk) = r.talk() {
        let waiting = &mut talk.memory::<Questions>().waiting;
        if waiting.len() < MAX_PIPELINED {
            waiting.push_back(question);
        }
    }
}

/// An answer with this status was read. Says to what, and returns whether it has no body, and the question.
pub(super) fn answered(r: &mut Reader<'_>, status: u16) -> (bool, Option<Question>) {
    let interim = matches!(status, 100 | 102..200);
    let question = r.talk().and_then(|talk| {
        let waiting = &mut talk.recall::<Questions>()?.waiting;
        if interim { waiting.front().copied() } else { waiting.pop_front() }
    });
    if let Some(question) = question {
        note(r, &ANSWERS, question.packet, question.time);
    }
    (bodiless(status, question), question)
}

/// Notes to what this packet answers, and how long that took.
pub(super) fn note(r: &mut Reader<'_>, answers: &'static Field, packet: u64, time: Option<u64>) {
    r.note(answers, packet);
    if let (Some(then), Some(now)) = (time, r.packet().time) {
        r.note(&TIME, now.saturating_sub(then) / 1000);
    }
}
