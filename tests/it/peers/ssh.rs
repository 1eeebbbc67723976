//! SSH: OpenSSH at both ends, up to the point from which everything is encrypted.

use super::talk;

#[test]
fn the_exchange_of_keys_is_read_up_to_newkeys() {
    let Some(talk) = talk(
        &["sshd", "ssh", "ssh-keygen"],
        r#"
        ssh-keygen -q -t ed25519 -N "" -f host; ssh-keygen -q -t ed25519 -N "" -f user
        mkdir -p /run/sshd 2> /dev/null || true
        chmod 755 .; cp user.pub keys; chmod 644 keys
        "$(command -v sshd)" -f /dev/null -p 8022 -h "$PWD/host" -o ListenAddress=127.0.0.1 -o PidFile=none -o AuthorizedKeysFile="$PWD/keys" -o StrictModes=no -o UsePAM=no -D -E sshd.txt & says sshd.txt listening
        chmod 777 .
        capture_begins
        ssh -F /dev/null -p 8022 -i user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes 127.0.0.1 echo hello 2> ssh.txt || true"#,
    ) else {
        return;
    };
    let open = talk.values("ssh", "software");
    assert_eq!(open.len(), 2, "{open:?}");
    assert!(open.iter().all(|s| s.contains("OpenSSH")), "{open:?}");
    let messages = talk.values("ssh", "message_code");
    assert_eq!(messages.iter().filter(|m| *m == "21").count(), 2, "NEWKEYS from both: {messages:?}");
    talk.is_whole();
}
