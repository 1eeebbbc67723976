//! Where the simulated wire's hosts differ from Linux; read in the source of smoltcp 0.14 and checked by tests
//! where they show. Views print these lines beside what they draw.

/// A difference that a learner may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// What it is about, in a word or two.
    pub about: &'static str,
    /// How the simulated wire does it.
    pub here: &'static str,
    /// How Linux does it.
    pub linux: &'static str,
}

/// All of them, the ones that show most first.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        about: "resend timer",
        here: "waits at least 1000 ms for an acknowledgment before it sends again",
        linux: "waits at least 200 ms",
    },
    Difference {
        about: "selective ACK",
        here: "tells the sender which later bytes arrived, but the sender does not make use of it",
        linux: "sends only what is missing",
    },
    Difference {
        about: "congestion",
        here: "sends as much as the window allows, at once",
        linux: "begins with 10 segments and slows down when something is lost (CUBIC)",
    },
    Difference {
        about: "delayed ACK",
        here: "acknowledges at once, as Linux does when a connection begins",
        linux: "later waits up to 40 ms, so that an answer can carry the acknowledgment",
    },
    Difference { about: "timestamps", here: "no timestamp option", linux: "a timestamp in every segment (12 bytes)" },
    Difference { about: "TIME-WAIT", here: "keeps a closed connection for 10 s", linux: "keeps it for 60 s" },
    Difference {
        about: "giving up",
        here: "gives up on a silent peer after 30 s",
        linux: "tries for about 2 minutes to connect, and for about 15 to deliver",
    },
    Difference {
        about: "path MTU",
        here: "does not send smaller packets when a router says that they are too big",
        linux: "remembers the largest size that fits",
    },
    Difference {
        about: "ARP",
        here: "asks only one question a second, whoever it is about",
        linux: "asks about several neighbours at the same time",
    },
];
