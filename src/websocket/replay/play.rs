//! Plays the client's side of a recording against a real server: the same messages with the same pauses, and before each
//! one as many answers as there were then.

use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::line::{Line, paced};
use super::{Event, Recording, counts};
use crate::source::seen;
use crate::websocket::client::event::Teller;
use crate::websocket::client::{Failure, Plan, dial};
use crate::websocket::{Endpoint, Incoming, Role};

/// How long the handshake may take, and the other side's goodbye.
const HANDSHAKE: Duration = Duration::from_secs(10);
const GOODBYE: Duration = Duration::from_secs(2);

/// How fast, and how patient.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// 1 as then, 2 twice as fast, 0 without pauses.
    pub speed: f64,
    /// How long an answer is waited for, beyond the time that it took then.
    pub patience: Duration,
}

/// Plays; gives what the server said. Blocks.
///
/// # Errors
/// No WebSocket came about, or it broke.
pub fn play(
    recording: &Recording,
    plan: &Plan,
    course: Course,
    mut stop: watch::Receiver<bool>,
    events: SyncSender<Event>,
) -> Result<Vec<Incoming>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let heard = runtime.block_on(async {
        tokio::select! {
            heard = talk(recording, plan, course, events) => heard,
            _ = stop.wait_for(|stopped| *stopped) => Ok(Vec::new()),
        }
    });
    runtime.shutdown_background();
    heard
}

async fn talk(
    recording: &Recording,
    plan: &Plan,
    course: Course,
    events: SyncSender<Event>,
) -> Result<Vec<Incoming>, Failure> {
    // Nobody looks at the packets: they are those of the recording.
    let (reporter, _) = seen::channel();
    let mut mute = Teller::mute();
    let opening = timeout(HANDSHAKE, dial::open(plan, reporter, &mut mute)).await;
    let opened = opening.unwrap_or(Err(Failure::Slow(HANDSHAKE)))?;
    let mut end = Endpoint::new(Role::Client, plan.limits, opened.agreed.deflate);
    end.receive(&opened.agreed.rest);
    let mut line =
        Line { stream: opened.stream, end, heard: Vec::new(), over: false, goodbye: recording.goodbye(true), events };
    let (mut before, mut answers) = (Duration::ZERO, 0);
    for step in &recording.steps {
        let pause = paced(step.at.saturating_sub(before), course.speed);
        before = step.at;
        let due = Instant::now() + pause;
        if !step.from_client {
            answers += usize::from(counts(&step.what));
            line.hear(answers, due + course.patience).await?;
        } else if !line.over {
            line.hear(usize::MAX, due).await?;
            line.say(&step.what).await?;
        }
        if line.over {
            break;
        }
    }
    if !line.over {
        line.end.close(Some(1000), "");
        line.hear(usize::MAX, Instant::now() + GOODBYE).await?;
        // Its answer to a goodbye that nobody recorded is no answer of the recording.
        if recording.said(false).len() < line.heard.len() && matches!(line.heard.last(), Some(Incoming::Close(_))) {
            line.heard.pop();
        }
    }
    Ok(line.heard)
}
