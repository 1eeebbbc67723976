//! The ground for servers of ours: connections are accepted within limits, HTTP is spoken by hyper, a WebSocket's
//! handshake is judged here (RFC 6455 §4.2), and frames are driven through an `Endpoint`. What is answered is the business
//! of a [`Handler`]. Not here: what any server says (`echo`), what its talk looks like (`render`).

mod chat;
pub mod eye;
pub mod handshake;
pub mod http;
pub mod lab;
pub mod listen;
mod live;
mod modes;
mod page;
pub mod session;
mod single;
mod stream;

pub use handshake::{Accepted, Offer, Origins, Refusal};
pub use http::{Body, Handler, Request, Response};
pub use listen::{Bounds, Peer, Told, Watchers, serve};
pub use session::{End, Outgoing, Pace, Talk};
pub use single::Single;
pub use stream::{Stream, Tee};

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use hyper::StatusCode;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::{mpsc, watch};

    use super::*;
    use crate::websocket::{Endpoint, Incoming, Limits, Role};

    /// The smallest server: echoes texts, answers everything else with what is wrong.
    #[derive(Default)]
    struct Small(Mutex<Vec<Told>>);

    struct Echo;

    impl Talk for Echo {
        fn heard(&mut self, message: Incoming, end: &mut Endpoint) {
            if let Incoming::Text(text) = message {
                end.text(&text);
            }
        }
    }

    impl Handler for Small {
        async fn answer(self: Arc<Self>, mut request: Request, peer: Peer) -> Response {
            if !handshake::wanted(request.headers()) {
                return http::plain(StatusCode::NOT_FOUND, "nothing here");
            }
            let accepted = match handshake::judge(&request, &Offer::default()) {
                Ok(accepted) => accepted,
                Err(refusal) => return refusal.response(),
            };
            let end = Endpoint::new(Role::Server, Limits::default(), accepted.agreement());
            let upgrade = hyper::upgrade::on(&mut request);
            tokio::spawn(async move {
                let Ok((stream, rest)) = session::open(upgrade).await else { return };
                let (_sender, messages) = mpsc::channel(1);
                session::drive(stream, &rest, end, Pace::default(), messages, &mut Echo).await;
                drop(peer); // its place is free now
            });
            accepted.response()
        }

        fn told(&self, _: Option<&Peer>, what: &Told) {
            self.0.lock().expect("no panic").push(what.clone());
        }
    }

    async fn says(address: std::net::SocketAddr, bytes: &[u8]) -> String {
        let mut client = TcpStream::connect(address).await.expect("it listens");
        client.write_all(bytes).await.expect("open");
        let mut heard = Vec::new();
        let _ = client.read_to_end(&mut heard).await;
        String::from_utf8_lossy(&heard).into_owned()
    }

    #[test]
    fn a_handshake_an_echo_and_a_goodbye_and_every_limit_has_its_answer() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let small = Arc::new(Small::default());
        let handler = Arc::clone(&small);
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("bound");
            let (_stop, stopped) = watch::channel(false);
            let bounds = Bounds { clients: 1, head_time: Duration::from_millis(200), ..Bounds::default() };
            tokio::spawn(serve(listener, bounds, Watchers::default(), handler, stopped));
            let mut asked = b"GET /any HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
                .to_vec();
            let mut client = Endpoint::new(Role::Client, Limits::default(), None);
            client.text("Hello");
            client.close(Some(1000), "");
            asked.append(client.outbox());
            let heard = says(address, &asked).await;
            let (head, frames) = heard.split_once("\r\n\r\n").expect("a head");
            assert!(head.starts_with("HTTP/1.1 101") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
            assert!(frames.contains("Hello"), "{frames:?}");
            let heard = says(address, b"GET /any HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
            assert!(heard.starts_with("HTTP/1.1 404"), "{heard}");
            let slow = TcpStream::connect(address).await.expect("it listens");
            let heard = says(address, b"GET / HTTP/1.1\r\n").await;
            assert!(heard.starts_with("HTTP/1.1 503"), "{heard}");
            drop(slow);
        });
        runtime.block_on(async { tokio::task::yield_now().await });
        assert!(small.0.lock().expect("no panic").contains(&Told::Full(1)));
    }
}
