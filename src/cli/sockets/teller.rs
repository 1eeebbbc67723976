//! Tells what happens at sockets, line by line: each kind of event is explained the first time that it happens.

use std::net::SocketAddr;

use rustc_hash::FxHashSet;

use super::{Format, Telling};
use crate::cli::{Console, Error};
use crate::render::calls::{self, Answer, Data, Kind, Line, Open, Options};
use crate::sockets::live::{MOST_CLIENTS, Told};
use crate::sockets::{Call, Event, Outcome, Party, Role, Transport};

/// Hears events and prints them.
pub(super) struct Teller<'a> {
    console: &'a mut Console,
    telling: Telling,
    transport: Transport,
    explained: FxHashSet<Kind>,
    /// Whose partner has said that it is done, and who has said so themselves.
    they: FxHashSet<Party>,
    we: FxHashSet<Party>,
    seen: FxHashSet<Party>,
    full: bool,
    untold: u64,
    failed: Option<Error>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(console: &'a mut Console, telling: Telling, transport: Transport) -> Self {
        console.live();
        Teller {
            console,
            telling,
            transport,
            explained: FxHashSet::default(),
            they: FxHashSet::default(),
            we: FxHashSet::default(),
            seen: FxHashSet::default(),
            full: false,
            untold: 0,
            failed: None,
        }
    }

    /// Tells; says whether anybody still listens.
    pub(super) fn hear(&mut self, told: Told) -> bool {
        match told {
            Told::Call(event) => self.call(event),
            Told::Moved { at, who, local, remote, state } => {
                let kind = if state == Some("TIME-WAIT") { Kind::TimeWait } else { Kind::Gone };
                let settled = state.is_none() || state == Some("TIME-WAIT");
                let line = Line {
                    at,
                    who: self.name(who),
                    call: calls::Call { name: "", arguments: String::new(), data: None },
                    answer: Answer::Moved,
                    local: Some(local),
                    remote: Some(remote),
                    state: state.or(Some("gone")),
                    begins: None,
                    kind: settled.then_some(kind),
                };
                self.line(line);
            }
            Told::Nobody(None) => self.aside("nobody is there to hear it"),
            Told::Nobody(Some(number)) => self.aside(&format!("there is no client {number} any more, or not yet")),
            Told::Full if self.full => {}
            Told::Full => {
                self.full = true;
                self.aside(&format!(
                    "{MOST_CLIENTS} clients are there, and no more fit: whoever comes now is sent away"
                ));
            }
            Told::Untold if self.untold > 0 => self.untold += 1,
            Told::Untold => {
                self.untold = 1;
                self.aside("very many clients come: most of them are served without being told of");
            }
            Told::Aside(text) => self.aside(&text),
        }
        self.flush();
        self.failed.is_none()
    }

    /// Says something of ours among the calls.
    pub(super) fn note(&mut self, text: &str) {
        let (style, spoken) = (self.console.style(), self.console.describe());
        if self.telling.format == Format::Text && !self.telling.quiet {
            let style = if spoken { crate::render::Style { width: usize::MAX, ..style } } else { style };
            calls::note(self.console.buffer(), style, text);
        }
    }

    /// What the output had to say at last.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.flush();
        self.failed.map_or(Ok(()), Err)
    }

    fn flush(&mut self) {
        if let Err(error) = self.console.flush() {
            self.failed.get_or_insert(error);
        }
    }

    fn aside(&mut self, text: &str) {
        self.flush();
        self.console.remark(text);
    }

    fn call(&mut self, event: Event) {
        let open = self.opened(&event);
        let kind = self.kind(&event);
        let begins = self.begins(&event);
        let gone = event.call == Call::Close && event.local.is_some();
        let accepted = event.call == Call::Accept && event.who.role == Role::Connection;
        let name = self.name(event.who);
        let line = Line {
            at: event.at,
            who: if accepted { "server".to_owned() } else { name.clone() },
            call: call(&event),
            answer: match (&event.call, event.local) {
                _ if accepted => Answer::Made(name),
                (Call::Bind(wish), Some(local)) if wish.port() == 0 => Answer::Made(format!("port {}", local.port())),
                _ => answer(event.outcome),
            },
            local: event.local,
            remote: event.remote,
            state: event.state.or(gone.then_some("gone")),
            begins,
            kind: Some(kind),
        };
        self.line(line);
        if let (Some(open), Format::Text, false) = (open, self.telling.format, self.console.describe()) {
            let style = self.console.style();
            calls::invite(self.console.buffer(), style, open);
        } else if let (Some(open), Format::Text) = (open, self.telling.format) {
            let style = self.console.style();
            calls::invite_spoken(self.console.buffer(), style, open);
        }
    }

    fn line(&mut self, mut line: Line) {
        line.kind = line.kind.filter(|kind| self.explained.insert(*kind));
        let options = Options { explain: !self.telling.quiet, hex: self.telling.hex };
        let (style, spoken) = (self.console.style(), self.console.describe());
        let out = self.console.buffer();
        match self.telling.format {
            Format::Json => calls::json(out, options, &line),
            Format::Text if spoken => calls::describe(out, style, options, &line),
            Format::Text => calls::text(out, style, options, &line),
        }
    }

    fn name(&self, who: Party) -> String {
        let word = match (who.role, self.transport) {
            (Role::Server, _) => "server",
            (Role::Connection, Transport::Tcp) => "connection",
            (Role::Connection, Transport::Udp) => "sender",
            (Role::Client, _) => "client",
        };
        if who.number == 0 { word.to_owned() } else { format!("{word} {}", who.number) }
    }

    /// Where a server can be reached from now on.
    fn opened(&self, event: &Event) -> Option<Open> {
        let last = match self.transport {
            Transport::Tcp => matches!(event.call, Call::Listen(_)),
            Transport::Udp => matches!(event.call, Call::Bind(_)) && event.who.role == Role::Server,
        };
        let at = event.local.filter(|_| last && event.outcome == Outcome::Done)?;
        Some(Open { at, udp: self.transport == Transport::Udp })
    }

    /// Both ends, where a conversation begins.
    fn begins(&mut self, event: &Event) -> Option<String> {
        let name = self.name(event.who);
        let pair = |from: SocketAddr, to: SocketAddr| format!("{name} is {from} → {to}");
        match (&event.call, &event.outcome) {
            (Call::Accept, Outcome::Done) => Some(pair(event.remote?, event.local?)),
            (Call::Connect(_), Outcome::Done) => Some(pair(event.local?, event.remote?)),
            (Call::Receive(_), Outcome::Received { from: Some(from), .. }) => {
                self.seen.insert(event.who).then(|| pair(*from, event.local.unwrap_or(*from)))
            }
            _ => None,
        }
    }

    fn kind(&mut self, event: &Event) -> Kind {
        let udp = self.transport == Transport::Udp;
        let pick = |stream, datagrams| if udp { datagrams } else { stream };
        if let Outcome::Refused { name, .. } = &event.outcome {
            return match name.as_str() {
                "ECONNREFUSED" => pick(Kind::Refused, Kind::Unreachable),
                "ECONNRESET" => Kind::Reset,
                "EPIPE" => Kind::Pipe,
                "EAGAIN" | "WouldBlock" => Kind::Full,
                "EADDRINUSE" => Kind::Taken,
                "EACCES" | "EPERM" => Kind::Forbidden,
                "EADDRNOTAVAIL" => Kind::NotOurs,
                "EMSGSIZE" => Kind::TooLong,
                "EHOSTUNREACH" | "ENETUNREACH" => Kind::NoWay,
                _ => Kind::No,
            };
        }
        if let Outcome::More { .. } = event.outcome {
            return Kind::More;
        }
        self.plain_kind(event, pick)
    }

    fn plain_kind(&mut self, event: &Event, pick: impl Fn(Kind, Kind) -> Kind) -> Kind {
        let client = event.who.role == Role::Client;
        match event.call {
            Call::Socket(_) => pick(Kind::Stream, Kind::Datagrams),
            Call::Option(..) => Kind::Reuse,
            Call::Bind(_) if client => Kind::BindClient,
            Call::Bind(_) => pick(Kind::Bind, Kind::BindDatagrams),
            Call::Listen(_) => Kind::Listen,
            Call::Accept if self.explained.contains(&Kind::Accept) => Kind::AcceptAnother,
            Call::Accept => Kind::Accept,
            Call::Connect(_) if event.outcome == Outcome::TimedOut => Kind::Silence,
            Call::Connect(_) => pick(Kind::Connect, Kind::ConnectDatagrams),
            Call::Send { .. } => pick(Kind::Send, Kind::SendDatagram),
            Call::Receive(_) if event.outcome == Outcome::End => {
                self.they.insert(event.who);
                if self.we.contains(&event.who) { Kind::EndSecond } else { Kind::EndFirst }
            }
            Call::Receive(_) if client => pick(Kind::Receive, Kind::ReceiveAnswer),
            Call::Receive(_) if event.who.number > 1 => pick(Kind::Receive, Kind::AnotherSender),
            Call::Receive(_) => pick(Kind::Receive, Kind::ReceiveDatagram),
            Call::Shutdown => {
                self.we.insert(event.who);
                Kind::Shutdown
            }
            Call::Close => {
                let (they, we) = (self.they.remove(&event.who), self.we.remove(&event.who));
                match (event.who.role, event.state) {
                    _ if pick(Kind::Stream, Kind::Datagrams) == Kind::Datagrams => Kind::CloseDatagrams,
                    (Role::Server, _) => Kind::CloseListener,
                    (_, Some("TIME-WAIT")) => Kind::Rests,
                    _ if they && !we => Kind::CloseSecond,
                    (_, None) => Kind::Gone,
                    _ => Kind::CloseFirst,
                }
            }
        }
    }
}

fn call(event: &Event) -> calls::Call {
    let plain = |name, arguments: String| calls::Call { name, arguments, data: None };
    match &event.call {
        Call::Socket(Transport::Tcp) => plain("socket", "SOCK_STREAM".to_owned()),
        Call::Socket(Transport::Udp) => plain("socket", "SOCK_DGRAM".to_owned()),
        Call::Option(name, value) => plain("setsockopt", format!("{name}, {value}")),
        Call::Bind(at) => plain("bind", at.to_string()),
        Call::Listen(backlog) => plain("listen", backlog.to_string()),
        Call::Accept => plain("accept", String::new()),
        Call::Connect(to) => plain("connect", to.to_string()),
        Call::Send { bytes, length, to } => calls::Call {
            name: if to.is_some() { "sendto" } else { "send" },
            arguments: to.map(|to| to.to_string()).unwrap_or_default(),
            data: Some(Data { bytes: bytes.clone(), length: *length as u64 }),
        },
        Call::Receive(_) => match event.outcome {
            Outcome::Received { from: Some(_), .. } => plain("recvfrom", String::new()),
            _ => plain("recv", String::new()),
        },
        Call::Shutdown => plain("shutdown", "SHUT_WR".to_owned()),
        Call::Close => plain("close", String::new()),
    }
}

fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Done => Answer::Done,
        Outcome::Sent(bytes) => Answer::Took(bytes as u64),
        Outcome::Received { bytes, length, from } => Answer::Gave(Data { bytes, length: length as u64 }, from),
        Outcome::End => Answer::End,
        Outcome::More { calls, bytes } => Answer::More(calls, bytes),
        Outcome::TimedOut => Answer::Silence,
        Outcome::Refused { name, message } => Answer::Refused(name, message),
    }
}
