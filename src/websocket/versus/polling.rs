//! Polling: the page asks every few seconds, whether there is something or not. Here every other answer is empty, which
//! is little: most pages ask much more often than something happens.

use std::io;

use super::http::strange;
use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) -> io::Result<()> {
    let mut http = stage.connect().await?;
    for number in 0..stage.plan.messages {
        if stage.plan.both {
            stage.say(&mut http, number).await?;
        }
        if stage.get(&mut http, "/poll").await?.is_some() {
            return Err(strange("there was something before anything happened"));
        }
        stage.happens(number).await?;
        let got = stage.get(&mut http, "/poll").await?;
        stage.expect(number, &got.unwrap_or_default())?;
    }
    Ok(())
}
