//! What a simulated wire knows beside its packets survives being saved, and the ladder draws it.

use std::net::IpAddr;

use layercake::dissect::{Fate, Interface, Packet};
use layercake::save::PcapNg;
use layercake::source::file::File;
use layercake::source::{Event, Source};

const FATES: [Fate; 6] = [Fate::Unknown, Fate::Lost, Fate::Damaged, Fate::Doubled, Fate::Delayed, Fate::Overflowed];

/// A file with one packet of each fate, the second with a comment of its own.
fn file() -> Vec<u8> {
    let mut out = Vec::new();
    let mut file = PcapNg::new(&mut out).expect("begun");
    let names: Vec<(IpAddr, String)> =
        [("192.0.2.1", "client"), ("2001:db8::9", "server")].map(|(ip, n)| (ip.parse().expect("ip"), n.into())).into();
    file.interface(&Interface { name: "wire".into(), link: 1, snaplen: 0 }).expect("written");
    file.names(&names).expect("written");
    for (number, fate) in FATES.into_iter().enumerate() {
        let comment = (number == 1).then_some("look here");
        let packet = Packet { bytes: &[2; 20], length: 20, time: Some(5), link: 1, fate, comment, ..Packet::default() };
        file.packet(0, &packet).expect("written");
    }
    out
}

#[test]
fn fates_comments_and_names_are_read_as_they_were_written() {
    let mut file = File::new(std::io::Cursor::new(file()), "memory").expect("a capture");
    for (number, fate) in FATES.into_iter().enumerate() {
        let Event::Packet(packet) = file.next().expect("readable") else { panic!("too few packets") };
        assert_eq!((packet.fate, packet.comment), (fate, (number == 1).then_some("look here")));
        let names: Vec<String> = packet.names.iter().map(|(ip, name)| format!("{ip} {name}")).collect();
        assert_eq!(names, ["192.0.2.1 client", "2001:db8::9 server"]);
    }
}

#[test]
fn tshark_reads_names_and_comments() {
    let Ok(folder) = tempfile::tempdir() else { panic!("no folder for the test") };
    let path = folder.path().join("fates.pcapng");
    std::fs::write(&path, file()).expect("written");
    let Ok(out) =
        std::process::Command::new("tshark").args(["-T", "fields", "-e", "frame.comment", "-r"]).arg(&path).output()
    else {
        println!("skipped: no tshark");
        return;
    };
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8_lossy(&out.stdout);
    let expected = "\nlook here,simulated wire: lost\nsimulated wire: damaged\nsimulated wire: doubled\nsimulated wire: delayed\nsimulated wire: queue full\n";
    assert_eq!(text, expected);
}
