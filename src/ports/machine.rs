//! TCP's state machine (RFC 9293 §3.3.2, figure 5) as a picture: which state follows which, and why.
//! A place for a state is `<NAME   >`, [`SLOT`] columns wide; whoever draws puts the name and a count there.

/// Columns of a place.
pub const SLOT: usize = 20;

/// Begins with an empty line. Fits 80 columns and, with a few lines around it, 24 lines.
pub const PICTURE: &str = "
                              <CLOSED            >
                    listen() │                    │ connect(): send SYN
             ┌───────────────┘                    └───────────────┐
             ▼                                                    ▼
   <LISTEN            >                                 <SYN-SENT          >
             │ SYN came: send SYN+ACK                             │
             ▼                            SYN+ACK came: send ACK  │
   <SYN-RECEIVED      >                                           │
             │ ACK came                                           │
             └──────────────▶ <ESTABLISHED       > ◀──────────────┘
                             │                    │
          close(): send FIN  │                    │  FIN came: send ACK
             ┌───────────────┘                    └───────────────┐
             ▼                                                    ▼
   <FIN-WAIT-1        > ─FIN─▶ <CLOSING           >     <CLOSE-WAIT        >
             │ ACK came                 │ ACK came                │ close():
             ▼                          ▼                         ▼ send FIN
   <FIN-WAIT-2        > ─FIN─▶ <TIME-WAIT         >     <LAST-ACK          >
                                        │ after 60 s              │ ACK came
                                        └─────────▶ closed ◀──────┘";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::State;

    #[test]
    fn every_state_of_the_rfc_has_its_place_and_every_line_fits() {
        for state in State::ALL.into_iter().take(11) {
            let name = state.story().name;
            let place = PICTURE.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
            let found: Vec<&str> = place.filter(|place| place.trim_end() == name).collect();
            assert_eq!(found.len(), 1, "{name}");
            assert_eq!(found[0].len() + 2, SLOT, "{name}");
        }
        assert!(PICTURE.lines().all(|line| line.chars().count() <= 79));
        assert!(PICTURE.lines().count() <= 21);
    }
}
