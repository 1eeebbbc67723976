//! What the kernel knows of a connection beyond its ends: `tcp_info`, congestion control, buffers (`linux/tcp.h`).
//! The kernel's structure grows at its end, so that every number may be missing.

use std::time::Duration;

use crate::ports::Details;

/// `INET_DIAG_INFO`: `struct tcp_info`.
pub const INFO: u16 = 2;
/// `INET_DIAG_CONG`: a name that ends with a NUL byte.
pub const CONGESTION: u16 = 4;
/// `INET_DIAG_SKMEMINFO`: nine numbers.
pub const MEMORY: u16 = 7;

/// Takes up an attribute, if it is one of these.
pub fn read(kind: u16, value: &[u8], into: &mut Option<Box<Details>>) {
    if ![INFO, CONGESTION, MEMORY].contains(&kind) {
        return;
    }
    let details = into.get_or_insert_default();
    match kind {
        INFO => tcp_info(value, details),
        CONGESTION => {
            let name = value.split(|b| *b == 0).next().unwrap_or_default();
            details.congestion = String::from_utf8_lossy(name).into_owned();
        }
        _ => details.buffers = u32_at(value, 4).zip(u32_at(value, 12)),
    }
}

fn tcp_info(value: &[u8], details: &mut Details) {
    // A number that the kernel has not measured yet is 0.
    let some = |at| u32_at(value, at).filter(|n| *n != 0);
    let micros = |at| some(at).map(|n| Duration::from_micros(n.into()));
    details.retransmission_timeout = micros(8);
    details.mss = some(16);
    details.round_trip = micros(68);
    details.round_trip_variance = details.round_trip.and(micros(72));
    details.congestion_window = some(80);
    details.retransmitted = u32_at(value, 100);
    details.bytes_acked = u64_at(value, 120);
    details.bytes_received = u64_at(value, 128);
    details.segments = u32_at(value, 140).zip(u32_at(value, 136));
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_tcp_info_stand_where_the_kernel_writes_them() {
        let mut bytes = [0; 232];
        let words = [(8, 204_000), (16, 1448), (68, 250), (72, 125), (80, 10), (100, 3), (136, 7), (140, 9)];
        for (at, word) in words {
            bytes[at..at + 4].copy_from_slice(&u32::to_ne_bytes(word));
        }
        bytes[120..128].copy_from_slice(&5_000_000_000u64.to_ne_bytes());
        let mut details = None;
        read(INFO, &bytes, &mut details);
        read(CONGESTION, b"cubic\0", &mut details);
        read(MEMORY, &[1u32, 131_072, 2, 2_626_560, 0].map(u32::to_ne_bytes).concat(), &mut details);
        let expected = Details {
            congestion: "cubic".to_owned(),
            round_trip: Some(Duration::from_micros(250)),
            round_trip_variance: Some(Duration::from_micros(125)),
            retransmission_timeout: Some(Duration::from_millis(204)),
            congestion_window: Some(10),
            mss: Some(1448),
            bytes_acked: Some(5_000_000_000),
            bytes_received: Some(0),
            retransmitted: Some(3),
            segments: Some((9, 7)),
            buffers: Some((131_072, 2_626_560)),
        };
        assert_eq!(details.as_deref(), Some(&expected));
    }

    #[test]
    fn an_older_kernel_tells_less_and_does_no_harm() {
        let mut details = None;
        read(INFO, &[0; 20], &mut details);
        read(CONGESTION, &[0xff; 16], &mut details);
        read(MEMORY, &[], &mut details);
        let details = details.expect("details");
        assert_eq!((details.mss, details.bytes_acked, details.buffers), (None, None, None));
        let mut none = None;
        read(99, &[1, 2, 3], &mut none);
        assert_eq!(none, None);
    }
}
