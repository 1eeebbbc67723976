//! Whether a port can be had: the answer, who holds it, what the kernel says at each address, what to do.
//! Not here: finding it out (`ports`), the sentences (`cli/ports/why`).

use unicode_width::UnicodeWidthStr;

use super::value::decimal;
use super::{Style, json, wrap};

/// The whole answer.
pub struct Report {
    /// The port.
    pub port: u16,
    /// "TCP"
    pub protocol: &'static str,
    /// In one word: "free", "taken", "resting", "forbidden", "unknown".
    pub verdict: &'static str,
    /// Whether that is what was hoped for.
    pub good: bool,
    /// In one sentence.
    pub headline: String,
    /// Who holds it.
    pub holders: Vec<Holder>,
    /// What the kernel answered at each address.
    pub rows: Vec<Row>,
    /// What the number means.
    pub about: Vec<String>,
    /// What to do.
    pub advice: Vec<Advice>,
    /// Free ports nearby.
    pub nearby: Vec<u16>,
    /// What else should be known.
    pub remarks: Vec<String>,
}

/// Sockets of one kind that hold the port.
pub struct Holder {
    /// "LISTEN"
    pub state: &'static str,
    /// Its own end.
    pub local: String,
    /// The other end.
    pub remote: Option<String>,
    /// How many there are of them.
    pub count: u64,
    /// The program's name, any bytes.
    pub process: Option<Vec<u8>>,
    /// Its command line, divided by NUL bytes.
    pub command: Option<Vec<u8>>,
    /// Its number.
    pub pid: Option<u32>,
    /// Whose it is.
    pub user: Option<String>,
    /// Its systemd unit.
    pub unit: Option<String>,
    /// Its container.
    pub container: Option<String>,
    /// Seconds until it ends by itself.
    pub ends_in: Option<f64>,
    /// All of that in words, harmless for a terminal.
    pub sentence: String,
}

/// What the kernel answered at one address.
pub struct Row {
    /// Where.
    pub address: String,
    /// Who could reach a server there.
    pub reach: &'static str,
    /// To those who set `SO_REUSEADDR`.
    pub reusing: Option<Answer>,
    /// To all others.
    pub plain: Answer,
}

/// One answer.
pub struct Answer {
    /// Whether the port was given; `None` where the question makes no sense.
    pub works: Option<bool>,
    /// In words.
    pub text: String,
}

/// One thing to do.
pub struct Advice {
    /// What.
    pub text: String,
    /// How.
    pub command: Option<String>,
}

const INDENT: usize = 2;
/// Where the answers begin.
const ANSWERS: usize = 40;
/// From one answer to the other.
const STEP: usize = 20;
/// Columns that the answers side by side need.
const WIDE: usize = ANSWERS + STEP + 15;

/// Appends the report as a page.
pub fn write(out: &mut Vec<u8>, style: Style, report: &Report) {
    if report.good {
        style.strong(out);
    } else {
        style.warn(out);
    }
    let mark = if report.good { style.pick("✓ ", "[ok] ") } else { style.pick("✗ ", "[--] ") };
    let mut first = Vec::new();
    wrap::wrap(&mut first, &report.headline, mark.width(), &style);
    out.extend_from_slice(mark.as_bytes());
    out.extend_from_slice(first.trim_ascii());
    style.end(out);
    out.push(b'\n');
    for holder in &report.holders {
        out.push(b'\n');
        wrap::wrap(out, &holder.sentence, INDENT, &style);
    }
    for remark in &report.remarks {
        out.push(b'\n');
        wrap::wrap(out, remark, INDENT, &style);
    }
    answers(out, style, report);
    section(out, style, &format!("The number {}", report.port), !report.about.is_empty());
    for line in &report.about {
        wrap::wrap(out, line, INDENT, &style);
    }
    section(out, style, "What to do", !report.advice.is_empty());
    for advice in &report.advice {
        match &advice.command {
            Some(command) => {
                wrap::wrap(out, &format!("{}:", advice.text), INDENT, &style);
                out.extend_from_slice(format!("{:1$}{command}\n", "", 2 * INDENT + 2).as_bytes());
            }
            None => wrap::wrap(out, &advice.text, INDENT, &style),
        }
    }
}

fn section(out: &mut Vec<u8>, style: Style, title: &str, any: bool) {
    if any {
        out.push(b'\n');
        style.strong(out);
        out.extend_from_slice(title.as_bytes());
        style.end(out);
        out.push(b'\n');
    }
}

fn answers(out: &mut Vec<u8>, style: Style, report: &Report) {
    let both = report.rows.iter().any(|r| r.reusing.is_some());
    let (first, second) = if both { ("with SO_REUSEADDR", "without") } else { ("answer", "") };
    section(out, style, "What the kernel answers to bind()", true);
    if style.width >= WIDE {
        line(out, style, "  at", first, second);
    }
    let longest = report.rows.iter().map(|r| r.address.width()).max().unwrap_or(0);
    for row in &report.rows {
        let place = format!("  {:<longest$}  {}", row.address, row.reach);
        let say = |answer: &Answer| {
            let mark = match answer.works {
                Some(true) => style.pick("✓ ", "[ok] "),
                Some(false) => style.pick("✗ ", "[--] "),
                None => "",
            };
            format!("{mark}{}", answer.text)
        };
        match &row.reusing {
            Some(reusing) => line(out, style, &place, &say(reusing), &say(&row.plain)),
            None => line(out, style, &place, &say(&row.plain), ""),
        }
    }
}

/// Three columns; what does not fit into a narrow terminal goes on in the next line.
fn line(out: &mut Vec<u8>, style: Style, place: &str, first: &str, second: &str) {
    let mut text = String::from(place);
    if style.width < WIDE {
        out.extend_from_slice(text.as_bytes());
        text = if second.is_empty() {
            format!("\n    {first}")
        } else {
            format!("\n    with SO_REUSEADDR: {first}\n    without: {second}")
        };
    } else {
        text += &" ".repeat(ANSWERS.saturating_sub(text.width()).max(1));
        text += first;
        if !second.is_empty() {
            text += &" ".repeat((ANSWERS + STEP).saturating_sub(text.width()).max(1));
            text += second;
        }
    }
    out.extend_from_slice(text.trim_end().as_bytes());
    out.push(b'\n');
}

/// Appends the report in sentences only.
pub fn describe(out: &mut Vec<u8>, style: Style, report: &Report) {
    let mut all: Vec<String> = vec![report.headline.clone()];
    all.extend(report.holders.iter().map(|h| h.sentence.clone()));
    all.extend(report.remarks.iter().cloned());
    for row in &report.rows {
        let plain = &row.plain.text;
        all.push(match &row.reusing {
            Some(reusing) => {
                format!("At {}, {}: with SO_REUSEADDR {}, without {plain}.", row.address, row.reach, reusing.text)
            }
            None => format!("At {}, {}: {plain}.", row.address, row.reach),
        });
    }
    all.extend(report.about.iter().cloned());
    for advice in &report.advice {
        all.push(match &advice.command {
            Some(command) => format!("What to do: {}: {command}", advice.text),
            None => format!("What to do: {}.", advice.text),
        });
    }
    for sentence in all {
        wrap::wrap(out, &sentence, 0, &style);
    }
}

/// Appends the report as one JSON object.
pub fn json(out: &mut Vec<u8>, report: &Report) {
    out.extend_from_slice(b"{\"port\":");
    decimal(out, u64::from(report.port));
    pair(out, "protocol", Some(report.protocol.as_bytes()));
    pair(out, "verdict", Some(report.verdict.as_bytes()));
    pair(out, "summary", Some(report.headline.as_bytes()));
    list(out, "holders", &report.holders, |out, holder| {
        out.extend_from_slice(b"{\"state\":");
        json::string(out, holder.state.as_bytes());
        out.extend_from_slice(b",\"count\":");
        decimal(out, holder.count);
        pair(out, "local", Some(holder.local.as_bytes()));
        pair(out, "remote", holder.remote.as_deref().map(str::as_bytes));
        pair(out, "process", holder.process.as_deref());
        if let Some(pid) = holder.pid {
            out.extend_from_slice(format!(",\"pid\":{pid}").as_bytes());
        }
        pair(out, "user", holder.user.as_deref().map(str::as_bytes));
        pair(out, "unit", holder.unit.as_deref().map(str::as_bytes));
        pair(out, "container", holder.container.as_deref().map(str::as_bytes));
        pair(out, "command", holder.command.as_deref());
        if let Some(seconds) = holder.ends_in {
            out.extend_from_slice(format!(",\"ends_in\":{seconds:.3}").as_bytes());
        }
        pair(out, "text", Some(holder.sentence.as_bytes()));
        out.push(b'}');
    });
    list(out, "bind", &report.rows, |out, row| {
        out.extend_from_slice(b"{\"address\":");
        json::string(out, row.address.as_bytes());
        pair(out, "with_reuse", row.reusing.as_ref().map(|a| a.text.as_bytes()));
        pair(out, "without_reuse", Some(row.plain.text.as_bytes()));
        out.push(b'}');
    });
    list(out, "about", &report.about, |out, text| json::string(out, text.as_bytes()));
    list(out, "advice", &report.advice, |out, advice| {
        out.extend_from_slice(b"{\"text\":");
        json::string(out, advice.text.as_bytes());
        pair(out, "command", advice.command.as_deref().map(str::as_bytes));
        out.push(b'}');
    });
    list(out, "free_nearby", &report.nearby, |out, port| decimal(out, u64::from(*port)));
    list(out, "remarks", &report.remarks, |out, text| json::string(out, text.as_bytes()));
    out.extend_from_slice(b"}\n");
}

fn pair(out: &mut Vec<u8>, key: &str, value: Option<&[u8]>) {
    if let Some(value) = value {
        out.extend_from_slice(format!(",\"{key}\":").as_bytes());
        json::string(out, value);
    }
}

fn list<T>(out: &mut Vec<u8>, key: &str, all: &[T], each: impl Fn(&mut Vec<u8>, &T)) {
    out.extend_from_slice(format!(",\"{key}\":[").as_bytes());
    for (number, item) in all.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        each(out, item);
    }
    out.push(b']');
}
