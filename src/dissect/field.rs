//! What a field *is*: its name, what it is for, where it is specified and how its value is shown.
//! One `static` per field stands beside the `read` that takes it off the wire.
//! Not here: what was seen in a packet (`tape`), how text is made of it (`render`).

/// One field of a protocol. Written once, shown by every renderer.
#[derive(Debug)]
pub struct Field {
    /// Key within its protocol, in RFC words and snake case: `src_port`; the full key is `udp.src_port`.
    pub key: &'static str,
    /// What a learner reads, a few words: "from port".
    pub name: &'static str,
    /// One or two sentences: what the field is *for*, what would break without it.
    pub explain: &'static str,
    /// Where it is specified: "RFC 9293 §3.1".
    pub spec: &'static str,
    /// How the value is shown.
    pub show: Show,
    /// `Some(prefix)` puts the value into the one-line summary: `win=502`.
    pub gist: Option<&'static str>,
    /// How the summary writes it.
    pub gist_form: GistForm,
    /// Left out of the cake's labels unless one layer is looked at alone.
    pub quiet: bool,
    /// Its value names the whole conversation: a host, a domain.
    pub titles: bool,
    /// What it means for somebody who listens on the way.
    pub gossip: Option<Gossip>,
}

/// What a field means for somebody who listens on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gossip {
    /// Its value tells something about people: a name, a password, a page.
    Tells,
    /// Its bytes are encrypted, and hide this: a name, and what belongs to it. Layers that are read in them were opened with a key.
    Seals(&'static str, &'static str),
}

/// How the one-line summary writes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GistForm {
    /// As it is; a named value by its name alone.
    Plain,
    /// Before all others of its layer: TCP's flags say at once what a segment is about.
    First,
    /// Not at all where it is zero, or an address of zeros only.
    NonZero,
    /// A text in quotes: what people said.
    Quoted,
    /// A named value with its number: `101 Switching Protocols`.
    Numbered,
    /// A number behind its prefix together with its unit: `application data 1,378 bytes`.
    Counted,
    /// Also where another layer speaks for the packet: a VLAN, a comment in the file.
    Aside,
    /// In front of what another layer says for the packet, behind the name of its protocol: how a message came that
    /// travels in another protocol's packet. Of bytes only the prefix: what they say, the other layer says.
    Ahead,
}

/// How a value is shown.
#[derive(Debug, Clone, Copy)]
pub enum Show {
    /// A decimal number.
    Dec,
    /// A decimal number and what it counts: `51 bytes`.
    Unit(&'static str),
    /// A number that may be negative (an `i64` stored as `u64`) and what it counts: `-60 dBm`.
    Signed(&'static str),
    /// A hexadecimal number, as wide as its bytes.
    Hex,
    /// Nanoseconds since 1970-01-01 UTC.
    Time,
    /// Six bytes of an Ethernet address.
    Mac,
    /// Four or sixteen bytes of an IP address.
    Ip,
    /// Text, escaped by the renderer.
    Text,
    /// Bytes in hexadecimal.
    Bytes,
    /// A number whose values have names.
    Names(&'static [Name]),
    /// A number whose bits have names; `Name::value` is the mask.
    Flags(&'static [Name]),
    /// Nothing of its own: a group of the fields below it, or a remark that says all by its name.
    Nothing,
}

/// One value, or one bit, that has a name.
#[derive(Debug)]
pub struct Name {
    /// The value, or the bit's mask.
    pub value: u64,
    /// Its name as the field's standard writes it: "SYN", "echo request".
    pub name: &'static str,
    /// What it means; may be empty where the name says it all (never for flags).
    pub explain: &'static str,
}

/// Begins a field: `field("ttl", "TTL", Show::Unit("hops left")).spec("…").explain("…")`.
pub const fn field(key: &'static str, name: &'static str, show: Show) -> Field {
    Field {
        key,
        name,
        explain: "",
        spec: "",
        show,
        gist: None,
        gist_form: GistForm::Plain,
        quiet: false,
        titles: false,
        gossip: None,
    }
}

/// A named value or bit.
pub const fn name(value: u64, name: &'static str, explain: &'static str) -> Name {
    Name { value, name, explain }
}

impl Field {
    /// Says what the field is for.
    #[must_use]
    pub const fn explain(mut self, text: &'static str) -> Self {
        self.explain = text;
        self
    }

    /// Says where the field is specified.
    #[must_use]
    pub const fn spec(mut self, text: &'static str) -> Self {
        self.spec = text;
        self
    }

    /// Puts the value into the one-line summary behind this prefix.
    #[must_use]
    pub const fn gist(mut self, prefix: &'static str) -> Self {
        self.gist = Some(prefix);
        self
    }

    /// As [`gist`](Self::gist), in this form.
    #[must_use]
    pub const fn gist_as(mut self, form: GistForm, prefix: &'static str) -> Self {
        self.gist = Some(prefix);
        self.gist_form = form;
        self
    }

    /// Leaves the field out of the cake's labels unless its layer is looked at alone.
    #[must_use]
    pub const fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Its value names the conversation that it is said in, in lists of conversations.
    #[must_use]
    pub const fn titles(mut self) -> Self {
        self.titles = true;
        self
    }

    /// Its value tells something to whoever listens on the way.
    #[must_use]
    pub const fn tells(mut self) -> Self {
        self.gossip = Some(Gossip::Tells);
        self
    }

    /// Its bytes are encrypted, and hide this.
    #[must_use]
    pub const fn seals(mut self, what: &'static str, detail: &'static str) -> Self {
        self.gossip = Some(Gossip::Seals(what, detail));
        self
    }

    /// The named value `value`, where this field names its values.
    pub fn named(&self, value: u64) -> Option<&'static Name> {
        match self.show {
            Show::Names(names) => names.iter().find(|n| n.value == value),
            _ => None,
        }
    }
}
