//! Options that say who the client is and what it shall boot, RFC 2132 §9 and the RFCs named at each field.
//! Not here: what the network is like (`dhcp_network`), what a relay adds (`dhcp_relay`).

use super::dhcp::CHADDR;
use super::dhcp_duid;
use super::dhcp_options::{addresses, text};
use super::dns_name::open_name;
use crate::dissect::{
    Cut, Field, GistForm, Name, Reader,
    Show::{Bytes, Dec, Flags, Hex, Ip, Names, Text, Unit},
    field, name,
};

pub(super) static VENDOR_CLASS: Field = field("vendor_class", "made by", Text)
    .spec("RFC 2132 §9.13")
    .explain("Names the client's software, such as \"android-dhcp-14\" or \"MSFT 5.0\". Servers give telephones other answers than laptops by it.");
pub(super) static CLIENT_ID_TYPE: Field = field(
    "client_id_type",
    "client named by",
    Names(&[
        name(0, "text or number", "Anything but a link address."),
        name(1, "MAC address", ""),
        name(6, "IEEE 802 address", ""),
        name(255, "DUID", "The name that DHCPv6 uses too, RFC 4361."),
    ]),
)
.spec("RFC 2132 §9.14, RFC 4361 §6.1")
.explain("What kind of name follows. Servers remember leases by this name and not by the link address of the header, so changing it costs the old address.");
pub(super) static CLIENT_ID: Field = field("client_id", "client's name", Bytes)
    .spec("RFC 2132 §9.14")
    .explain("Any bytes that no other client of this network uses; the server only compares them.");
pub(super) static CLIENT_IAID: Field = field("client_iaid", "which of its cards", Hex)
    .spec("RFC 4361 §6.1")
    .explain("The machine has one name for all its cards; this number tells them apart, so that each gets an address.");
pub(super) static TFTP_SERVER: Field = field("tftp_server", "boot from", Text)
    .gist("boot ")
    .spec("RFC 2132 §9.4")
    .explain("The machine that holds the boot file, as a name or an address; here when the fixed room for it is used for options.");
pub(super) static BOOT_FILE: Field = field("boot_file", "boot file", Text)
    .gist("file=")
    .spec("RFC 2132 §9.5")
    .explain("What to load and run when there is no disk. It comes without a signature, and so does this message.");
pub(super) static TFTP_ADDRESS: Field = field("tftp_address", "boot server's address", Ip)
    .spec("RFC 5859 §4")
    .explain("Where telephones load their settings from; a list, so that a second server can stand in.");
pub(super) static USER_CLASS_LENGTH: Field = field("user_class_length", "length of the group", Unit("bytes"))
    .spec("RFC 3004 §4")
    .explain("A client may be in several groups, so each one says how long it is.")
    .quiet();
pub(super) static USER_CLASS: Field = field("user_class", "group of users", Text)
    .spec("RFC 3004 §4")
    .explain("A group that the owner put the machine into, such as \"accounting\". Some clients leave out the lengths and send one bare text.");
pub(super) static FQDN_FLAGS: Field = field(
    "fqdn_flags",
    "who tells DNS",
    Flags(&[
        name(1, "S", "The server shall enter name → address into DNS."),
        name(2, "O", "The server has overruled what the client wanted."),
        name(E, "E", "The name is written as on the wire of DNS and not as bare text."),
        name(8, "N", "The server shall not touch DNS at all."),
    ]),
)
.spec("RFC 4702 §2.1")
.explain(
    "Name and address must get into DNS for others to find the machine; client and server settle here who does it.",
);
pub(super) static FQDN_RCODE: Field = field("fqdn_rcode", "outcome in DNS", Dec)
    .spec("RFC 4702 §2.2")
    .explain("Was to tell how the update of DNS went, in both directions. Given up: senders write 0 or 255, and nobody reads it.")
    .quiet();
pub(super) static FQDN: Field = field("fqdn", "full name", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 4702 §2.3")
    .explain("What the machine shall be called in DNS. It may be partial: then the server appends its domain.");
pub(super) static ARCHITECTURE: Field = field("architecture", "boots as", Names(ARCHITECTURES))
    .spec("RFC 4578 §2.1, IANA processor architecture types")
    .explain("Which kind of boot program the firmware can run; the wrong one would simply crash.");
pub(super) static INTERFACE_TYPE: Field =
    field("boot_interface", "boot driver", Names(&[name(1, "UNDI", "The card brings its driver along.")]))
        .spec("RFC 4578 §2.2")
        .explain("How a boot program can reach the network before any operating system with drivers is there.");
pub(super) static INTERFACE_MAJOR: Field = field("boot_interface_major", "driver version", Dec)
    .spec("RFC 4578 §2.2")
    .explain("With a new number here the boot program must talk to the card in another way.")
    .quiet();
pub(super) static INTERFACE_MINOR: Field = field("boot_interface_minor", "driver's minor version", Dec)
    .spec("RFC 4578 §2.2")
    .explain("Versions that differ only here can still talk to each other.")
    .quiet();
pub(super) static MACHINE_ID_TYPE: Field = field("machine_id_type", "machine named by", Names(&[name(0, "UUID", "")]))
    .spec("RFC 4578 §2.3")
    .explain("Only one kind was ever defined.")
    .quiet();
pub(super) static MACHINE_ID: Field = field("machine_id", "machine's UUID", Bytes)
    .spec("RFC 4578 §2.3")
    .explain("Stored in the mainboard: the same at every boot, whatever system is installed.");
pub(super) static ENTERPRISE: Field =
    field("enterprise", "vendor", Names(VENDORS)).spec("RFC 3925 §3, IANA private enterprise numbers").explain(
        "Whose words the following bytes are. With the vendor's number in front, several vendors can share one option.",
    );
pub(super) static VENDOR_LENGTH: Field = field("vendor_length", "vendor data length", Unit("bytes"))
    .spec("RFC 3925 §3")
    .explain("Bytes of this vendor; the next vendor's number may follow.")
    .quiet();
pub(super) static VENDOR_DATA: Field = field("vendor_data", "vendor's own", Bytes)
    .spec("RFC 3925 §3")
    .explain("Known to the vendor alone; home routers learn here from their provider where to be managed.");
pub(super) static MUD_URL: Field = field("mud_url", "what it will do", Text)
    .spec("RFC 8520 §10")
    .explain("A light bulb points to its maker's description of all connections that it needs, so that the network can forbid the others.");

const E: u64 = 4;

const ARCHITECTURES: &[Name] = &[
    name(0, "PC BIOS", ""),
    name(1, "NEC PC-98", ""),
    name(2, "Itanium", ""),
    name(6, "UEFI, 32 bits", ""),
    name(7, "UEFI, 64 bits", "PCs of today."),
    name(9, "UEFI byte code", "Many 64-bit PCs say so by an old mistake."),
    name(10, "UEFI, ARM 32 bits", ""),
    name(11, "UEFI, ARM 64 bits", ""),
    name(15, "UEFI over HTTP, 32 bits", ""),
    name(16, "UEFI over HTTP, 64 bits", "Loads by HTTP instead of TFTP."),
    name(19, "UEFI over HTTP, ARM 64 bits", ""),
    name(27, "UEFI, RISC-V 64 bits", ""),
];

/// A few of IANA's private enterprise numbers.
pub(super) const VENDORS: &[Name] = &[
    name(9, "Cisco", ""),
    name(11, "Hewlett-Packard", ""),
    name(311, "Microsoft", ""),
    name(343, "Intel", ""),
    name(3561, "Broadband Forum", "TR-069, which manages home routers."),
    name(4491, "CableLabs", "Cable modems."),
    name(32473, "example", "Set aside for documentation."),
    name(43793, "systemd", ""),
];

/// Takes the content of an option about the client or its boot.
pub(super) fn read(r: &mut Reader<'_>, code: u8) -> Result<(), Cut> {
    match code {
        60 => text(r, &VENDOR_CLASS),
        61 => client_id(r)?,
        66 => text(r, &TFTP_SERVER),
        67 => text(r, &BOOT_FILE),
        77 => user_class(r)?,
        81 => fqdn(r)?,
        93 => {
            while r.left() > 0 {
                r.u16(&ARCHITECTURE)?;
            }
        }
        94 => {
            r.u8(&INTERFACE_TYPE)?;
            r.u8(&INTERFACE_MAJOR)?;
            r.u8(&INTERFACE_MINOR)?;
        }
        97 => {
            r.u8(&MACHINE_ID_TYPE)?;
            r.all(&MACHINE_ID);
        }
        124 | 125 => {
            while r.left() > 0 {
                r.u32(&ENTERPRISE)?;
                let length = r.u8(&VENDOR_LENGTH)?;
                r.bytes(&VENDOR_DATA, usize::from(length))?;
            }
        }
        150 => addresses(r, &TFTP_ADDRESS)?,
        161 => text(r, &MUD_URL),
        _ => {}
    }
    Ok(())
}

fn client_id(r: &mut Reader<'_>) -> Result<(), Cut> {
    match r.u8(&CLIENT_ID_TYPE)? {
        1 | 6 if r.left() == 6 => _ = r.array::<6>(&CHADDR)?,
        255 => {
            r.u32(&CLIENT_IAID)?;
            dhcp_duid::read(r)?;
        }
        _ => _ = r.all(&CLIENT_ID),
    }
    Ok(())
}

fn user_class(r: &mut Reader<'_>) -> Result<(), Cut> {
    let mut rest = r.rest();
    while let [length, ref after @ ..] = *rest {
        match after.get(usize::from(length)..) {
            Some(after) if length > 0 => rest = after,
            _ => {
                // The lengths do not fit: a bare text.
                text(r, &USER_CLASS);
                return Ok(());
            }
        }
    }
    while r.left() > 0 {
        let length = r.u8(&USER_CLASS_LENGTH)?;
        r.bytes(&USER_CLASS, usize::from(length))?;
    }
    Ok(())
}

fn fqdn(r: &mut Reader<'_>) -> Result<(), Cut> {
    let flags = u64::from(r.u8(&FQDN_FLAGS)?);
    r.u8(&FQDN_RCODE)?;
    r.u8(&FQDN_RCODE)?;
    if r.left() == 0 {
        // The client leaves the name to the server.
    } else if flags & E != 0 {
        open_name(r, &FQDN);
    } else {
        text(r, &FQDN);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::dhcp::tests::options;

    // tshark files this MAC address under the one of the header (dhcp.hw.mac_addr).
    #[test]
    fn a_client_identifier_of_type_1_is_a_mac_address_only_with_six_bytes() {
        assert_eq!(options("3d 07 01 020000000005 ff").nodes("dhcp.chaddr").len(), 2);
        let seen = options("3d 05 01 02000000 ff");
        assert_eq!(seen.nodes("dhcp.client_id")[0].at.len(), 4);
    }

    #[test]
    fn user_classes_have_lengths_unless_the_client_left_them_out() {
        assert_eq!(options("4d 07 02 6162 03 636465 ff").texts("dhcp.user_class"), ["ab", "cde"]);
        assert_eq!(options("4d 04 69505845 ff").texts("dhcp.user_class"), ["iPXE"]);
    }

    #[test]
    fn bit_e_says_that_a_full_name_is_written_as_in_dns() {
        assert_eq!(options("51 06 00 0000 616263 ff").texts("dhcp.fqdn"), ["abc"]);
        assert_eq!(options("51 09 05 ffff 03616263 0164 ff").texts("dhcp.fqdn"), ["abc.d"]);
        assert_eq!(options("51 0a 05 ffff 03616263 0164 00 ff").texts("dhcp.fqdn"), ["abc.d"]);
        assert!(options("51 03 05 ffff ff").nodes("dhcp.fqdn").is_empty());
    }

    #[test]
    fn two_vendors_share_one_option() {
        let seen = options("7d 0d 00000dea 01 aa 00000009 02 bbcc ff");
        assert_eq!(seen.numbers("dhcp.enterprise"), [3562, 9]);
        assert_eq!(seen.numbers("dhcp.vendor_length"), [1, 2]);
    }
}
