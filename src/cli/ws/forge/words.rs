//! What a server says to forged frames, in words: our own server, fed with them, and a real one.

use super::super::picture::quoted;
use super::{Forged, Verdict};
use crate::render::frame_bits::Fact;
use crate::websocket::ask::Answer;
use crate::websocket::forge::Bad;
use crate::websocket::{Broken, Endpoint, Incoming, Limits, Role};

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn said(text: &str) -> Fact {
    Fact::Text(text.as_bytes().to_vec())
}

/// A mistake, for programs.
pub(super) fn facts(bad: &Bad) -> Vec<(&'static str, Fact)> {
    vec![
        ("bad", said(bad.name)),
        ("what", said(bad.what)),
        ("why", said(bad.why)),
        ("rule", said(bad.rule)),
        ("answer", Fact::Number(u64::from(bad.code))),
    ]
}

/// A message, as it is told.
fn message(message: &Incoming) -> String {
    let bytes = |kind: &str, bytes: &[u8]| match bytes.len() {
        0 => format!("{kind} without content"),
        n if n <= 16 => format!("{kind}, {}", hex(bytes)),
        n => format!("{kind}, {n} bytes"),
    };
    match message {
        Incoming::Text(text) => format!("text, \"{}\"", quoted(text)),
        Incoming::Binary(all) => bytes("binary", all),
        Incoming::Ping(all) => bytes("ping", all),
        Incoming::Pong(all) => bytes("pong", all),
        Incoming::Close(None) => "close without a code".to_owned(),
        Incoming::Close(Some((code, reason))) if reason.is_empty() => format!("close {code}"),
        Incoming::Close(Some((code, reason))) => format!("close {code}, \"{}\"", quoted(reason)),
    }
}

/// All that an end hears, and the rule that ends it.
fn hear(endpoint: &mut Endpoint, bytes: &[u8]) -> (Vec<Incoming>, Option<Broken>) {
    let mut heard = Vec::new();
    endpoint.receive(bytes);
    loop {
        match endpoint.next() {
            Ok(Some(message)) => heard.push(message),
            Ok(None) => return (heard, None),
            Err(broken) => return (heard, Some(broken)),
        }
    }
}

/// The frames, fed to our own server (or client).
pub(super) fn prove(forged: &Forged) -> Verdict {
    let role = if forged.by_client { Role::Server } else { Role::Client };
    let mut endpoint = Endpoint::new(role, Limits::default(), forged.agreement);
    let (heard, broken) = hear(&mut endpoint, &forged.frames.concat());
    let mut sentences: Vec<String> = heard.iter().map(|m| format!("It reads: {}.", message(m))).collect();
    for said in &heard {
        match said {
            Incoming::Ping(bytes) => endpoint.pong(bytes),
            Incoming::Close(code) => endpoint.close(code.as_ref().map(|(code, _)| *code), ""),
            _ => {}
        }
    }
    if let Some(broken) = broken {
        endpoint.close(Some(broken.code), broken.what);
    }
    let answer = endpoint.outbox();
    let hangs_up = if broken.is_some() { " Then it hangs up." } else { "" };
    if forged.by_client && !answer.is_empty() {
        sentences.push(format!("It answers {}: {}.{hangs_up}", told(answer), hex(answer)));
    } else if let Some(broken) = broken {
        sentences.push(format!("It answers with close {}.{hangs_up}", broken.code));
    } else if answer.is_empty() {
        sentences.push("All is as the RFC wants it; nothing has to be answered.".into());
    }
    let mut facts = vec![("said_by", said(if forged.by_client { "our server" } else { "our client" }))];
    facts.push(("heard", Fact::List(heard.iter().map(message).collect())));
    if let Some(broken) = broken {
        facts.push(("rule", said(broken.rule)));
        facts.push(("what", said(broken.what)));
        facts.push(("answer", Fact::Number(u64::from(broken.code))));
    }
    if forged.by_client {
        facts.push(("answer_hex", Fact::Hex(answer.clone())));
    }
    Verdict { sentences, facts }
}

/// A server's bytes, in words.
fn told(bytes: &[u8]) -> String {
    let mut client = Endpoint::new(Role::Client, Limits::default(), None);
    let (heard, _) = hear(&mut client, bytes);
    heard.iter().map(message).collect::<Vec<_>>().join("; ")
}

/// What a real server said.
pub(super) fn answered(forged: &Forged, answer: &Answer) -> Verdict {
    let agreement = forged.agreement.filter(|_| answer.deflate);
    let mut client = Endpoint::new(Role::Client, Limits::default(), agreement);
    let (heard, broken) = hear(&mut client, &answer.bytes);
    let mut sentences = Vec::new();
    if forged.agreement.is_some() && !answer.deflate {
        sentences.push("It did not agree on compression: for it, RSV1 is a mistake.".to_owned());
    }
    sentences.extend(heard.iter().map(|m| format!("It said: {}.", message(m))));
    if let Some(broken) = broken {
        sentences.push(format!("What it said breaks a rule itself: {broken}."));
    }
    if heard.is_empty() && broken.is_none() {
        sentences.push("It said nothing.".into());
    }
    let ended = if answer.ended { "It ended the connection." } else { "It kept the connection open." };
    sentences.push(ended.into());
    let code = heard.iter().find_map(|message| match message {
        Incoming::Close(Some((code, _))) => Some(*code),
        _ => None,
    });
    if let Some(bad) = forged.bad {
        sentences.push(match code {
            Some(code) if code == bad.code => format!("Close {code} is what the RFC wants for this mistake."),
            Some(code) => format!("{} asks for {}; it said {code}.", bad.rule, bad.code),
            // Browsers tell their page 1006 where a connection ends without a close frame.
            None if answer.ended => {
                format!(
                    "It hung up without a close frame: a client is told 1006. {} would be the code that says why.",
                    bad.code
                )
            }
            None => format!("It let the mistake pass: {} asks it to fail the connection.", bad.rule),
        });
    }
    let mut facts = vec![("said_by", said("asked server"))];
    facts.push(("heard", Fact::List(heard.iter().map(message).collect())));
    facts.push(("ended", Fact::Flag(answer.ended)));
    facts.extend(code.map(|code| ("answer", Fact::Number(u64::from(code)))));
    facts.push(("answer_hex", Fact::Hex(answer.bytes.clone())));
    Verdict { sentences, facts }
}
