//! The pump: moves bytes between a stream and the machine, the same for every line and every sort of stream.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_io::Timer;
use futures_lite::future;
use futures_lite::io::{AsyncRead, AsyncWrite};

use super::hub::Hub;
use super::machine::Machine;
use crate::gateway::line::{End, Line, Want};

/// How many reads and writes a line may do before the others have their turn.
const TURNS: usize = 4;

/// How long we wait for the other side to close after us.
///
/// A socket that is closed with bytes unread, or to which more come, is reset, and a reset destroys what the other
/// side has not yet read: the very answer that says why it is cut off (RFC 9112 section 9.6). So we close our
/// sending side and read on for a while.
pub(super) const LINGER: Duration = Duration::from_secs(2);

/// Serves a line over its open stream, from the first byte to the last event; gives whether the other side, which had
/// spoken, was left without having closed or broken it.
pub(super) async fn serve<M, S>(hub: &'static Hub<M>, line: Line, stream: S) -> bool
where
    M: Machine + 'static,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut pump = Pump { hub, line, stream, eof: false, unflushed: false, heard: false };
    let result = match poll_fn(|context| pump.run(context)).await {
        Ok(Want::Flush) if !pump.eof => {
            let lingered = poll_fn(|context| pump.linger(context));
            future::or(lingered, async {
                Timer::after(LINGER).await;
            })
            .await;
            Ok(())
        }
        Ok(_) => {
            // With TLS the other side is told, if there is room (RFC 9112 section 9.8); nobody waits for it. What it
            // has sent by now is read, so that the close is no reset, which would destroy what we said last.
            let _ = future::poll_once(poll_fn(|context| pump.drain(context))).await;
            Ok(())
        }
        Err(error) => Err(error),
    };
    // Closed before the machine hears of it, so that a new connection finds the old one gone.
    drop(pump.stream);
    hub.leave(line);
    hub.with(|machine, cx| match &result {
        Ok(()) => machine.ended(line, End::Closed, cx),
        Err(error) => machine.ended(line, End::Failed(error), cx),
    });
    pump.heard && !pump.eof && result.is_ok()
}

struct Pump<M: 'static, S> {
    hub: &'static Hub<M>,
    line: Line,
    stream: S,
    /// The other side sends no more.
    eof: bool,
    /// Something was written and not flushed; an encrypted stream may hold it back.
    unflushed: bool,
    /// The other side said something.
    heard: bool,
}

impl<M: Machine + 'static, S: AsyncRead + AsyncWrite + Unpin> Pump<M, S> {
    /// Runs until the machine wants the line closed, or it breaks: gives what was wanted.
    fn run(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Want>> {
        self.hub.attend(self.line, context);
        self.hub.set_running(Some(self.line));
        let done = self.turn(context);
        self.hub.set_running(None);
        done
    }

    fn turn(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Want>> {
        // What is not ready now has taken note of the context and is left alone until it wakes us.
        let (mut may_read, mut may_write) = (true, true);
        for _ in 0..TURNS {
            let want = self.hub.look(|machine| machine.want(self.line));
            if want == Want::Close {
                return Poll::Ready(Ok(want));
            }
            let mut moved = false;
            if may_write {
                match self.write(context) {
                    Poll::Ready(Ok(false)) if want == Want::Flush => return Poll::Ready(Ok(want)),
                    Poll::Ready(result) => moved = result?,
                    Poll::Pending => may_write = false,
                }
            }
            if may_read && !self.eof && want == Want::Open {
                match self.read(context) {
                    Poll::Ready(result) => moved |= result?,
                    Poll::Pending => may_read = false,
                }
            }
            if !moved {
                return Poll::Pending;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Writes what is pending; `false` when nothing is and all is flushed.
    fn write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let Self { hub, line, stream, .. } = self;
        let written: Poll<io::Result<usize>> = hub.with(|machine, cx| {
            let pending = machine.pending(*line);
            if pending.is_empty() {
                return Poll::Ready(Ok(0));
            }
            let n = ready!(Pin::new(stream).poll_write(context, pending))?;
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            machine.written(*line, n, cx);
            Poll::Ready(Ok(n))
        });
        if ready!(written)? > 0 {
            self.unflushed = true;
            return Poll::Ready(Ok(true));
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(context))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(false))
    }

    /// Reads into the machine's space; `false` when there is none, or nothing more comes.
    fn read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let Self { hub, line, stream, eof, heard, .. } = self;
        hub.with(|machine, cx| {
            let space = machine.space(*line);
            if space.is_empty() {
                return Poll::Ready(Ok(false));
            }
            let n = ready!(Pin::new(stream).poll_read(context, space))?;
            if n == 0 {
                *eof = true;
                machine.ended(*line, End::Eof, cx);
            } else {
                if !mem::replace(heard, true) && *line == Line::Link {
                    hub.ghost.lay(hub);
                }
                machine.received(*line, n, cx);
            }
            // The end is news, too: the machine may want something else now.
            Poll::Ready(Ok(true))
        })
    }

    /// Closes our sending side and throws away what has come.
    fn drain(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if ready!(Pin::new(&mut self.stream).poll_close(context)).is_err() {
            return Poll::Ready(());
        }
        let mut scrap = [0; 512];
        for _ in 0..TURNS {
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut scrap)) {
                Ok(0) | Err(_) => {
                    self.eof = true;
                    break;
                }
                Ok(_) => {}
            }
        }
        Poll::Ready(())
    }

    /// Closes our sending side and throws away what comes, until the other side closes or the machine is impatient.
    fn linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.hub.attend(self.line, context);
        if ready!(Pin::new(&mut self.stream).poll_close(context)).is_err() {
            return Poll::Ready(());
        }
        let mut scrap = [0; 512];
        for _ in 0..TURNS {
            if self.hub.look(|machine| machine.want(self.line)) == Want::Close {
                return Poll::Ready(());
            }
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut scrap)) {
                Ok(0) | Err(_) => {
                    self.eof = true;
                    return Poll::Ready(());
                }
                Ok(_) => {}
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
