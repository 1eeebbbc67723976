//! What came of the same loss for TCP and for UDP: what the programs read, and what the wire carried for it.

use super::json;
use super::quantity::{bytes, counted, span};
use super::{Style, table};

/// One of the two runs.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// What the server's program read, read by read.
    pub reads: Vec<Vec<u8>>,
    /// Packets that were sent, ARP not counted.
    pub packets: u64,
    /// Bytes of them, headers included.
    pub bytes: u64,
    /// Packets that never arrived.
    pub lost: u64,
    /// Segments that were sent again.
    pub again: u64,
    /// Round trips before the first byte may leave.
    pub round_trips: u32,
    /// Nanoseconds from the first packet to the last.
    pub took: u64,
}

impl Run {
    fn read(&self) -> Vec<u8> {
        self.reads.concat()
    }
}

/// Appends both side by side.
pub fn text(out: &mut Vec<u8>, style: Style, said: &str, tcp: &Run, udp: &Run) {
    let quoted = |text: &[u8]| format!("\"{}\"", String::from_utf8_lossy(text));
    let row = |label: &str, tell: &dyn Fn(&Run) -> String| vec![label.to_owned(), tell(tcp), tell(udp)];
    let rows = vec![
        row("the client's program said", &|_| quoted(said.as_bytes())),
        row("the server's program read", &|run| quoted(&run.read())),
        row("in", &|run| counted(run.reads.len() as u64, "read")),
        row("packets on the wire", &|run| run.packets.to_string()),
        row("of them lost", &|run| run.lost.to_string()),
        row("sent again", &|run| run.again.to_string()),
        row("bytes on the wire", &|run| bytes(run.bytes)),
        row("round trips before byte 1", &|run| run.round_trips.to_string()),
        row("from first to last packet", &|run| span(run.took, style.charset)),
    ];
    table::dense(out, style, &["", "TCP", "UDP"], &[], &rows);
}

/// Appends why UDP lost nothing although TCP did.
pub fn nothing_alike(out: &mut Vec<u8>, style: Style) {
    let why = "What TCP lost carried no message: a step of the handshake, an acknowledgment or a goodbye. UDP has no \
               such packets, so there was nothing to lose.";
    super::wrap::wrap(out, why, 0, &style);
}

/// Appends both in sentences.
pub fn describe(out: &mut Vec<u8>, style: Style, said: &str, tcp: &Run, udp: &Run) {
    for (name, run) in [("TCP", tcp), ("UDP", udp)] {
        let words = format!(
            "{name}: the client said \"{said}\"; the server read \"{}\" in {}. The wire carried {}, {}; {} lost, {} sent again; \
             {} before the first byte; {} in all.",
            String::from_utf8_lossy(&run.read()),
            counted(run.reads.len() as u64, "read"),
            counted(run.packets, "packet"),
            bytes(run.bytes),
            run.lost,
            run.again,
            counted(u64::from(run.round_trips), "round trip"),
            span(run.took, style.charset),
        );
        super::wrap::wrap(out, &super::cake::clean(&words, style.charset), 0, &style);
    }
}

/// Appends one JSON object.
pub fn object(out: &mut Vec<u8>, seed: u64, drop: &[u64], said: &str, tcp: &Run, udp: &Run) {
    out.extend_from_slice(
        format!("{{\"source\":\"simulated wire\",\"seed\":{seed},\"drop\":{drop:?},\"said\":").as_bytes(),
    );
    json::string(out, said.as_bytes());
    for (name, run) in [("tcp", tcp), ("udp", udp)] {
        out.extend_from_slice(format!(",\"{name}\":{{\"read\":").as_bytes());
        json::string(out, &run.read());
        out.extend_from_slice(b",\"reads\":[");
        for (number, read) in run.reads.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            json::string(out, read);
        }
        let Run { packets, bytes, lost, again, round_trips, took, .. } = run;
        out.extend_from_slice(
            format!(
                "],\"packets\":{packets},\"bytes\":{bytes},\"lost\":{lost},\"retransmissions\":{again},\
                 \"round_trips_before_byte_1\":{round_trips},\"nanoseconds\":{took}}}"
            )
            .as_bytes(),
        );
    }
    out.extend_from_slice(b"}\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Charset;

    fn runs() -> (Run, Run) {
        let tcp =
            Run { reads: vec![b"Hel".to_vec(), b"lo".to_vec()], packets: 11, lost: 1, again: 1, ..Run::default() };
        (tcp, Run { reads: vec![b"Hel".to_vec()], packets: 2, lost: 1, ..Run::default() })
    }

    #[test]
    fn what_was_read_stands_side_by_side_and_fits() {
        let (tcp, udp) = runs();
        for (width, charset) in [(80, Charset::Unicode), (60, Charset::Ascii)] {
            let style = Style { width, color: false, charset, explain: false };
            let mut out = Vec::new();
            text(&mut out, style, "Hello", &tcp, &udp);
            describe(&mut out, style, "Hello", &tcp, &udp);
            let text = String::from_utf8(out).expect("UTF-8");
            assert!(text.lines().all(|l| l.chars().count() <= width), "{text}");
            assert!(text.contains("\"Hello\"") && text.contains("\"Hel\""), "{text}");
        }
    }
}
