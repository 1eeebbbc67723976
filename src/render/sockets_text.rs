//! Sockets for screen readers and for other programs: sentences, JSON, CSV.

use super::sockets::{self, End, Row};
use super::value::{self, decimal};
use super::{Style, json, quantity};

/// Appends one sentence a socket.
pub fn describe(out: &mut Vec<u8>, style: Style, rows: &[&Row]) {
    for row in rows {
        let mut words = match &row.local {
            End::Port(end) => format!("{} port {}, address {}", row.protocol, end.port(), end.ip()),
            End::Path(path) if path.is_empty() => format!("A nameless {} UNIX socket", row.kind.unwrap_or_default()),
            End::Path(path) => {
                format!("The {} UNIX socket {}", row.kind.unwrap_or_default(), sockets::cut(path, style, 255))
            }
        };
        match (row.remote, row.reach) {
            (None, Some(reach)) => words += &format!(" ({reach})"),
            (Some(end), reach) => {
                words += &format!(", talks with port {} of {}", end.port(), end.ip());
                if let Some(reach) = reach {
                    words += &format!(" ({reach})");
                }
            }
            (None, None) => {}
        }
        words += &format!(". State {}", row.state);
        if let Some(clock) = row.clock.as_ref().filter(|c| c.ends_state) {
            words += &format!(", over in {}", quantity::span(sockets::rounded(clock.rings_in), style.charset));
        }
        words += &format!(": {}", row.meaning);
        match row.service {
            Some((name, true)) => words += &format!(" It speaks {name}, as its program confirms."),
            Some((name, false)) => words += &format!(" By its number alone it would be {name}."),
            None => {}
        }
        match row.holders.split_first() {
            Some((holder, others)) => {
                words += &format!(" Held by {}, process {}", sockets::cut(&holder.name, style, 60), holder.pid);
                if !others.is_empty() {
                    words += &format!(" and {} more", others.len());
                }
                if let Some(user) = &row.user {
                    words += &format!(", of {}", sockets::cut(user.as_bytes(), style, 60));
                }
                if let Some(age) = holder.age {
                    words += &format!(", for {}", sockets::age(age, style));
                }
                words.push('.');
            }
            None if row.unheld == "?" => words += " Which program holds it is hidden from you.",
            None => words += " No program holds it, only the kernel.",
        }
        match row.queues {
            [0, 0] => {}
            [waiting, most] if row.listens => words += &format!(" {waiting} of at most {most} callers wait."),
            [receive, send] => words += &format!(" {receive} bytes wait to be read, {send} to be acknowledged."),
        }
        out.extend_from_slice(words.as_bytes());
        out.push(b'\n');
    }
}

/// Writes an object whose keys are always there; what is not known is null.
struct Object<'a>(&'a mut Vec<u8>, bool);

impl<'a> Object<'a> {
    fn begin(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Object(out, false)
    }

    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if std::mem::replace(&mut self.1, true) {
            self.0.push(b',');
        }
        json::string(self.0, key.as_bytes());
        self.0.push(b':');
        self.0
    }

    fn text(&mut self, key: &str, text: Option<&[u8]>) {
        let out = self.key(key);
        match text {
            Some(text) => json::string(out, text),
            None => out.extend_from_slice(b"null"),
        }
    }

    fn number(&mut self, key: &str, number: Option<u64>) {
        let out = self.key(key);
        match number {
            Some(number) => decimal(out, number),
            None => out.extend_from_slice(b"null"),
        }
    }

    fn flag(&mut self, key: &str, flag: bool) {
        self.key(key).extend_from_slice(if flag { b"true" } else { b"false" });
    }

    /// Milliseconds with three digits behind the point.
    fn millis(&mut self, key: &str, nanos: Option<u64>) {
        let text = nanos.map_or("null".to_owned(), millis);
        self.key(key).extend_from_slice(text.as_bytes());
    }

    fn end(self) {
        self.0.push(b'}');
    }
}

fn millis(nanos: u64) -> String {
    format!("{}.{:03}", nanos / 1_000_000, nanos / 1000 % 1000)
}

/// Appends one JSON object a socket.
pub fn json(out: &mut Vec<u8>, rows: &[&Row]) {
    for row in rows {
        let mut object = Object::begin(out);
        object.text("protocol", Some(row.protocol.to_lowercase().as_bytes()));
        object.text("kind", row.kind.map(str::as_bytes));
        object.text("state", Some(row.state.to_lowercase().as_bytes()));
        let (local, path) = match &row.local {
            End::Port(end) => (Some(*end), None),
            End::Path(path) => (None, Some(path.as_slice())),
        };
        for (name, end) in [("local", local), ("remote", row.remote)] {
            object.text(&format!("{name}_address"), end.map(|e| e.ip().to_string()).as_deref().map(str::as_bytes));
            object.number(&format!("{name}_port"), end.map(|e| u64::from(e.port())));
        }
        object.text("path", path);
        object.text("reach", row.reach.map(str::as_bytes));
        object.flag("answers_ipv4_too", row.answers_ipv4_too);
        object.text("service", row.service.map(|(name, _)| name.as_bytes()));
        object.flag("service_confirmed", row.service.is_some_and(|(_, confirmed)| confirmed));
        processes(object.key("processes"), row);
        object.text("user", row.user.as_deref().map(str::as_bytes));
        object.number("uid", row.uid.map(u64::from));
        object.number("receive_queue", Some(u64::from(row.queues[0])));
        object.number("send_queue", Some(u64::from(row.queues[1])));
        object.text("timer", row.clock.as_ref().map(|c| c.what.as_bytes()));
        object.millis("countdown_ms", row.clock.as_ref().map(|c| c.rings_in));
        object.number("retries", row.clock.as_ref().map(|c| u64::from(c.repeats)));
        let measured = row.measured.clone().unwrap_or_default();
        object.text("congestion", Some(measured.congestion.as_bytes()).filter(|c| !c.is_empty()));
        for (name, nanos) in ["rtt_ms", "rtt_variance_ms", "rto_ms"].into_iter().zip(measured.times) {
            object.millis(name, nanos);
        }
        for (name, number) in ["cwnd", "mss", "retransmitted"].into_iter().zip(measured.counts) {
            object.number(name, number.map(u64::from));
        }
        for (name, number) in ["bytes_acked", "bytes_received"].into_iter().zip(measured.bytes) {
            object.number(name, number);
        }
        object.number("inode", Some(row.inode));
        object.number("interface", Some(u64::from(row.interface)));
        object.end();
        out.push(b'\n');
    }
}

fn processes(out: &mut Vec<u8>, row: &Row) {
    out.push(b'[');
    for (number, holder) in row.holders.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        let mut object = Object::begin(out);
        object.number("pid", Some(u64::from(holder.pid)));
        object.text("name", Some(&holder.name));
        object.text("command", Some(holder.command.as_slice()).filter(|c| !c.is_empty()));
        object.text("unit", holder.unit.as_deref().map(str::as_bytes));
        object.text("container", holder.container.as_deref().map(str::as_bytes));
        object.number("age_seconds", holder.age);
        object.end();
    }
    out.push(b']');
}

const HEADER: &str = "protocol,kind,state,local_address,local_port,remote_address,remote_port,path,reach,service,\
                      service_confirmed,pid,process,user,unit,container,age_seconds,receive_queue,send_queue,timer,\
                      countdown_ms,congestion,rtt_ms,inode\r\n";

/// Appends a table as RFC 4180 writes it; of several programs the first.
pub fn csv(out: &mut Vec<u8>, style: Style, rows: &[&Row]) {
    out.extend_from_slice(HEADER.as_bytes());
    for row in rows {
        let holder = row.holders.first();
        let ends = [if let End::Port(end) = row.local { Some(end) } else { None }, row.remote];
        let [local, remote] = ends.map(|end| {
            let ip = end.map_or(String::new(), |e| e.ip().to_string());
            [ip, end.map_or(String::new(), |e| e.port().to_string())]
        });
        let path = if let End::Path(path) = &row.local { path.as_slice() } else { &[] };
        let number = |n: Option<u64>| n.map_or(String::new(), |n| n.to_string());
        let measured = row.measured.as_ref();
        let cells: [Vec<u8>; 24] = [
            row.protocol.to_lowercase().into(),
            row.kind.unwrap_or_default().into(),
            row.state.to_lowercase().into(),
            local[0].as_bytes().into(),
            local[1].as_bytes().into(),
            remote[0].as_bytes().into(),
            remote[1].as_bytes().into(),
            path.to_vec(),
            row.reach.unwrap_or_default().into(),
            row.service.map_or("", |(name, _)| name).into(),
            row.service.map_or("", |(_, confirmed)| if confirmed { "yes" } else { "no" }).into(),
            number(holder.map(|h| u64::from(h.pid))).into(),
            holder.map_or(Vec::new(), |h| h.name.clone()),
            row.user.as_deref().unwrap_or_default().into(),
            holder.and_then(|h| h.unit.as_deref()).unwrap_or_default().into(),
            holder.and_then(|h| h.container.as_deref()).unwrap_or_default().into(),
            number(holder.and_then(|h| h.age)).into(),
            row.queues[0].to_string().into(),
            row.queues[1].to_string().into(),
            row.clock.as_ref().map_or("", |c| c.what).into(),
            row.clock.as_ref().map_or(String::new(), |c| millis(c.rings_in)).into(),
            measured.map_or("", |m| m.congestion.as_str()).into(),
            measured.and_then(|m| m.times[0]).map_or(String::new(), millis).into(),
            number(Some(row.inode).filter(|n| *n != 0)).into(),
        ];
        for (number, text) in cells.into_iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            cell(out, style, &text);
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// A cell: quoted where it has to be; what a spreadsheet would take for a formula begins with an apostrophe.
fn cell(out: &mut Vec<u8>, style: Style, text: &[u8]) {
    let mut tame = Vec::new();
    if matches!(text.first(), Some(b'=' | b'+' | b'-' | b'@')) {
        tame.push(b'\'');
    }
    value::text(&mut tame, text, style.charset);
    if !tame.iter().any(|b| matches!(b, b',' | b'"')) {
        out.extend_from_slice(&tame);
        return;
    }
    out.push(b'"');
    for b in tame {
        if b == b'"' {
            out.push(b'"');
        }
        out.push(b);
    }
    out.push(b'"');
}
