//! What a file that is no capture looks like, so that the error can say so.

/// A few words for the first bytes of a file.
pub(super) fn looks_like(head: &[u8]) -> &'static str {
    const KNOWN: &[(&[u8], &str)] = &[
        (b"\x7fELF", "a program"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x89PNG", "a PNG picture"),
        (b"%PDF", "a PDF document"),
        (b"\xfd7zXZ", "an xz archive; unpack it first"),
        (b"BZh", "a bzip2 archive; unpack it first"),
        (b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it first"),
        (b"\x04\x22\x4d\x18", "an lz4 archive; unpack it first"),
        (b"snoop\0\0\0", "a snoop capture; `editcap` converts it"),
        (b"RTSS", "a Network Monitor capture; `editcap` converts it"),
        (b"GMBU", "a Network Monitor capture; `editcap` converts it"),
        (b"MZ", "a Windows program"),
        (b"{", "JSON"),
        (b"[", "JSON"),
        (b"<", "XML or HTML"),
    ];
    if let Some((_, words)) = KNOWN.iter().find(|(magic, _)| head.starts_with(magic)) {
        return words;
    }
    if head.iter().all(|b| b.is_ascii_hexdigit() || b" \r\n\t:,x".contains(b)) {
        "a hex dump; `layercake peel --hex` takes those"
    } else if head.iter().all(|b| (0x20..0x7f).contains(b) || b"\r\n\t".contains(b)) {
        "text"
    } else {
        "something else"
    }
}
