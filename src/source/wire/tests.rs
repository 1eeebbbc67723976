use super::*;

#[test]
fn look() {
    for name in ["two-hosts", "lossy", "slow-reader"] {
        println!("== {name}");
        let mut wire = Wire::run(&script(name).unwrap()).unwrap();
        loop {
            let line = match wire.next().unwrap() {
                Event::Packet(p) => {
                    let t = p.time.unwrap() - EPOCH;
                    let tcp = if p.bytes.len() > 47 && p.bytes[23] == 6 {
                        format!("{}→{} flags {:02x} win {}", u16::from_be_bytes([p.bytes[34], p.bytes[35]]), u16::from_be_bytes([p.bytes[36], p.bytes[37]]), p.bytes[47], u16::from_be_bytes([p.bytes[48], p.bytes[49]]))
                    } else { String::new() };
                    format!("{:>12.3} {} len {} {:?} {tcp}", t as f64 / 1e6, p.number, p.length, p.fate)
                }
                Event::Idle => continue,
                Event::End => break,
            };
            for h in wire.happened() {
                println!("      {:>12.3} after {} {} {}:{} {:?}", (h.time - EPOCH) as f64 / 1e6, h.after, h.host, h.program, h.run, h.what);
            }
            println!("{line}");
        }
        for h in wire.happened() {
            println!("      {:>12.3} after {} {} {}:{} {:?}", (h.time - EPOCH) as f64 / 1e6, h.after, h.host, h.program, h.run, h.what);
        }
        for c in wire.links() { println!("{c:?}"); }
    }
}
