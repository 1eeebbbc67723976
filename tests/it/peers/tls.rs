//! TLS: OpenSSL at both ends.

use super::{Talk, talk};

fn shake_hands(version: &str) -> Option<Talk> {
    talk(
        &["openssl"],
        &format!(
            r#"
        openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=soup.example.org 2> /dev/null
        (sleep 2; echo "goodbye from the server"; sleep 1) | openssl s_server -accept 127.0.0.1:8443 -cert cert.pem -key key.pem -{version} -alpn soup/1 -naccept 1 -quiet > got.txt 2> server.txt & server=$!
        sleep 0.5
        capture_begins
        (echo "hello from the client"; sleep 3) | openssl s_client -connect 127.0.0.1:8443 -servername soup.example.org -alpn soup/1 -keylogfile keys.txt -{version} -quiet 2> /dev/null
        kill $server 2> /dev/null || true"#
        ),
    )
}

fn greeting(talk: &Talk) {
    talk.is_whole();
    assert!(talk.stdout.contains("goodbye from the server"), "{}", talk.stdout);
    assert!(talk.values("tls", "sni").contains(&"soup.example.org".to_owned()));
    assert!(talk.values("tls", "alpn").contains(&"soup/1".to_owned()));
    assert_eq!(talk.flows()[0]["application"], "TLS");
}

#[test]
fn the_handshake_of_tls_1_2_is_read_with_the_certificate() {
    let Some(talk) = shake_hands("tls1_2") else { return };
    greeting(&talk);
    assert!(talk.values("tls", "subject").iter().any(|s| s.contains("soup.example.org")));
}

#[test]
fn the_handshake_of_tls_1_3_is_read_up_to_where_it_is_encrypted() {
    let Some(talk) = shake_hands("tls1_3") else { return };
    greeting(&talk);
}

#[test]
fn decrypts_what_both_ends_said_with_the_secrets_they_left() {
    for version in ["tls1_2", "tls1_3"] {
        let Some(talk) = shake_hands(version) else { return };
        let talk = talk.opened("keys.txt");
        let said = talk.values("data", "bytes").concat();
        let hex = |text: &str| text.bytes().map(|b| format!("{b:02x}")).collect::<Vec<_>>();
        for text in ["hello from the client\n", "goodbye from the server\n"] {
            let (together, apart) = (hex(text).concat(), hex(text).join(" "));
            assert!(said.contains(&together) || said.contains(&apart) || said.contains(text), "{version}: {said}");
        }
        assert!(talk.values("tls", "wrong_key").is_empty() && talk.values("tls", "lost_records").is_empty());
    }
}

/// A certificate for the servers of Node and OpenSSL.
const CERTIFICATE: &str = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=soup.example.org 2> /dev/null\n";

fn web() -> Option<Talk> {
    talk(
        &["npm:ws", "curl", "openssl"],
        &(CERTIFICATE.to_owned()
            + r#"
        capture_begins
        node "$PEERS/secure.js" & appears ready
        export SSLKEYLOGFILE=$PWD/keys.txt
        a=https://127.0.0.1:8443
        head -c 30000 /dev/zero | tr '\0' z > upload.txt
        curl -sk --http1.1 $a/one $a/big -o /dev/null -o /dev/null
        curl -sk --http1.1 --tls-max 1.2 --data-binary @upload.txt $a/two
        curl -sk --http2 $a/three $a/big -o /dev/null -o /dev/null
        curl -sk --http2 --data-binary @upload.txt $a/four
        node --tls-keylog=more.txt "$PEERS/secure.js" client
        cat more.txt >> keys.txt"#),
    )
}

/// What curl and ws said inside TLS, all of it.
fn said(talk: &Talk) {
    talk.is_whole();
    assert_eq!(talk.values("http", "uri"), ["/one", "/big", "/two", "/soup"]);
    assert_eq!(talk.values("http2", "path"), ["/three", "/big", "/four"]);
    let bodies = [talk.values("http", "body_text"), talk.values("http2", "data_text")].concat().concat();
    for text in ["/one got 0 bytes", "/two got 30000 bytes", "/three got 0 bytes", "/four got 30000 bytes"] {
        assert!(bodies.contains(text), "{text} is missing");
    }
    assert!(bodies.matches("soup ").count() > 10_000, "the big page, twice");
    let messages = [talk.values("websocket", "text"), talk.values("websocket", "message")].concat().concat();
    for text in ["is the soup ready?", "in a minute", &"x".repeat(50_000), "that was long"] {
        assert!(messages.contains(text), "{text:.40} is missing");
    }
    assert!(talk.values("tls", "wrong_key").is_empty() && talk.values("tls", "lost_records").is_empty());
}

#[test]
fn decrypts_http_1_and_2_and_websocket_to_the_last_byte() {
    let Some(talk) = web() else { return };
    assert!(talk.values("http", "uri").is_empty(), "nothing without the keys");
    said(&talk.opened("keys.txt"));
}

#[test]
fn decrypts_a_saved_file_that_holds_the_keys_as_tshark_does() {
    let Some(talk) = web() else { return };
    let talk = talk.saved_with("keys.txt");
    said(&talk);
    if crate::support::have("tshark") {
        let theirs = talk.tshark(&["-d", "tcp.port==8443-8444,tls", "-Y", "http.request or http2.headers.path"]);
        for path in ["/one", "/two", "/three", "/four", "/soup"] {
            assert!(theirs.contains(path), "{path}: {theirs}");
        }
    }
}

/// OpenSSL twice: the second time it says something before the handshake is done, where the server allows it.
fn again(server: &str, client: &str) -> Option<Talk> {
    let script = format!(
        r"
        openssl s_server -accept 127.0.0.1:8443 -cert cert.pem -key key.pem -tls1_3 {server} > got.txt 2> server_error.txt < <(sleep 30) & server=$!
        listens 8443
        capture_begins
        printf 'GET /first HTTP/1.1\r\nHost: soup\r\n\r\n' > early.txt
        (sleep 0.5; echo Q) | openssl s_client -connect 127.0.0.1:8443 -tls1_3 -keylogfile keys.txt -sess_out session.pem > /dev/null 2>&1 || true
        (sleep 0.5; printf 'GET /second HTTP/1.1\r\nHost: soup\r\n\r\n'; sleep 0.5) | openssl s_client -connect 127.0.0.1:8443 -tls1_3 -keylogfile keys.txt -sess_in session.pem {client} > /dev/null 2>&1 || true
        kill $server 2> /dev/null || true"
    );
    talk(&["openssl"], &(CERTIFICATE.to_owned() + &script))
}

#[test]
fn decrypts_what_was_said_before_the_handshake_was_done() {
    let Some(talk) = again("-early_data", "-early_data early.txt") else { return };
    let talk = talk.opened("keys.txt");
    assert_eq!(talk.values("http", "uri"), ["/first", "/second"]);
    assert!(talk.values("tls", "wrong_key").is_empty() && talk.values("tls", "lost_records").is_empty());
}

#[test]
fn decrypts_behind_a_server_that_asked_for_another_hello() {
    let Some(talk) = again("-groups P-384", "") else { return };
    assert!(!talk.values("tls", "hello_retry").is_empty(), "no HelloRetryRequest");
    let talk = talk.opened("keys.txt");
    assert_eq!(talk.values("http", "uri"), ["/second"]);
    assert!(talk.values("tls", "wrong_key").is_empty() && talk.values("tls", "lost_records").is_empty());
}

/// A server that says nothing about the length of its answer and hangs up without a goodbye inside TLS.
#[test]
fn decrypts_an_answer_that_only_the_end_of_the_connection_ends() {
    let script = r#"
        cat > server.py << 'END'
import socket, ssl, time
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
context.keylog_filename = "keys.txt"
waiting = socket.create_server(("127.0.0.1", 8443))
open("ready", "w")
line = context.wrap_socket(waiting.accept()[0], server_side=True)
line.recv(4096)
line.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nthe soup ")
time.sleep(0.2)
line.send(b"is ready")
time.sleep(0.2)
socket.socket(fileno=line.detach()).close()
END
        python3 server.py & appears ready
        capture_begins
        curl -sk https://127.0.0.1:8443/ > got.txt || true"#;
    let Some(talk) = talk(&["python3", "curl", "openssl"], &(CERTIFICATE.to_owned() + script)) else { return };
    let talk = talk.opened("keys.txt");
    assert_eq!(talk.values("http", "body_text"), ["the soup is ready"]);
    assert_eq!(talk.values("part", "ends_with_connection").len(), 1, "and that it ended so is said");
    talk.is_whole();
}

/// A live capture reads along while the browser still writes its keys.
#[test]
fn a_live_capture_decrypts_with_a_key_log_that_grows() {
    let script = r#"
        node "$PEERS/secure.js" & appears ready
        touch keys.txt
        "$LAYERCAKE" capture -i lo --format json --keys keys.txt > live.json 2> live.txt & live=$!
        says live.txt listening
        capture_begins
        export SSLKEYLOGFILE=$PWD/keys.txt
        for page in one two; do
            curl -sk --http1.1 https://127.0.0.1:8443/$page -o /dev/null
            curl -sk --http2 https://127.0.0.1:8443/$page -o /dev/null
        done
        sleep 0.5; kill -INT $live; wait $live"#;
    let Some(talk) = talk(&["npm:ws", "curl", "openssl"], &(CERTIFICATE.to_owned() + script)) else { return };
    let live = std::fs::read_to_string(talk.folder.path().join("live.json")).expect("what it read");
    let told = std::fs::read_to_string(talk.folder.path().join("live.txt")).expect("what it said");
    for text in [r#""uri":"/one""#, r#""uri":"/two""#, r#""path":"/one""#, r#""path":"/two""#, "/two got 0 bytes"] {
        assert!(live.contains(text), "{text} was not read: {told}\n{live:.3000}");
    }
}
