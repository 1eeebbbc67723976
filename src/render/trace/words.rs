//! What headers, answers and close codes are for, in a sentence each. RFC 6455, RFC 9110.

/// What a header of the request or the answer is for.
pub(super) fn header(name: &str, request: bool) -> &'static str {
    match (name.to_ascii_lowercase().as_str(), request) {
        ("host", _) => "Which site is meant: one address may serve many.",
        ("upgrade", true) => "The protocol that this connection shall speak from now on.",
        ("upgrade", false) => "The server changes to this protocol.",
        ("connection", true) => {
            "Upgrade is meant for the next machine on the way; a proxy must not pass it on blindly."
        }
        ("connection", false) => "Says that Upgrade was meant for us, and not for a proxy between.",
        ("sec-websocket-key", _) => {
            "16 random bytes in Base64. No secret and no password: the answer must be computed from them, which no server does by accident."
        }
        ("sec-websocket-version", true) => "13 is the only version in use (RFC 6455).",
        ("sec-websocket-version", false) => "The versions that this server knows.",
        ("sec-websocket-protocol", true) => "What the messages shall mean: the server picks one of these names.",
        ("sec-websocket-protocol", false) => "The name that the server picked.",
        ("sec-websocket-extensions", true) => "Offers compression of each message (RFC 7692); the server may say no.",
        ("sec-websocket-extensions", false) => "What the server accepts of the extensions that were offered.",
        ("sec-websocket-accept", _) => "The proof that the server read our key; it is checked below.",
        ("origin", true) => {
            "The page that opens the WebSocket. Browsers always send it, and scripts cannot forge it there: the server's only way to refuse foreign pages."
        }
        ("cookie", true) => "Browsers send cookies along, for foreign pages too: so servers check Origin.",
        ("set-cookie", false) => "The server wants to recognise this client again.",
        ("authorization", true) => "Who is asking. A browser's WebSocket cannot send this header.",
        ("user-agent", true) => "The program that asks.",
        ("server", false) => "The program that answers.",
        ("date", false) => "The server's clock.",
        ("location", false) => "Where to ask instead.",
        ("content-type", false) => "What the body is.",
        ("content-length", false) => "Bytes of the body.",
        ("transfer-encoding", false) => "The body comes in chunks, each with its length.",
        ("www-authenticate", false) => "How the server wants to be told who you are.",
        ("retry-after", false) => "When to try again.",
        ("proxy-authorization", true) => {
            "Name and password for the proxy, in Base64: readable for everybody on the way."
        }
        _ => "",
    }
}

/// What an answer means for somebody who wanted a WebSocket.
#[expect(clippy::match_overlapping_arm, reason = "what has no words of its own has those of its hundred")]
pub(super) fn status(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols: the last line of HTTP on this connection. Behind the empty line begin frames.",
        100..=199 => "An answer that announces another one; a WebSocket needs 101.",
        200 => "OK means: here is a page. The server did not see, or ignored, the wish to upgrade.",
        201..=299 => "A success of plain HTTP, but no WebSocket: only 101 opens one.",
        300..=399 => "The server points elsewhere. A client may follow; browsers do not (RFC 6455 §4.1).",
        400 => "Bad Request: a header is missing or wrong for this server, or a proxy took it away.",
        401 => "Unauthorized: it wants to know who you are.",
        403 => "Forbidden: it knows, and says no. Often the Origin is not on its list.",
        404 => "Not Found: there is a web server, but nothing at this path.",
        405 => "Method Not Allowed: this path is not made for GET, so not for WebSockets.",
        407 => "Proxy Authentication Required: a proxy between wants a password.",
        408 => "Request Timeout: the request took the server too long.",
        426 => "Upgrade Required: the server wants another version of WebSocket, or another protocol (RFC 6455 §4.4).",
        429 => "Too Many Requests: wait, and try again later.",
        400..=499 => "The server thinks that the request is wrong.",
        502 | 504 => "A gateway answers: the server behind it is not there, or does not answer.",
        503 => "Service Unavailable: the server is there, but overloaded or being repaired.",
        500..=599 => "Something went wrong in the server.",
        _ => "This is no status that HTTP knows.",
    }
}

/// What a close code means.
pub(super) fn close(code: u16) -> &'static str {
    match code {
        1000 => "normal: the purpose is fulfilled",
        1001 => "going away: a page was left, or a server shuts down",
        1002 => "protocol error: a rule was broken",
        1003 => "unsupported data, for example bytes where only text is understood",
        1004 => "kept for later; nobody may send it",
        1005 => "never sent: programs use it for `no code came`",
        1006 => "never sent: programs use it for `TCP ended without a close frame`",
        1007 => "invalid data, for example text that is not UTF-8",
        1008 => "against the server's policy",
        1009 => "the message is too big",
        1010 => "an extension is missing that the client needs",
        1011 => "an unexpected error in the server",
        1012 => "the server restarts",
        1013 => "try again later",
        1014 => "a gateway got a wrong answer from behind it",
        1015 => "never sent: programs use it for `TLS failed`",
        3000..=3999 => "registered by a library or framework",
        4000..=4999 => "the application's own meaning",
        _ => "not defined",
    }
}

/// What a kind of frame is called.
pub(super) fn opcode(opcode: u8) -> &'static str {
    match opcode {
        0 => "more",
        1 => "text",
        2 => "binary",
        8 => "close",
        9 => "ping",
        10 => "pong",
        _ => "reserved",
    }
}
