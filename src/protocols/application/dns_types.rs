//! The numbers of record types and classes: IANA's registry "DNS parameters".
//! Not here: what a record of each type holds (`dns_records`).

use crate::dissect::{Name, name};

/// The type of the record that carries EDNS.
pub(super) const OPT: u16 = 41;

/// Types of records and of questions.
pub(super) const TYPES: &[Name] = &[
    name(1, "A", "An IPv4 address."),
    name(2, "NS", "A server that is responsible for the zone."),
    name(5, "CNAME", "An alias: look under this other name instead."),
    name(6, "SOA", "Who runs the zone and how its copies are kept fresh."),
    name(12, "PTR", "From an address back to a name, or from a service to its instances."),
    name(13, "HINFO", "What kind of machine; also the short answer to ANY (RFC 8482)."),
    name(15, "MX", "Where mail for this name goes."),
    name(16, "TXT", "Free text, used for proofs of ownership and mail policies."),
    name(17, "RP", "Who is responsible."),
    name(18, "AFSDB", "Servers of the Andrew file system."),
    name(24, "SIG", "Signature of an early DNSSEC."),
    name(25, "KEY", "Key of an early DNSSEC."),
    name(28, "AAAA", "An IPv6 address."),
    name(29, "LOC", "A place on Earth."),
    name(33, "SRV", "Host and port of a service."),
    name(35, "NAPTR", "Rules that rewrite a name, used by telephony."),
    name(36, "KX", "Where keys are exchanged."),
    name(37, "CERT", "A certificate."),
    name(39, "DNAME", "An alias for everything below the name."),
    name(41, "OPT", "Not about a name: carries the options of EDNS."),
    name(42, "APL", "Lists of address ranges."),
    name(43, "DS", "Digest of the key of the zone below: the link in the chain of trust."),
    name(44, "SSHFP", "Fingerprint of an SSH server's key."),
    name(45, "IPSECKEY", "Key for IPsec."),
    name(46, "RRSIG", "Signature over the records of one type."),
    name(47, "NSEC", "The next name in the zone: proof that there is nothing between."),
    name(48, "DNSKEY", "Key that signs the zone."),
    name(49, "DHCID", "Ties a name to a DHCP client."),
    name(50, "NSEC3", "As NSEC, but over hashes, so that names cannot be listed."),
    name(51, "NSEC3PARAM", "How those hashes are made."),
    name(52, "TLSA", "Which certificate a TLS server must show."),
    name(53, "SMIMEA", "Which certificate a mail address uses."),
    name(55, "HIP", "Host identity."),
    name(59, "CDS", "The zone below asks for a new DS record."),
    name(60, "CDNSKEY", "The zone below offers a new key."),
    name(61, "OPENPGPKEY", "OpenPGP key of a mail address."),
    name(62, "CSYNC", "What to copy from the zone below."),
    name(63, "ZONEMD", "Digest over a whole zone."),
    name(64, "SVCB", "Where and how a service is reached."),
    name(65, "HTTPS", "As SVCB, for websites: saves the browser a redirect and a guess."),
    name(99, "SPF", "Mail policy; TXT is used instead."),
    name(108, "EUI48", "A 48-bit hardware address."),
    name(109, "EUI64", "A 64-bit hardware address."),
    name(249, "TKEY", "Agrees on a key for TSIG."),
    name(250, "TSIG", "Signs one message with a shared key."),
    name(251, "IXFR", "Asks for what changed in a zone."),
    name(252, "AXFR", "Asks for a whole zone."),
    name(255, "ANY", "Asks for whatever there is; many servers now answer with HINFO."),
    name(256, "URI", "An address of a web resource."),
    name(257, "CAA", "Who may issue certificates for the name."),
    name(32768, "TA", "Trust anchor."),
    name(32769, "DLV", "Look-aside validation; ended in 2017."),
];

/// Classes.
pub(super) const CLASSES: &[Name] = &[
    name(1, "IN", "The Internet."),
    name(3, "CH", "Chaosnet of the 1970s; lives on in questions for a server's version."),
    name(4, "HS", "Hesiod."),
    name(254, "NONE", "In updates: delete."),
    name(255, "ANY", "Any class; in updates: delete all."),
];
