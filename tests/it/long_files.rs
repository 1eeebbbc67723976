//! A long file is read and drawn by several threads; a pipe by one. Both print the same bytes.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{LAYERCAKE, each, open, own_captures};

/// Our Ethernet packets over and over, in a pcap file of a few megabytes.
fn long_capture() -> Vec<u8> {
    let mut bytes = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    let mut time = 0_u32;
    while bytes.len() < 3 << 20 {
        for path in own_captures() {
            let mut source = open(&path).expect("our own capture");
            each(source.as_mut(), |packet, _| {
                if packet.link == 1 {
                    time += 1;
                    let length = packet.bytes.len() as u32;
                    for number in [time / 1000, time % 1000, length, packet.length] {
                        bytes.extend(number.to_le_bytes());
                    }
                    bytes.extend(packet.bytes);
                }
            });
        }
    }
    bytes
}

/// What is printed for the file, from its path or through a pipe, and whether all went well.
fn printed(path: &Path, piped: bool, arguments: &[&str]) -> (Vec<u8>, bool) {
    let input = if piped { Stdio::from(File::open(path).expect("opens")) } else { Stdio::null() };
    let name = if piped { "-".as_ref() } else { path.as_os_str() };
    let mut command = Command::new(LAYERCAKE);
    command.args(["capture", "-r"]).arg(name).args(arguments).stdin(input);
    let output = command.output().expect("runs");
    (output.stdout, output.status.success())
}

#[test]
fn several_threads_print_what_one_prints() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = long_capture();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    gzip.write_all(&whole).expect("in memory");
    let files = [
        ("whole.pcap", whole.clone()),
        ("cut.pcap", whole[..whole.len() - 5].to_vec()),
        ("whole.pcap.gz", gzip.finish().expect("in memory")),
    ];
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("writes");
        // Formats that look ahead in a file say more than they can of a pipe; these do not.
        for arguments in [&[][..], &["-c", "777"], &["tcp"], &["--format", "ladder", "-c", "3000"]] {
            let (alone, well) = printed(&path, true, arguments);
            assert!(!alone.is_empty(), "{name} {arguments:?}");
            assert!(printed(&path, false, arguments) == (alone, well), "{name} {arguments:?}");
        }
    }
}
