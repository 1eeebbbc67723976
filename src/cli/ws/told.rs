//! What the client tells, handed to whoever draws it.

use std::net::SocketAddr;
use std::sync::mpsc::Receiver;

use super::bits::Bits;
use crate::cli::{Console, Error};
use crate::render::trace::{Frame, Message, Trace};
use crate::render::{Renderer, View, quantity};
use crate::source::seen::LABEL;
use crate::websocket::client::{Certificate, Event, Plan, Told};
use crate::websocket::deflate::Agreement;

/// The client's own view is drawn from what it tells, not from packets.
pub(super) struct Nothing;

impl Renderer for Nothing {
    fn packet(&mut self, _: View<'_>, _: &mut Vec<u8>) {}
}

/// Draws events as they come; or keeps quiet, where packets are shown instead.
pub(super) struct Teller {
    events: Receiver<Told>,
    trace: Option<Trace>,
    /// Frames bit by bit, where they are wanted.
    bits: Option<Bits>,
    /// The message that goes on is text, by direction.
    text: [bool; 2],
}

impl Teller {
    pub(super) fn new(events: Receiver<Told>, trace: Option<Trace>, bits: Option<Bits>) -> Self {
        Teller { events, trace, bits, text: [true; 2] }
    }

    pub(super) fn begin(&self, plan: &Plan, console: &mut Console) {
        if let Some(trace) = &self.trace {
            trace.begin(&plan.url.to_string(), LABEL, console.buffer());
        }
    }

    /// Draws all that has come.
    pub(super) fn draw(&mut self, console: &mut Console) -> Result<(), Error> {
        let mut any = false;
        while let Ok(told) = self.events.try_recv() {
            any = true;
            if let Some(trace) = &self.trace {
                if told.left_out > 0 {
                    trace.left_out(told.left_out, console.buffer());
                }
                draw(trace, &mut self.bits, &mut self.text, told, console.buffer());
                console.turn()?;
            } else if let Event::Aside(text) = told.event {
                console.remark(&text);
            }
        }
        if any { console.flush() } else { Ok(()) }
    }
}

fn draw(trace: &Trace, bits: &mut Option<Bits>, texts: &mut [bool; 2], told: Told, out: &mut Vec<u8>) {
    let at = told.at;
    let span = |time: std::time::Duration| quantity::span(time.as_nanos() as u64, crate::render::Charset::Unicode);
    match told.event {
        Event::Named(host, addresses) => {
            let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            trace.step(at, "name", &format!("{host} stands for {}", all.join(", then ")), &[], out);
        }
        Event::Refused(to, why, took) => {
            let why = match why {
                std::io::ErrorKind::ConnectionRefused => "refuses: nothing listens there".to_owned(),
                std::io::ErrorKind::TimedOut => "does not answer".to_owned(),
                other => other.to_string(),
            };
            trace.step(at, "TCP", &format!("{to} {why} ({})", span(took)), &[], out);
        }
        Event::Connected(local, remote, took) => {
            trace.step(at, "TCP", &connected(local, remote, &span(took)), &[], out);
        }
        Event::Proxied(asked, answered, took) => {
            let first = answered.first().cloned().unwrap_or_default();
            let text = format!("asked for a tunnel, it took {}", span(took));
            let more: Vec<String> = asked.into_iter().chain([format!("→ {first}")]).collect();
            trace.step(at, "proxy", &text, &more, out);
        }
        Event::Secured { version, cipher, alpn, certificate, verified, took } => {
            let text = format!("TLS {version} with {cipher}, agreed in {}", span(took));
            trace.step(at, "TLS", &text, &secured(alpn.as_deref(), certificate.as_ref()), out);
            if !verified {
                trace.wrong("nobody whom this machine trusts vouches for it; --insecure accepts it anyway", "", out);
            }
        }
        Event::Asked(lines) => trace.request(at, &lines, out),
        Event::Answered(answer, took) => trace.answer(at, answer.status, &answer.lines, &answer.body, took, out),
        Event::Derived { key, digest, expected, said } => trace.proof(&key, &digest, &expected, said.as_deref(), out),
        Event::Broke(breaches) => {
            trace.gap(out);
            for breach in &breaches {
                trace.wrong(&breach.what, breach.rule, out);
            }
        }
        Event::Open(protocol, agreement) => {
            if let Some(bits) = bits {
                bits.agreed(agreement.is_some());
            }
            trace.gap(out);
            trace.step(
                at,
                "open",
                "both sides may speak now, at any time",
                &agreed(protocol.as_deref(), agreement),
                out,
            );
        }
        Event::Frame(frame) => {
            let text = &mut texts[usize::from(frame.from_client)];
            if frame.opcode.bits() != 0 && !frame.opcode.is_control() {
                *text = frame.opcode.bits() == 1;
            }
            let shown = Frame {
                from_client: frame.from_client,
                fin: frame.fin,
                rsv: frame.rsv,
                opcode: frame.opcode.bits(),
                mask: frame.mask,
                head: frame.head.len(),
                length: frame.length,
                payload: &frame.payload,
                text: *text || frame.opcode.is_control(),
            };
            trace.frame(at, &shown, out);
            if let Some(bits) = bits {
                bits.draw(&frame, out);
            }
        }
        Event::Message { text, bytes, length, travelled, frames, packed, .. } => {
            trace.message(&Message { bytes: &bytes, text, length, travelled, frames, packed }, out);
        }
        Event::RoundTrip(time) => trace.round_trip(time, out),
        Event::Breach(broken) => trace.wrong(broken.what, broken.rule, out),
        Event::Raw(bytes) => trace.raw(at, &bytes, out),
        Event::Aside(text) => trace.note(&text, out),
        Event::Closed { close, came } => {
            let text = match close {
                Some(_) => "both said goodbye, TCP is closed",
                None if came => "the rule that was broken ended it; TCP is closed",
                None => "TCP ended, and no close frame came from the server: programs call this 1006",
            };
            trace.step(at, "closed", text, &[], out);
        }
    }
}

fn connected(local: SocketAddr, remote: SocketAddr, took: &str) -> String {
    format!("connected to {remote} from our port {} in {took}", local.port())
}

fn secured(alpn: Option<&str>, certificate: Option<&Certificate>) -> Vec<String> {
    let mut more = Vec::new();
    match alpn {
        Some(alpn) => more.push(format!("ALPN chose {alpn}: a WebSocket is upgraded from HTTP/1.1")),
        None => more.push("no ALPN: the server does not say which protocol it expects".to_owned()),
    }
    if let Some(certificate) = certificate {
        more.push(format!("certificate for {} ({})", certificate.names.join(", "), certificate.subject));
        let own = certificate.subject == certificate.issuer;
        more.push(format!("issued by {}", if own { "itself: self-signed" } else { &certificate.issuer }));
        more.push(format!("valid from {} until {}", certificate.from, certificate.until));
    }
    more
}

/// What was negotiated.
fn agreed(protocol: Option<&str>, agreement: Option<Agreement>) -> Vec<String> {
    let mut more = Vec::new();
    if let Some(protocol) = protocol {
        more.push(format!("subprotocol: {protocol}"));
    }
    let Some(agreement) = agreement else { return more };
    more.push("messages are compressed (permessage-deflate, RFC 7692)".to_owned());
    let sides = [
        ("ours", agreement.client_no_context_takeover, agreement.client_max_window_bits),
        ("theirs", agreement.server_no_context_takeover, agreement.server_max_window_bits),
    ];
    for (whose, fresh, bits) in sides {
        let memory = if fresh { "each begins anew" } else { "each may point back to those before" };
        let window = quantity::bytes(1 << bits);
        more.push(format!("{whose}: {memory}, {window} back at most (2^{bits})"));
    }
    more
}
