//! What can go wrong on a live interface, and what to do next on this machine.

use std::io;

use super::rights;

/// Why an interface gives no packets.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No interface has this name.
    #[error("there is no interface called {name:?}")]
    NoInterface {
        /// As the user wrote it.
        name: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// The interface is switched off.
    #[error("the interface {name} is down: nothing can cross it")]
    Down {
        /// Its name.
        name: String,
    },
    /// The interface was removed during the capture.
    #[error("the interface {name} is gone: it was removed while packets were captured")]
    Gone {
        /// Its name.
        name: String,
    },
    /// The kernel lets only privileged processes see packets.
    #[error("this user may not capture on {name}: the kernel asks for the right CAP_NET_RAW")]
    NotPermitted {
        /// The interface.
        name: String,
    },
    /// The system refused a step.
    #[error("cannot {doing} ({name}): {source}")]
    System {
        /// The step: "map the ring".
        doing: &'static str,
        /// The interface or the command it was about.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The ring is a Linux device.
    #[error("the ring exists on Linux only")]
    NoRing,
    /// The back end cannot listen on all interfaces at once.
    #[error("this back end cannot capture on all interfaces at once")]
    NoAny,
    /// The kernel does not allow a private network.
    #[error("no private network for the sandbox: {0}")]
    NoSandbox(rights::Forbidden),
    /// Some right could not be given up.
    #[error("cannot give up the rights of this process ({doing}): {source}")]
    StillPrivileged {
        /// The step.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    pub(super) fn no_interface(name: &str, known: Vec<String>) -> Self {
        Error::NoInterface { name: name.to_owned(), known }
    }

    /// Tells "may not" from every other refusal.
    pub(super) fn system(doing: &'static str, name: &str, source: io::Error) -> Self {
        let name = name.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied => Error::NotPermitted { name },
            _ => Error::System { doing, name, source },
        }
    }

    /// What to do next, on this machine.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NoInterface { name, known } => Some(suggest(name, known)),
            Error::Down { name } if cfg!(target_os = "linux") => {
                Some(format!("Switch it on: sudo ip link set {name} up"))
            }
            Error::Down { name } => Some(format!("Switch it on: sudo ifconfig {name} up")),
            Error::Gone { .. } => Some("What was delivered before stays valid.".to_owned()),
            Error::NotPermitted { .. } => Some(rights::Rights::of_this_process().how_to_get_them()),
            Error::NoRing => Some("Leave the back end at \"auto\".".to_owned()),
            Error::NoAny => Some("Name one interface; on Linux the ring back end knows \"any\".".to_owned()),
            Error::NoSandbox(reason) => Some(reason.hint()),
            Error::System { .. } | Error::StillPrivileged { .. } => None,
        }
    }
}

fn suggest(name: &str, known: &[String]) -> String {
    let typed = name.to_lowercase();
    let nearest = known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(&typed, &k.to_lowercase()), k))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, k)| *distance <= 1 + k.chars().count() / 3);
    let list = known.join(", ");
    match nearest {
        Some((_, k)) => format!("Did you mean {k:?}? This machine has: {list}."),
        None if known.is_empty() => "This machine shows no interface at all.".to_owned(),
        None => format!("This machine has: {list}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(name: &str, known: &[&str]) -> String {
        Error::no_interface(name, known.iter().map(ToString::to_string).collect()).hint().unwrap_or_default()
    }

    #[test]
    fn a_slip_of_the_finger_is_put_right() {
        assert_eq!(hint("eht0", &["lo", "eth0"]), "Did you mean \"eth0\"? This machine has: lo, eth0.");
        assert_eq!(hint("LO", &["lo", "eth0"]), "Did you mean \"lo\"? This machine has: lo, eth0.");
    }

    #[test]
    fn a_far_name_gets_the_list_only() {
        assert_eq!(hint("enp0s31f6", &["lo", "eth0"]), "This machine has: lo, eth0.");
    }

    #[test]
    fn only_a_missing_right_is_called_a_missing_right() {
        let of = |kind: io::ErrorKind| Error::system("open", "lo", kind.into());
        assert!(matches!(of(io::ErrorKind::PermissionDenied), Error::NotPermitted { .. }));
        assert!(matches!(of(io::ErrorKind::OutOfMemory), Error::System { .. }));
    }
}
