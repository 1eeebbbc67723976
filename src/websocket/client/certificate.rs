//! What a server shows of itself in TLS: an X.509 certificate (RFC 5280), as far as a person wants to read it.

use x509_cert::Certificate as Parsed;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// A certificate in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it is for, as RFC 4514 writes names.
    pub subject: String,
    /// The names and addresses it is good for.
    pub names: Vec<String>,
    /// Who vouches for it.
    pub issuer: String,
    /// From when, "2026-01-01T00:00:00Z".
    pub from: String,
    /// Until when.
    pub until: String,
}

impl Certificate {
    /// Reads one; `None` where it is none.
    pub fn read(der: &[u8]) -> Option<Self> {
        let parsed = Parsed::from_der(der).ok()?.tbs_certificate;
        let names = match parsed.get::<SubjectAltName>() {
            Ok(Some((_, names))) => names.0.iter().filter_map(written).collect(),
            _ => Vec::new(),
        };
        Some(Certificate {
            subject: parsed.subject.to_string(),
            names,
            issuer: parsed.issuer.to_string(),
            from: parsed.validity.not_before.to_string(),
            until: parsed.validity.not_after.to_string(),
        })
    }
}

fn written(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(bytes) => match bytes.as_bytes().len() {
            4 => <[u8; 4]>::try_from(bytes.as_bytes()).ok().map(|b| std::net::Ipv4Addr::from(b).to_string()),
            _ => <[u8; 16]>::try_from(bytes.as_bytes()).ok().map(|b| std::net::Ipv6Addr::from(b).to_string()),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_whom_it_is_for() {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names.clone()).expect("a certificate");
        let read = Certificate::read(made.cert.der()).expect("X.509");
        assert_eq!(read.names, names);
        assert_eq!(read.subject, read.issuer);
        assert!(read.until > read.from, "{read:?}");
        assert_eq!(Certificate::read(b"nonsense"), None);
    }
}
