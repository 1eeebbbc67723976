//! What a browser sends with each request: the headers of Chromium 156 on Linux, recorded from its own `fetch`,
//! `EventSource` and `WebSocket` with a page of the same origin and one cookie. Only the address is put in.

/// Which browser it was.
pub const BROWSER: &str = "Chromium 156 on Linux, with one cookie";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// `fetch(url)`
    Fetch,
    /// `fetch(url, { method: "POST", body: text })`
    Post,
    /// `new EventSource(url)`
    EventSource,
}

const AGENT: &str =
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
const BRAND: &str = "sec-ch-ua: \"Not:A-Brand\";v=\"8\", \"Chromium\";v=\"156\"";
const PLATFORM: &str = "sec-ch-ua-platform: \"Linux\"";
const MOBILE: &str = "sec-ch-ua-mobile: ?0";
const LANGUAGES: [&str; 2] = ["Accept-Encoding: gzip, deflate, br, zstd", "Accept-Language: en-US,en;q=0.9"];
const FETCH: [&str; 3] = ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"];
const COOKIE: &str = "Cookie: session=1f0c8e";
const FRESH: [&str; 2] = ["Pragma: no-cache", "Cache-Control: no-cache"];

/// The head of a request, with its empty line.
pub(super) fn request(asker: Asker, target: &str, host: &str, length: usize) -> String {
    let own = |text: &str| vec![text.to_owned()];
    let all = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let method = if asker == Asker::Post { "POST" } else { "GET" };
    let mut lines =
        vec![format!("{method} {target} HTTP/1.1"), format!("Host: {host}"), "Connection: keep-alive".into()];
    match asker {
        Asker::Fetch => {
            lines.extend(all(&[PLATFORM, AGENT, BRAND, MOBILE, "Accept: */*"]));
        }
        Asker::Post => {
            lines.push(format!("Content-Length: {length}"));
            let kind = "Content-Type: text/plain;charset=UTF-8";
            lines.extend(all(&[PLATFORM, AGENT, BRAND, kind, MOBILE, "Accept: */*"]));
            lines.push(format!("Origin: http://{host}"));
        }
        Asker::EventSource => {
            lines.extend(all(&FRESH));
            lines.extend(all(&[PLATFORM, AGENT, "Accept: text/event-stream", BRAND, MOBILE]));
        }
    }
    lines.extend(all(&FETCH));
    lines.push(format!("Referer: http://{host}/"));
    lines.extend(all(&LANGUAGES));
    lines.extend(own(COOKIE));
    lines.join("\r\n") + "\r\n\r\n"
}

/// The request for a WebSocket.
pub(super) fn upgrade(target: &str, host: &str, key: &str) -> String {
    let mut lines = vec![format!("GET {target} HTTP/1.1"), format!("Host: {host}"), "Connection: Upgrade".to_owned()];
    let all = FRESH.into_iter().chain([AGENT, "Upgrade: websocket"]);
    lines.extend(all.map(str::to_owned));
    lines.push(format!("Origin: http://{host}"));
    lines.push("Sec-WebSocket-Version: 13".to_owned());
    lines.extend(LANGUAGES.into_iter().chain([COOKIE]).map(str::to_owned));
    lines.push(format!("Sec-WebSocket-Key: {key}"));
    lines.push("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits".to_owned());
    lines.join("\r\n") + "\r\n\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_http_and_as_long_as_those_of_a_browser() {
        for asker in [Asker::Fetch, Asker::Post, Asker::EventSource] {
            let text = request(asker, "/poll", "127.0.0.1:18990", 5);
            let mut headers = [httparse::EMPTY_HEADER; 32];
            let mut parsed = httparse::Request::new(&mut headers);
            assert!(parsed.parse(text.as_bytes()).is_ok_and(|status| status.is_complete()), "{text}");
            assert!((500..800).contains(&text.len()), "{}", text.len());
        }
        assert!((400..600).contains(&upgrade("/ws", "127.0.0.1:18990", "x").len()));
    }
}
