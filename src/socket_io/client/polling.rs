//! A session over requests: one GET always waits for packets, POSTs carry ours. Engine.IO protocol §HTTP long-polling.

use tokio::sync::{mpsc, watch};

use super::Failure;
use super::http::{Lane, Web, refused};
use crate::socket_io::engine::{self, Packet};

/// What the requests bring.
pub(super) enum Brought {
    /// Packets.
    Packets(Vec<Packet>),
    /// The last waiting GET has come back, and no other one follows.
    Paused,
    /// It broke.
    Broke(Failure),
}

/// The requests of a session.
pub(super) struct Polling {
    pub(super) brought: mpsc::Receiver<Brought>,
    sender: mpsc::Sender<String>,
    pause: watch::Sender<bool>,
}

impl Polling {
    /// Begins to wait, on the connection of the first request.
    pub(super) fn begin(web: &Web, mut lane: Lane, target: String) -> Self {
        let (news, brought) = mpsc::channel(16);
        let (pause, paused) = watch::channel(false);
        let (sender, mut bodies) = mpsc::channel::<String>(64);
        let (told, mut posts, to) = (news.clone(), Lane::new(web, "for the requests that send"), target.clone());
        tokio::spawn(async move {
            while let Some(body) = bodies.recv().await {
                let failure = match posts.ask(&to, Some(body)).await {
                    Ok((200, _)) => continue,
                    Ok((status, body)) => refused(status, &body),
                    Err(failure) => failure,
                };
                let _ = told.send(Brought::Broke(failure)).await;
                return;
            }
        });
        tokio::spawn(async move {
            while !*paused.borrow() {
                let brought = match lane.ask(&target, None).await {
                    Ok((200, body)) => match engine::read_payload(&body) {
                        Ok(packets) => Brought::Packets(packets),
                        Err(error) => Brought::Broke(Failure::new(error.to_string(), "is this a server of Socket.IO?")),
                    },
                    Ok((status, body)) => Brought::Broke(refused(status, &body)),
                    Err(failure) => Brought::Broke(failure),
                };
                let over = matches!(brought, Brought::Broke(_));
                if news.send(brought).await.is_err() || over {
                    return;
                }
            }
            let _ = news.send(Brought::Paused).await;
        });
        Polling { brought, sender, pause }
    }

    /// Sends packets in one POST.
    pub(super) async fn send(&self, packets: &[Packet]) {
        // Where the sender is gone, why it went is on its way to us.
        let _ = self.sender.send(engine::payload(packets)).await;
    }

    /// The GET that waits is the last one.
    pub(super) fn pause(&self) {
        self.pause.send_replace(true);
    }
}
