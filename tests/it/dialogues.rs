//! What can only be known from the packets before: a second connection that was announced, encryption that was agreed
//! upon, which message an acknowledgment means.

use layercake::dissect::Value;

use crate::support::{each, open, root};

/// The last layer of every packet with a payload, and the numbers of its fields with this key.
fn read(file: &str, key: &str) -> Vec<(u64, &'static str, Vec<u64>)> {
    let mut source = open(&root().join("tests/captures").join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let mut seen = Vec::new();
    each(source.as_mut(), |packet, tape| {
        let Some(layer) = tape.layers.last().filter(|_| !tape.facts.payload.is_empty()) else { return };
        let numbers = tape.nodes.iter().filter(|n| n.field.key == key).filter_map(|n| match n.value {
            Value::Number(number) => Some(number),
            _ => None,
        });
        seen.push((packet.number, layer.protocol.key, numbers.collect()));
    });
    seen
}

#[test]
fn a_connection_that_ftp_announced_is_its_data() {
    let seen = read("ftp.hex", "announced_in");
    let data: Vec<_> = seen.iter().filter(|(_, protocol, _)| *protocol == "ftp_data").collect();
    assert_eq!(data.len(), 2, "{seen:?}");
    assert_eq!((&data[0].2, &data[1].2), (&vec![10], &vec![21]), "by PASV's reply and by EPRT");
}

#[test]
fn behind_starttls_both_sides_speak_tls() {
    for (file, last) in [("ftp.hex", 41), ("smtp.hex", 24)] {
        let seen = read(file, "none");
        assert!(seen.contains(&(last, "tls", vec![])), "{file}: {seen:?}");
    }
}

#[test]
fn each_direction_of_ssh_is_encrypted_behind_its_own_newkeys() {
    let seen = read("ssh.hex", "encrypted_length");
    let encrypted: Vec<u64> = seen.iter().filter(|(.., n)| !n.is_empty()).map(|(packet, ..)| *packet).collect();
    // 9: behind the server's NEWKEYS; 10 is the client's, in the clear; the last is from the middle of a session.
    assert_eq!(encrypted, [9, 11, 12, 36]);
}

#[test]
fn replies_and_acknowledgments_know_what_they_answer() {
    let answers =
        |file, packet| read(file, "answers_packet").into_iter().find(|(number, ..)| *number == packet).map(|(.., n)| n);
    assert_eq!(answers("mqtt.hex", 14), Some(vec![13]), "PUBCOMP answers PUBREL");
    assert_eq!(answers("mqtt.hex", 13), Some(vec![12]), "PUBREL answers PUBREC");
    assert_eq!(answers("smtp.hex", 14), Some(vec![13, 13, 13]), "three replies for three commands");
    assert_eq!(answers("smtp.hex", 17), Some(vec![16]), "the mail was complete there");
    assert_eq!(answers("ftp.hex", 15), Some(vec![11]), "150 is not the last word");
    assert_eq!(answers("ftp.hex", 20), Some(vec![11]));
}
