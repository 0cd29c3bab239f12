//! Messages on a socket: each in its canonical form, one to a line, of bounded length.

use std::io::{self, BufRead, BufReader, Read, Write};

use contracts::codec::{self, MESSAGE_BYTES_MAX};
use contracts::{DeadLetter, DecodeFault, Envelope};

/// What stands on a line: a message, a sign of life where it is empty, or what cannot be read.
pub(crate) type Heard = Result<Option<Envelope>, DeadLetter>;

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

    /// What stands on the next line; nothing at the end. A line that is too long is an error: what follows it
    /// would be read from its middle.
    pub(crate) fn next(&mut self) -> io::Result<Option<Heard>> {
        self.line.clear();
        let most = MESSAGE_BYTES_MAX as u64 + 1;
        self.from.by_ref().take(most).read_until(b'\n', &mut self.line)?;
        match self.line.pop() {
            None => Ok(None),
            Some(b'\n') if self.line.is_empty() => Ok(Some(Ok(None))),
            Some(b'\n') => {
                let read = codec::read(&self.line);
                Ok(Some(read.map(Some).map_err(|why| dead_letter(why.fault, self.line.len()))))
            }
            // Cut in the middle: whoever wrote it is gone, or never ends.
            Some(_) if self.line.len() < MESSAGE_BYTES_MAX => Ok(None),
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "a line without end")),
        }
    }
}

/// What is told of a line that could not be read.
pub(crate) fn dead_letter(fault: DecodeFault, bytes: usize) -> DeadLetter {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    DeadLetter { fault, order: None, intent: false, bytes }
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
        assert_eq!(lines.next().unwrap(), Some(Ok(Some(trip()))));
        assert!(lines.next().unwrap().is_none());
    }

    #[test]
    fn wire_tells_signs_of_life_from_nonsense_goes_on_after_both_and_stops_at_a_line_without_end() {
        let (mut bytes, mut line) = (b"nonsense\n\n{}\n".to_vec(), Vec::new());
        write(&mut bytes, &trip(), &mut line).unwrap();
        bytes.extend(vec![b'x'; 2 * MESSAGE_BYTES_MAX]);
        let mut lines = Lines::new(bytes.as_slice());
        let letter = |fault, bytes| Some(Err(dead_letter(fault, bytes)));
        assert_eq!(lines.next().unwrap(), letter(DecodeFault::NotJson, 8));
        assert_eq!(lines.next().unwrap(), Some(Ok(None)), "an empty line is a sign of life");
        assert_eq!(lines.next().unwrap(), letter(DecodeFault::Field, 2));
        assert_eq!(lines.next().unwrap(), Some(Ok(Some(trip()))));
        assert!(lines.next().is_err());
    }
}
