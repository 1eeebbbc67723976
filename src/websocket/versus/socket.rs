//! WebSocket: one request, then frames in both directions at any time. RFC 6455.

use std::io;

use tungstenite::handshake::client::generate_key;

use super::headers::upgrade;
use super::http::{Http, strange};
use super::stage::Stage;
use crate::websocket::{Endpoint, Incoming, Limits, Role};

pub(super) async fn play(stage: &mut Stage) -> io::Result<()> {
    let mut http = stage.connect().await?;
    let key = generate_key();
    let request = upgrade("/ws", http.host(), &key);
    http.write(request.as_bytes()).await?;
    // What came behind the head stays in the buffer.
    if http.head().await?.status != 101 {
        return Err(strange("the server opens no WebSocket"));
    }
    stage.asked();
    let mut end = Endpoint::new(Role::Client, Limits::default(), None);
    for number in 0..stage.plan.messages {
        if stage.plan.both {
            end.text(&stage.plan.message(number));
            send(&mut http, &mut end).await?;
        }
        stage.happens(number).await?;
        match hear(&mut http, &mut end).await? {
            Incoming::Text(text) => stage.expect(number, text.as_bytes())?,
            _ => return Err(strange("something else than a text came")),
        }
    }
    end.close(Some(1000), "");
    send(&mut http, &mut end).await?;
    match hear(&mut http, &mut end).await? {
        Incoming::Close(Some((1000, _))) => Ok(()),
        _ => Err(strange("the server does not say goodbye")),
    }
}

async fn send(http: &mut Http, end: &mut Endpoint) -> io::Result<()> {
    http.write(&std::mem::take(end.outbox())).await
}

async fn hear(http: &mut Http, end: &mut Endpoint) -> io::Result<Incoming> {
    end.receive(&http.rest());
    loop {
        if let Some(message) = end.next().map_err(io::Error::other)? {
            return Ok(message);
        }
        http.more().await?;
        end.receive(&http.rest());
    }
}
