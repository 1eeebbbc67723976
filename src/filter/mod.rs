//! Filters: which packets to keep, and why one was kept.
//!
//! A filter is made of terms joined by `and`, `or`, `not` (also `&&`, `||`, `!`) and parentheses. Where an
//! `and` follows an `or` without parentheses, tcpdump and Wireshark disagree, so it must have them.
//!
//! **Terms over field keys**, the same keys as in JSON and in `explain`; they look at every layer, also
//! within the packet that an ICMP error quotes:
//!
//! | term | is true where |
//! |---|---|
//! | `http` | there is such a layer |
//! | `dns.qname` | there is such a field |
//! | `websocket.mask` | this field of one bit is set |
//! | `tcp.flags.syn`, `tcp.flags.syn == 0` | the flag is set, is not set |
//! | `tcp.dst_port == 443`, `< <= > >=` | one value of this field compares so |
//! | `tcp.port != 443` | no value equals: the same as `not tcp.port == 443` |
//! | `tcp.port in {80 443 8000-8010}`, `not in` | one value is one of these |
//! | `dns.qname contains "exam"`, `icontains` | the text is in the value; `icontains` in any case |
//! | `http contains "Cookie"` | the text is in the layer or in what it carries |
//! | `data.bytes contains 0a:0b` | the bytes are in the value |
//! | `tcp.cut` | the capture ends within this layer |
//!
//! Values are written as they are shown: numbers (also `0x1f`), `192.168.0.0/16`, `2001:db8::1`,
//! `02:00:00:00:00:01`, `"text"` (upper and lower case differ), times in UTC, and the names of
//! values in any case: `dns.qtype == AAAA`, `icmp.type == "echo request"`.
//!
//! **The words of tcpdump** (`tcp port 80 or 443`, `src net 10.1`, `not arp`, `greater 1000`, `vlan 5`) look
//! at the outermost packet only, as libpcap does; unlike libpcap they look behind VLAN tags and IPv6
//! extension headers by themselves. Names of machines are not looked up.
//!
//! A filter is parsed once; matching allocates nothing.

mod error;
mod eval;
mod explain;
mod keys;
mod lexer;
mod names;
mod outer;
mod parser;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod time;
mod values;
mod words;

pub use error::Error;
pub use explain::{Found, lookup, nearest};
pub use keys::complete;

use crate::dissect::{Dissection, Index, Packet};

/// A filter, ready to ask packets.
#[derive(Debug)]
pub struct Filter {
    expr: eval::Expr,
    house: outer::House,
}

impl Filter {
    /// Reads a filter; keys are those of `index`.
    ///
    /// # Errors
    /// A text that is no filter: the error points at the place and says what to write instead.
    pub fn parse(text: &str, index: &Index) -> Result<Filter, Error> {
        Ok(Filter { expr: parser::parse(text, index)?, house: outer::House::new(index) })
    }

    /// Whether the packet matches.
    pub fn matches(&self, packet: &Packet<'_>, tape: &Dissection) -> bool {
        eval::Seen { house: &self.house, packet, tape }.is(&self.expr, &mut eval::Nobody)
    }

    /// Why the packet matches: the nodes of the tape that make it so, by their index in
    /// `Dissection::nodes`, each once and in order. Empties `nodes` first; leaves it empty where the packet does not
    /// match, and where it matches because something is *not* there.
    pub fn why(&self, packet: &Packet<'_>, tape: &Dissection, mut nodes: &mut Vec<u32>) {
        nodes.clear();
        eval::Seen { house: &self.house, packet, tape }.is(&self.expr, &mut nodes);
        nodes.sort_unstable();
        nodes.dedup();
    }
}
