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

/// What decryption has to give: the program's words. Until the keys can be given, only that they were left beside it.
#[test]
fn decrypts_what_both_ends_said_with_the_secrets_they_left() {
    let Some(talk) = shake_hands("tls1_3") else { return };
    let secrets = std::fs::read_to_string(talk.folder.path().join("keys.txt")).expect("OpenSSL's key log");
    for label in ["CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"] {
        assert!(secrets.contains(label), "{secrets}");
    }
}
