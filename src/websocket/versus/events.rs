//! Server-Sent Events: one request, and an answer that never ends; each event is some lines of text in it. What the
//! page has to say needs requests of its own. WHATWG HTML §9.2.

use std::io;

use super::headers::Asker;
use super::http::{Http, strange};
use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) -> io::Result<()> {
    let mut stream = stage.connect().await?;
    let mut saying = if stage.plan.both { Some(stage.connect().await?) } else { None };
    stream.ask(Asker::EventSource, "/events", b"").await?;
    if stream.head().await?.status != 200 {
        return Err(strange("the server has no events"));
    }
    stage.asked();
    for number in 0..stage.plan.messages {
        if let Some(saying) = &mut saying {
            stage.say(saying, number).await?;
        }
        stage.happens(number).await?;
        let got = event(&mut stream).await?;
        stage.expect(number, &got)?;
    }
    stage.silence();
    match stream.chunk().await? {
        None => Ok(()),
        Some(_) => Err(strange("an event came that never happened")),
    }
}

/// The next event's data.
async fn event(stream: &mut Http) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    while !text.ends_with(b"\n\n") {
        text.extend(stream.chunk().await?.ok_or_else(|| strange("the stream has ended"))?);
    }
    let data = text.strip_prefix(b"data: ").and_then(|rest| rest.strip_suffix(b"\n\n"));
    data.map(<[u8]>::to_vec).ok_or_else(|| strange("this is no event"))
}
