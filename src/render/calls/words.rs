//! What has just happened, for somebody who sees it for the first time. One sentence or two a kind of event.

/// A kind of event that is explained once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `socket()` of TCP.
    Stream,
    /// `socket()` of UDP.
    Datagrams,
    /// `SO_REUSEADDR`.
    Reuse,
    /// `bind()` of a server.
    Bind,
    /// `bind()` of a UDP server.
    BindDatagrams,
    /// `bind()` of a client.
    BindClient,
    /// `listen()`.
    Listen,
    /// The first `accept()`.
    Accept,
    /// The second one.
    AcceptAnother,
    /// `connect()` of TCP.
    Connect,
    /// `connect()` of UDP.
    ConnectDatagrams,
    /// Nobody answers a SYN.
    Silence,
    /// RST instead of SYN+ACK.
    Refused,
    /// ICMP port unreachable.
    Unreachable,
    /// `send()` of TCP.
    Send,
    /// `send()` of UDP.
    SendDatagram,
    /// The send buffer is full.
    Full,
    /// `recv()` of TCP.
    Receive,
    /// `recvfrom()` of UDP's server.
    ReceiveDatagram,
    /// `recv()` of UDP's client.
    ReceiveAnswer,
    /// A second sender at UDP's server.
    AnotherSender,
    /// The other side closes first.
    EndFirst,
    /// The other side closes, too.
    EndSecond,
    /// `shutdown()`.
    Shutdown,
    /// `close()` before the other side.
    CloseFirst,
    /// `close()` after the other side.
    CloseSecond,
    /// `close()` of the socket that listens.
    CloseListener,
    /// `close()` of UDP.
    CloseDatagrams,
    /// `close()` of a connection that rests already.
    Rests,
    /// TIME-WAIT.
    TimeWait,
    /// Gone without TIME-WAIT.
    Gone,
    /// RST in the middle.
    Reset,
    /// Sending to somebody who has gone.
    Pipe,
    /// Summed up.
    More,
    /// Somebody has the port.
    Taken,
    /// This user may not.
    Forbidden,
    /// No card of this machine has that address.
    NotOurs,
    /// Longer than a datagram can be.
    TooLong,
    /// No route, or nobody at its end.
    NoWay,
    /// Any other error.
    No,
}

impl Kind {
    /// The explanation.
    pub fn sentence(self) -> &'static str {
        match self {
            Kind::Stream => {
                "The kernel has made one end of a future connection and gave us a number for it. Nothing is sent, \
                 and no port is taken yet."
            }
            Kind::Datagrams => {
                "The kernel has made a letter box, as yet without a number on it. UDP needs nothing else: no \
                 connection will ever be made."
            }
            Kind::Reuse => {
                "Lets a server start again at once, although connections of its last run still rest in TIME-WAIT."
            }
            Kind::Bind => {
                "The port is ours now, and nobody else can have it at this address. Callers are still refused: \
                 nobody listens."
            }
            Kind::BindDatagrams => {
                "The port is ours, and datagrams are taken from now on, from anybody. UDP has neither listen() nor \
                 accept()."
            }
            Kind::BindClient => {
                "A client, too, has a port; mostly the kernel picks one that is free. Here it was asked for."
            }
            Kind::Listen => {
                "From now on the kernel answers callers by itself, and lets up to 128 wait until the program takes \
                 them with accept()."
            }
            Kind::Accept => {
                "The handshake is long done, the kernel did it; accept() hands over a new socket for this one caller. \
                 The one that listens goes on listening."
            }
            Kind::AcceptAnother => {
                "The same port again! Connections are told apart by all four numbers, two addresses and two ports, so \
                 that one port serves any number of clients."
            }
            Kind::Connect => {
                "SYN, SYN+ACK, ACK: one round trip, and both kernels know each other. The program at the other end \
                 need not even have called accept() yet."
            }
            Kind::ConnectDatagrams => {
                "Nothing was sent! For UDP, connect() only writes down a partner in our own kernel: send() needs no \
                 address now, and other senders are not heard. Whether anybody is there is unknown."
            }
            Kind::Silence => {
                "The SYN has gone out, and nothing has come back: no host, or a firewall that drops in silence. The \
                 kernel sends it again after 1, 2, 4 seconds."
            }
            Kind::Refused => {
                "The other machine is there, but nobody listens at this port: its kernel answered our SYN with RST, \
                 at once."
            }
            Kind::Unreachable => {
                "An earlier datagram came back as an ICMP message, \"port unreachable\": nobody has this UDP port. \
                 That is all UDP ever says, and only where ICMP gets through."
            }
            Kind::Send => {
                "The kernel has taken a copy. That is no receipt: send() returns before the other side has read, or \
                 even got, a single byte."
            }
            Kind::SendDatagram => {
                "One send() is one datagram, whole or not at all. It is on its way, and nobody will ever say whether \
                 it came."
            }
            Kind::Full => {
                "The kernel's buffer is full because the other side does not read: a program that may wait sleeps in \
                 send() here. That is how TCP slows a sender down."
            }
            Kind::Receive => {
                "Bytes of the stream, as many as were there. TCP keeps their order but not the edges between sends: \
                 two may come as one, or one in pieces."
            }
            Kind::ReceiveDatagram => {
                "One whole datagram. Who sent it stands beside it, and that is all that tells senders apart: there is \
                 one socket for all of them."
            }
            Kind::ReceiveAnswer => {
                "One whole datagram, from the partner that we have written down; the kernel drops everybody else's."
            }
            Kind::AnotherSender => {
                "Another sender, the same socket, no accept(): a UDP server keeps track of its clients itself, or not \
                 at all."
            }
            Kind::EndFirst => {
                "0 bytes mean: a FIN came, they will send no more. The state is CLOSE-WAIT until our program closes, \
                 too; a server that forgets it piles these up."
            }
            Kind::EndSecond => "0 bytes: now the other side is done, too, and both directions are closed.",
            Kind::Shutdown => {
                "Half closed: we have sent FIN and will say nothing more, but we still hear. This is how a client says \
                 \"that was all, now answer\"."
            }
            Kind::CloseFirst => {
                "We hang up first: FIN goes out. No program holds this socket any more, the kernel ends the \
                 conversation alone."
            }
            Kind::CloseSecond => {
                "They had closed before us, so this was the last word and the pair of ports is free at once. The \
                 TIME-WAIT is at their end: who closes first keeps it."
            }
            Kind::CloseListener => {
                "Nobody can come any more: callers get RST from now on. Connections that are open stay open."
            }
            Kind::CloseDatagrams => {
                "Gone without a word: UDP has no goodbye, the other side learns nothing, and no port has to rest."
            }
            Kind::Rests => {
                "We said FIN first, so the pair of ports rests on our side: 60 seconds of TIME-WAIT, for which no \
                 program is needed."
            }
            Kind::TimeWait => {
                "Both sides have said FIN. Who closed first keeps TIME-WAIT for 60 seconds, so that late packets do \
                 not stray into a new connection."
            }
            Kind::Gone => {
                "Forgotten at once, without TIME-WAIT: so it is after a RST. A kernel sends one, too, where a program \
                 closes with bytes still unread."
            }
            Kind::Reset => {
                "A RST came: the other side broke off, perhaps because it closed with bytes still unread. Nothing \
                 rests, and what was under way is lost."
            }
            Kind::Pipe => {
                "The other side has gone and this end knows it: there is nobody to send to. Programs that ignore this \
                 error are killed by SIGPIPE."
            }
            Kind::Taken => {
                "One protocol, address and port have one program at a time. With two, the kernel could not know whose \
                 a caller is."
            }
            Kind::Forbidden => {
                "The kernel keeps this for others: ports below 1024, for example, for root, so that whoever answers \
                 there was put there by an administrator."
            }
            Kind::NotOurs => "A program can only sit at an address that a card of this machine has.",
            Kind::TooLong => {
                "One datagram holds at most 65,507 bytes over IPv4. UDP never cuts a message in pieces; the program \
                 has to."
            }
            Kind::NoWay => {
                "No packet got there: this machine has no route, or a router on the way, or the last one, found \
                 nobody. ICMP told us."
            }
            Kind::No => "The kernel refuses; the name of the error says why, and man pages list it under that name.",
            Kind::More => {
                "Too busy to be told one by one: from here on reads and sends of this connection are summed up."
            }
        }
    }
}
