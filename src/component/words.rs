//! What the link tells the operator.

use core::fmt;

use crate::gateway::line::{Cx, Level};

/// A line of the log.
pub(super) fn say(cx: Cx<'_>, level: Level, what: fmt::Arguments<'_>) {
    cx.log.log(level, format_args!("link of {}: {what}", cx.settings.domain()));
}

/// Says that a ping to our own domain got lost though the server is alive.
pub(super) fn say_strayed(cx: Cx<'_>) {
    say(
        cx,
        Level::Warn,
        format_args!(
            "a ping to our own domain did not come back, though the server is alive; does it hold another \
             connection of this domain? ejabberd shares stanzas among all of them"
        ),
    );
}

/// What may be lost, as the end of a sentence.
#[derive(Clone, Copy)]
pub(super) struct Lost(pub(super) u64);

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str("; 1 stanza may be lost"),
            n => write!(f, "; {n} stanzas may be lost"),
        }
    }
}

/// Words of others in a line of the log: no line ends or other control characters, and not too many.
pub(super) struct Quoted<T>(pub(super) T);

impl<T: fmt::Display> fmt::Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        struct Clean<'a, 'f> {
            f: &'a mut fmt::Formatter<'f>,
            left: usize,
        }
        impl Write for Clean<'_, '_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                for c in text.chars() {
                    match self.left {
                        0 => return Ok(()),
                        1 => self.f.write_char('…')?,
                        _ if c.is_control() => write!(self.f, "{}", c.escape_default())?,
                        _ => self.f.write_char(c)?,
                    }
                    self.left -= 1;
                }
                Ok(())
            }
        }
        write!(Clean { f, left: 200 }, "{}", self.0)
    }
}
