//! Messages on a socket: each in its canonical form, one to a line, of bounded length.

use std::io::{self, BufRead, BufReader, Read, Write};

use contracts::Envelope;
use contracts::codec::{self, MESSAGE_BYTES_MAX, Unreadable};

/// Writes one message and its line end; `line` is room that is used again.
pub(crate) fn write(to: &mut impl Write, said: &Envelope, line: &mut Vec<u8>) -> io::Result<()> {
    line.clear();
    codec::write(said, line);
    line.push(b'\n');
    to.write_all(line)
}

/// Writes a sign of life: an empty line, which says nothing.
pub(crate) fn beat(to: &mut impl Write) -> io::Result<()> {
    to.write_all(b"\n")
}

/// Reads messages from a stream that nobody vouches for.
pub(crate) struct Lines<R> {
    from: BufReader<R>,
    line: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(from: R) -> Self {
        Self { from: BufReader::new(from), line: Vec::new() }
    }

    /// The next message, or why it is none; nothing at the end. A line that is too long is an error: what
    /// follows it would be read from its middle.
    pub(crate) fn next(&mut self) -> io::Result<Option<Result<Envelope, Unreadable>>> {
        self.line.clear();
        let most = MESSAGE_BYTES_MAX as u64 + 1;
        self.from.by_ref().take(most).read_until(b'\n', &mut self.line)?;
        match self.line.pop() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(codec::read(&self.line))),
            // Cut in the middle: whoever wrote it is gone, or never ends.
            Some(_) if self.line.len() < MESSAGE_BYTES_MAX => Ok(None),
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "a line without end")),
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::testing::secs;
    use contracts::{Event, KillLevel, KillTrigger, Source, Trip};

    use super::*;

    fn trip() -> Envelope {
        let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
        Envelope::input(Source::Operator, secs(1), Event::Trip(trip))
    }

    #[test]
    fn wire_reads_what_it_wrote_and_ends_where_it_is_cut() {
        let (mut bytes, mut line) = (Vec::new(), Vec::new());
        write(&mut bytes, &trip(), &mut line).unwrap();
        write(&mut bytes, &trip(), &mut line).unwrap();
        bytes.truncate(bytes.len() - 5);
        let mut lines = Lines::new(bytes.as_slice());
        assert_eq!(lines.next().unwrap().unwrap().unwrap(), trip());
        assert!(lines.next().unwrap().is_none());
    }

    #[test]
    fn wire_goes_on_after_nonsense_and_stops_at_a_line_without_end() {
        let (mut bytes, mut line) = (b"nonsense\n\n{}\n".to_vec(), Vec::new());
        write(&mut bytes, &trip(), &mut line).unwrap();
        bytes.extend(vec![b'x'; 2 * MESSAGE_BYTES_MAX]);
        let mut lines = Lines::new(bytes.as_slice());
        for _ in 0..3 {
            assert!(matches!(lines.next(), Ok(Some(Err(_)))));
        }
        assert_eq!(lines.next().unwrap().unwrap().unwrap(), trip());
        assert!(lines.next().is_err());
    }
}
