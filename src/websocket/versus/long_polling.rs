//! Long polling: the server keeps a request until there is something to answer, then the page asks again. HTTP/1.1
//! answers in order, so what the page says meanwhile needs a connection of its own. RFC 6202 §2.

use std::io;

use super::headers::Asker;
use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) -> io::Result<()> {
    let mut waiting = stage.connect().await?;
    let mut saying = if stage.plan.both { Some(stage.connect().await?) } else { None };
    for number in 0..stage.plan.messages {
        waiting.ask(Asker::Fetch, "/wait", b"").await?;
        if let Some(saying) = &mut saying {
            stage.say(saying, number).await?;
        }
        stage.happens(number).await?;
        let got = stage.answer(&mut waiting).await?;
        stage.expect(number, &got.unwrap_or_default())?;
    }
    Ok(())
}
