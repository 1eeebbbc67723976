//! How things went, by number: MQTT 5.0 §2.4 and MQTT 3.1.1 §3.2.2.3.

use crate::dissect::{Name, name};

/// The broker's answer to CONNECT before version 5.
pub(super) const RETURN_CODES: &[Name] = &[
    name(0, "accepted", "Go ahead."),
    name(1, "version refused", "The broker speaks another version."),
    name(2, "name refused", "Not this client identifier."),
    name(3, "server unavailable", "Not at the moment."),
    name(4, "bad user or password", "Wrong, or not written as it must be."),
    name(5, "not authorized", "You must not come in."),
];

/// The answer to each topic of a SUBSCRIBE or UNSUBSCRIBE.
pub(super) const GRANTED: &[Name] = &[
    name(0, "QoS 0", "Granted, at most once; to an UNSUBSCRIBE: done."),
    name(1, "QoS 1", "Granted, at least once."),
    name(2, "QoS 2", "Granted, exactly once."),
    name(17, "no subscription existed", "There was nothing to end."),
    name(128, "failure", "Refused, without a reason."),
    name(131, "not here", "This server does not take it."),
    name(135, "not authorized", "Not for you."),
    name(143, "bad topic filter", "Well written, but not allowed here."),
    name(145, "number in use", "This packet number waits for an answer already."),
    name(151, "quota exceeded", "Too much."),
    name(158, "no shared subscriptions", "Not supported here."),
    name(161, "no identifiers", "Not supported here."),
    name(162, "no wildcards", "Not supported here."),
];

/// Version 5: how it went.
pub(super) const REASONS: &[Name] = &[
    name(0, "success", "All well; also an ordinary goodbye."),
    name(4, "disconnect with will", "Goodbye, and publish my last will."),
    name(16, "nobody subscribed", "Taken, but nobody will read it."),
    name(24, "go on", "Another step of logging in, please."),
    name(25, "log in again", "A new login on the open connection."),
    name(128, "unspecified error", "It did not work, and why is not said."),
    name(129, "malformed packet", "It cannot be read."),
    name(130, "protocol error", "Readable, but not allowed here."),
    name(131, "not here", "Valid, but this server does not take it."),
    name(132, "version refused", "The broker speaks another version."),
    name(133, "name refused", "Not this client identifier."),
    name(134, "bad user or password", "Wrong."),
    name(135, "not authorized", "Not for you."),
    name(136, "server unavailable", "Not at the moment."),
    name(137, "server busy", "Try later."),
    name(138, "banned", "An administrator shut you out."),
    name(139, "server shuts down", "Come back later."),
    name(140, "bad login method", "Not this method, or not at this point."),
    name(141, "keep-alive timeout", "Nothing came for too long."),
    name(142, "session taken over", "Another client came with the same name."),
    name(143, "bad topic filter", "Well written, but not allowed here."),
    name(144, "bad topic name", "Well written, but not allowed here."),
    name(145, "number in use", "This packet number waits for an answer already."),
    name(146, "number unknown", "No packet with this number waits."),
    name(147, "too many at once", "More unacknowledged messages than the receive maximum."),
    name(148, "bad topic alias", "The short number is too large or unknown."),
    name(149, "packet too large", "Longer than the receiver takes."),
    name(150, "too fast", "Too many messages in a short time."),
    name(151, "quota exceeded", "Too much."),
    name(152, "by an administrator", "Somebody ended the connection by hand."),
    name(153, "bad payload format", "It says text and is none."),
    name(154, "nothing is kept here", "No retained messages on this server."),
    name(155, "QoS not supported", "Only less care is possible here."),
    name(156, "use another server", "For now."),
    name(157, "server moved", "For good."),
    name(158, "no shared subscriptions", "Not supported here."),
    name(159, "too many connections", "New ones come too fast."),
    name(160, "too long connected", "The time for one connection is over."),
    name(161, "no subscription identifiers", "Not supported here."),
    name(162, "no wildcards", "Not supported here."),
];
