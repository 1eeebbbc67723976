//! Passes bytes on in both directions, unchanged: one buffer a direction, no allocation, and the end of each direction
//! (FIN) is passed on as it comes. Not here: what is told of it (`account`), breaking off (`mod`).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::account::Account;

/// Bytes that are read at once.
const ROOM: usize = 32 * 1024;

/// One side broke off.
#[derive(Debug)]
pub(super) struct Broke {
    /// The client, or the server.
    pub(super) by_client: bool,
}

/// One direction.
struct Half {
    to_server: bool,
    room: Box<[u8]>,
    /// Bytes of the room that are still to be written.
    waiting: std::ops::Range<usize>,
    /// Something was written that may still be inside TLS.
    unflushed: bool,
    /// Nothing more comes.
    over: bool,
    done: bool,
}

impl Half {
    fn new(to_server: bool) -> Self {
        let room = vec![0; ROOM].into_boxed_slice();
        Half { to_server, room, waiting: 0..0, unflushed: false, over: false, done: false }
    }

    /// As far as it goes without waiting; `Ready` once nothing more will come and the other side knows.
    fn turn<R, W>(
        &mut self,
        from: &mut R,
        to: &mut W,
        account: &mut Account,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Broke>>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let (reader, writer) = (Broke { by_client: self.to_server }, Broke { by_client: !self.to_server });
        while !self.done {
            while !self.waiting.is_empty() {
                let bytes = &self.room[self.waiting.clone()];
                match ready!(Pin::new(&mut *to).poll_write(cx, bytes)) {
                    Ok(0) | Err(_) => return Poll::Ready(Err(writer)),
                    Ok(taken) => {
                        account.crossed(self.to_server, &bytes[..taken]);
                        self.waiting.start += taken;
                        self.unflushed = true;
                    }
                }
            }
            if self.over {
                // Who is gone already cannot be told, and that is no break.
                let _ = ready!(Pin::new(&mut *to).poll_shutdown(cx));
                account.ended(self.to_server);
                self.done = true;
                break;
            }
            let mut room = ReadBuf::new(&mut self.room);
            match Pin::new(&mut *from).poll_read(cx, &mut room) {
                Poll::Pending => {
                    if self.unflushed {
                        ready!(Pin::new(&mut *to).poll_flush(cx)).map_err(|_| writer)?;
                        self.unflushed = false;
                    }
                    return Poll::Pending;
                }
                Poll::Ready(Ok(())) => {
                    self.waiting = 0..room.filled().len();
                    self.over = self.waiting.is_empty();
                }
                // TLS that ends without saying so (RFC 8446 §6.1) is still only an end.
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => self.over = true,
                Poll::Ready(Err(_)) => return Poll::Ready(Err(reader)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Until both directions are over, or one side breaks off.
pub(super) async fn relay<C, S>(client: &mut C, server: &mut S, account: &mut Account) -> Result<(), Broke>
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut there, mut back) = (Half::new(true), Half::new(false));
    std::future::poll_fn(|cx| {
        let there = there.turn(client, server, account, cx)?;
        let back = back.turn(server, client, account, cx)?;
        if there.is_ready() && back.is_ready() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn every_byte_and_the_end_of_each_direction_are_passed_on() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let (mut client, mut left) = tokio::io::duplex(100);
            let (mut right, mut server) = tokio::io::duplex(77);
            let passing = tokio::spawn(async move {
                let nobody = "127.0.0.1:1".parse().expect("an address");
                let mut account = Account::open(None, nobody, nobody);
                relay(&mut left, &mut right, &mut account).await.map_err(|broke| broke.by_client)
            });
            let sent: Vec<u8> = (0..100_000u32).map(|n| (n * 7 % 251) as u8).collect();
            let copy = sent.clone();
            let answering = tokio::spawn(async move {
                let mut heard = Vec::new();
                server.read_to_end(&mut heard).await.expect("an end");
                // The client has ended, and still hears.
                server.write_all(&heard).await.expect("answered");
            });
            let (mut reader, mut writer) = tokio::io::split(&mut client);
            writer.write_all(&copy).await.expect("sent");
            writer.shutdown().await.expect("ended");
            let mut echoed = Vec::new();
            reader.read_to_end(&mut echoed).await.expect("an end");
            assert!(echoed == sent);
            answering.await.expect("no panic");
            assert_eq!(passing.await.expect("no panic"), Ok(()));
        });
    }
}
