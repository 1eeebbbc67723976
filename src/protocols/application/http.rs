//! HTTP/1.x, RFC 9112: one line that asks or answers, headers, an empty line, then perhaps a body.
//! Recognised by its first line, never by the port.
//! Not here: headers with a meaning of their own (`http_headers`), bodies (`http_body`), where a message ends
//! (`http_framing`), which answer belongs to which question (`http_exchange`), HTTP/2, which is binary (`http2`).

use super::dns_over_https;
use super::http_coding::Coding;
use super::{
    engine_io_polling, http_body, http_exchange, http_framing, http_headers as headers, http_status, http2_streams,
    websocket, websocket_handshake,
};
use crate::dissect::{
    Claim, Cut, Field, GistForm, Level, Next, Protocol, Reader,
    Show::{Names, Nothing, Text},
    field,
};

static METHOD: Field = field("method", "method", Text)
    .gist("")
    .tells().spec("RFC 9110 §9")
    .explain("What is to be done: GET fetches and changes nothing, POST hands something over. Proxies and browsers repeat only the harmless ones on their own.");
static URI: Field = field("uri", "what", Text)
    .gist("")
    .tells()
    .spec("RFC 9112 §3.2")
    .explain("Which resource on the server is meant. The server's name stands in the Host header.");
static VERSION: Field = field("version", "version", Text)
    .spec("RFC 9112 §2.3")
    .explain("With 1.1 the connection stays open for the next request unless somebody says close; with 1.0 it was the other way round.");
static STATUS: Field = field("status", "status", Names(http_status::CODES))
    .gist_as(GistForm::Numbered, "")
    .tells()
    .spec("RFC 9110 §15")
    .explain("How it went; the first digit says it all to programs: 2 done, 3 go elsewhere, 4 your mistake, 5 mine.");
static REASON: Field = field("reason", "in words", Text)
    .spec("RFC 9112 §4")
    .explain("The status in words, for people. Programs must ignore it, and HTTP/2 has dropped it.");
static HEADERS_END: Field = field("too_many_headers", "too many headers", Nothing)
    .gist("too many headers")
    .spec("RFC 9110 §5.4")
    .explain("More header lines than layercake reads; real servers refuse such a head as well.");
static BAD_LINE: Field = field("bad_line", "not a header", Nothing)
    .gist("line that is no header")
    .spec("RFC 9112 §5")
    .explain("A line without a colon, or with a space before it. Two servers in a row that read it differently can be played against each other.");
static LINE_TOO_LONG: Field = field("line_too_long", "line that does not end", Nothing)
    .gist("line that does not end")
    .spec("RFC 9112 §3, RFC 9110 §5.4")
    .explain("More than 8000 bytes, which everybody has to be able to take, and mostly more than anybody does: servers answer 414 or 431 before their memory is full.");
static BAD_STATUS: Field = field("bad_status", "no status", Nothing)
    .gist("no status")
    .spec("RFC 9112 §4")
    .explain("The first line says HTTP but not how it went. Browsers guess here, and filters that guess differently can be fooled.");
static AMBIGUOUS: Field = field("ambiguous_length", "two lengths", Nothing)
    .gist("two lengths")
    .spec("RFC 9112 §6.3")
    .explain("Both Content-Length and Transfer-Encoding: where one reader sees the end, another sees the next request. Request smuggling lives on it.");

/// Most header lines of one head.
const MAX_HEADERS: usize = 256;
/// A first line longer than this is taken for something else.
const MAX_FIRST_LINE: usize = 16 * 1024;
/// Bytes of a line that everybody should be able to take (RFC 9112 §3).
const LONG_LINE: usize = 8000;
/// So many bytes of a first line tell a request whose line has not ended yet.
const BEGUN: usize = 256;

/// The Hypertext Transfer Protocol, version 1.
pub static PROTOCOL: Protocol = Protocol {
    key: "http",
    name: "HTTP",
    level: Level::Application,
    explain: "A browser asks, a server answers: a few lines of text, then the page or file itself. Unencrypted, everyone on the way reads along.",
    spec: "RFC 9112",
    // Over UDP devices announce themselves with such heads (SSDP).
    claims: &[Claim::TcpLooks(looks), Claim::UdpLooks(looks)],
    fields: &[
        &METHOD,
        &URI,
        &dns_over_https::QUERY,
        &VERSION,
        &STATUS,
        &REASON,
        &headers::HOST,
        &headers::CONTENT_TYPE,
        &headers::CONTENT_LENGTH,
        &headers::TRANSFER_ENCODING,
        &headers::CONTENT_ENCODING,
        &headers::CONNECTION,
        &headers::UPGRADE,
        &headers::EXPECT,
        &headers::SEC_WEBSOCKET_KEY,
        &headers::SEC_WEBSOCKET_ACCEPT,
        &websocket_handshake::ACCEPT_STATUS,
        &websocket_handshake::ACCEPT_WRONG,
        &headers::SEC_WEBSOCKET_VERSION,
        &headers::SEC_WEBSOCKET_PROTOCOL,
        &headers::SEC_WEBSOCKET_EXTENSIONS,
        &headers::HEADER,
        &BAD_LINE,
        &LINE_TOO_LONG,
        &BAD_STATUS,
        &HEADERS_END,
        &AMBIGUOUS,
        &http_body::CHUNK_SIZE,
        &http_body::CHUNK_EXTENSION,
        &http_body::CHUNK,
        &http_body::TRAILER,
        &http_body::BAD_CHUNK,
        &http_body::BODY,
        &http_body::BODY_TEXT,
        &http_body::DECODED,
        &http_body::DECODED_TEXT,
        &http_body::DECODED_TOO_LONG,
        &http_body::BAD_CODING,
        &http_exchange::ANSWERS,
        &http_exchange::TIME,
    ],
    read,
    frame: Some(http_framing::frame),
};

/// Whether the bytes begin with the first line of an HTTP/1.x message.
pub(super) fn looks(bytes: &[u8]) -> bool {
    if let Some(rest) = bytes.strip_prefix(b"HTTP/1.") {
        // Also with a status that is none, where the line ends as it should.
        let line = || memchr::memmem::find(rest.get(..256).unwrap_or(rest), b"\r\n").is_some();
        return match rest {
            [b'0'..=b'9', b' ', b'1'..=b'9', b'0'..=b'9', b'0'..=b'9', ..] => true,
            [b'0'..=b'9', ..] => line(),
            _ => false,
        };
    }
    let method = bytes.iter().take(24).take_while(|b| b.is_ascii_uppercase() || **b == b'-').count();
    if method < 3 || bytes.get(method) != Some(&b' ') {
        return false;
    }
    let head = bytes.get(..MAX_FIRST_LINE).unwrap_or(bytes);
    let Some(end) = memchr::memchr(b'\n', head) else { return begins(head) };
    let line = head.get(..end).unwrap_or(&[]);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    matches!(line, [.., b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9'])
}

/// Whether this is a long first line that goes on: a common method, then a target.
fn begins(line: &[u8]) -> bool {
    const METHODS: [&[u8]; 7] = [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH"];
    let target = METHODS.iter().find_map(|m| line.strip_prefix(*m));
    line.len() >= BEGUN
        && target.is_some_and(|t| t.starts_with(b" /") || t.starts_with(b" http://"))
        && !line.iter().any(u8::is_ascii_control)
}

/// What the head says about the body.
#[derive(Default)]
pub(super) struct Head {
    /// The status; a request has none, and some answers neither.
    pub status: Option<u16>,
    /// Whether it is an answer.
    pub answer: bool,
    /// Content-Length.
    pub length: Option<u64>,
    /// Whether there is a Transfer-Encoding.
    pub transfer_encoding: bool,
    /// Whether the last of the Transfer-Encodings is "chunked".
    pub chunked: bool,
    /// How Content-Encoding says that it was packed.
    pub coding: Coding,
    /// Whether the content type is text.
    pub text: bool,
    /// Whether the content type is that of a DNS message.
    pub dns: bool,
    /// What the connection goes on as.
    pub upgrade: Option<&'static Protocol>,
    /// The Engine.IO version that the address of this message, or of its question, names.
    pub engine_io: Option<u8>,
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let mut head = Head::default();
    let (line, end) = judged_line(r)?;
    head.answer = r.rest().starts_with(b"HTTP/");
    let (mut none, mut question) = (false, None);
    if head.answer {
        head.status = r.within(line, status_line)?;
        (none, question) = http_exchange::answered(r, head.status.unwrap_or(200));
        head.engine_io = engine_io_polling::answered(r, head.status);
    } else {
        let uri = r.within(line, request_line)?;
        head.engine_io = engine_io_polling::asked(r, uri);
    }
    r.skip(end);
    headers(r, &mut head)?;
    if head.transfer_encoding && head.length.is_some() {
        r.note(&AMBIGUOUS, 1);
    }
    if let (Some(101), Some(to)) = (head.status, head.upgrade) {
        if std::ptr::eq(to, &raw const websocket::PROTOCOL) {
            websocket_handshake::opened(r);
            engine_io_polling::upgraded(r, head.engine_io);
        } else if let (Some(question), Some(talk)) = (question, r.talk()) {
            // RFC 7540 §3.2: the proper answer comes as stream 1.
            http2_streams::upgraded(talk, question.packet, question.time);
        }
        return Ok(Next::Switch(to));
    }
    http_body::read(r, &head, none)?;
    Ok(if looks(r.rest()) { Next::Again } else { Next::Data })
}

/// Length of the next line, and of what ends it: CR LF, or a tolerated bare LF.
pub(super) fn line(r: &Reader<'_>) -> Result<(usize, usize), Cut> {
    let end = memchr::memchr(b'\n', r.rest()).ok_or(Cut)?;
    let line = r.rest().get(..end).unwrap_or(&[]);
    Ok(if line.ends_with(b"\r") { (end - 1, 2) } else { (end, 1) })
}

/// The same, with a remark where it is too long to be honest.
fn judged_line(r: &mut Reader<'_>) -> Result<(usize, usize), Cut> {
    let found = line(r);
    if found.as_ref().map_or(r.left(), |(length, _)| *length) > LONG_LINE {
        r.note(&LINE_TOO_LONG, 1);
    }
    found
}

fn request_line<'a>(r: &mut Reader<'a>) -> Result<&'a [u8], Cut> {
    let method = r.until(&METHOD, b" ")?;
    http_exchange::asked(r, method);
    let uri = memchr::memrchr(b' ', r.rest()).ok_or(Cut)?;
    let at = r.span(uri);
    let uri = r.bytes(&URI, uri)?;
    dns_over_https::query(r, at, uri);
    r.skip(1);
    r.all(&VERSION);
    Ok(uri)
}

fn status_line(r: &mut Reader<'_>) -> Result<Option<u16>, Cut> {
    let words = |line: &[u8]| matches!(line.get(8..12), Some([b' ', code @ ..]) if code.iter().all(u8::is_ascii_digit));
    if !words(r.rest()) {
        r.all(&VERSION);
        r.note(&BAD_STATUS, 1);
        return Ok(None);
    }
    r.until(&VERSION, b" ")?;
    let at = r.span(3);
    let digits = r.raw::<3>()?.value.to_be_bytes();
    let status = digits.iter().skip(5).fold(0, |v, d| v * 10 + u16::from(d.wrapping_sub(b'0') % 10));
    r.note_at(&STATUS, at, u64::from(status));
    r.skip(1);
    r.all(&REASON);
    Ok(Some(status))
}

/// Takes the headers and the empty line behind them.
fn headers(r: &mut Reader<'_>, head: &mut Head) -> Result<(), Cut> {
    for _ in 0..MAX_HEADERS {
        let (length, end) = judged_line(r)?;
        if length == 0 {
            r.skip(end);
            return Ok(());
        }
        if !r.within(length, |r| Ok(headers::header(r, head)))? {
            r.note(&BAD_LINE, 1);
        }
        r.skip(end);
    }
    r.note(&HEADERS_END, 1);
    Err(Cut)
}

#[cfg(test)]
mod tests {
    use super::looks;
    use crate::protocols::testing::{Seen, read_bytes};

    fn tcp(payload: &[u8]) -> Seen {
        let head = "020000000009 020000000005 0800 4500ffff 00000000 4006 0000 c0000201 c0000202 c9d21f90 00000001 00000001 5018 fa00 0000 0000";
        let mut bytes = crate::protocols::testing::hex(head);
        bytes.extend_from_slice(payload);
        read_bytes(1, bytes)
    }

    #[test]
    fn a_request_is_recognised_on_any_port_by_its_first_line() {
        let seen = tcp(b"GET /a b HTTP/1.1\r\nHost: example.com \r\nX-Y: z\r\n\r\n");
        assert_eq!(seen.layers(), "ethernet ipv4 tcp http");
        assert_eq!(seen.texts("http.uri"), ["/a b"]);
        assert_eq!(seen.texts("http.host"), ["example.com"]);
        assert_eq!(seen.texts("http.header"), ["X-Y: z"]);
        assert!(!seen.cut("http"));
    }

    #[test]
    fn what_only_resembles_a_first_line_is_something_else() {
        assert!(!looks(b"OPTIONS sip:a@example.com SIP/2.0\r\n\r\n"));
        assert!(!looks(b"PRI * HTTP/2.0\r\n\r\n"));
        assert!(!looks(b"GET / HTTP/1.1"), "the line has no end");
        assert!(!looks(&[b"GET /", [7; 300].as_slice()].concat()), "no text");
        assert!(!looks(b"HTTP/1.1 hello"));
        assert!(!looks(b"HTTP/x.1 200 OK\r\n"));
    }

    #[test]
    fn a_head_without_its_empty_line_is_cut_and_keeps_what_was_read() {
        let seen = tcp(b"GET / HTTP/1.1\r\nHost: example.com\r\nAcce");
        assert!(seen.cut("http"));
        assert_eq!(seen.texts("http.host"), ["example.com"]);
        assert_eq!(seen.texts("data.bytes"), ["Acce"]);
    }

    #[test]
    fn a_first_line_that_does_not_end_is_recognised_and_remarked_upon() {
        assert!(looks(&[b"GET /", [b'a'; 300].as_slice()].concat()));
        let seen = tcp(&[b"GET /", [b'a'; 9000].as_slice()].concat());
        assert_eq!(seen.numbers("http.line_too_long"), [1]);
        let seen = tcp(&[b"GET / HTTP/1.1\r\nCookie: ", [b'a'; 9000].as_slice(), b"\r\n\r\n"].concat());
        assert_eq!(seen.numbers("http.line_too_long"), [1]);
    }

    #[test]
    fn lines_may_end_with_a_bare_line_feed() {
        let seen = tcp(b"HTTP/1.0 200 OK\nContent-Length: 2\nContent-Type: text/plain\n\nhi");
        assert_eq!(seen.numbers("http.status"), [200]);
        assert_eq!(seen.numbers("http.content_length"), [2]);
        assert_eq!(seen.texts("http.body_text"), ["hi"]);
    }

    #[test]
    fn two_requests_in_one_segment_are_two_layers() {
        let seen = tcp(b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
        assert_eq!(seen.texts("http.uri"), ["/1", "/2"]);
    }

    #[test]
    fn a_304_has_a_length_but_no_body() {
        let seen =
            tcp(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(seen.numbers("http.status"), [304, 200]);
    }

    #[test]
    fn an_answer_without_a_status_is_still_an_answer() {
        let seen = tcp(b"HTTP/1.1 hello\r\nContent-Length: 2\r\n\r\nhi");
        assert_eq!(seen.numbers("http.bad_status"), [1]);
        assert_eq!(seen.texts("http.body"), ["hi"]);
    }

    #[test]
    fn chunks_are_taken_apart_and_their_body_is_joined() {
        let seen = tcp(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3;a=b\r\nHel\r\nA\r\nlo, world!\r\n0\r\nX-Sum: 7\r\n\r\n");
        assert_eq!(seen.numbers("http.chunk_size"), [3, 10, 0]);
        assert_eq!(seen.texts("http.chunk_extension"), [";a=b"]);
        assert_eq!(seen.texts("http.body_text"), ["Hello, world!"]);
        assert_eq!(seen.texts("http.trailer"), ["X-Sum: 7"]);
        assert!(!seen.cut("http"));
    }

    #[test]
    fn a_chunk_size_that_is_none_or_too_big_is_a_finding() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let seen = tcp(format!("{head}xyz\r\n").as_bytes());
        assert_eq!(seen.numbers("http.bad_chunk"), [1]);
        let seen = tcp(format!("{head}ffffffffffffffff\r\nabc").as_bytes());
        assert_eq!(seen.texts("http.body"), ["abc"]);
    }

    #[test]
    fn two_lengths_are_remarked_upon() {
        let seen = tcp(b"POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        assert_eq!(seen.numbers("http.ambiguous_length"), [1]);
    }

    #[test]
    fn frames_behind_a_101_are_websocket_frames() {
        let seen =
            tcp(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi");
        assert_eq!(seen.layers(), "ethernet ipv4 tcp http websocket");
    }
}
