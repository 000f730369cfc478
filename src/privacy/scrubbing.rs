//! A writer for log lines that lets no My Number through, in whatever spelling.

use super::scrub;
use std::io::{self, Write};

/// The longest line kept whole; more of it goes out in pieces.
const LONGEST: usize = 64 * 1024;

/// Passes whole lines on, each scrubbed. What follows the last line end goes out when this is flushed or dropped.
#[derive(Debug)]
pub struct Scrubbing<W: Write> {
    to: W,
    line: Vec<u8>,
}

impl<W: Write> Scrubbing<W> {
    /// Writes to `to`.
    pub fn new(to: W) -> Self {
        Self { to, line: Vec::new() }
    }

    fn pass(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.to.write_all(scrub(&String::from_utf8_lossy(&line)).as_bytes())
    }
}

impl<W: Write> Write for Scrubbing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() > LONGEST {
                self.pass()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass()?;
        self.to.flush()
    }
}

impl<W: Write> Drop for Scrubbing<W> {
    fn drop(&mut self) {
        // A log that cannot be written to has nowhere to say so.
        let _ = self.flush();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_masked_also_when_it_arrives_in_pieces() {
        let mut out = Vec::new();
        let mut writer = Scrubbing::new(&mut out);
        for piece in ["ok 1\nno 1234", "5678", "9018 x\n１２３４-５６７８-９０１８", ""] {
            writer.write_all(piece.as_bytes()).unwrap();
        }
        drop(writer);
        assert_eq!(String::from_utf8(out).unwrap(), "ok 1\nno ************ x\n************");
    }
}
