//! What parent and child say to each other: one line of JSON, then the bytes that come with it, as many as the line says.

use crate::{
    drivers::{
        csv::{CsvFault, Encoding, Line},
        excel::{SheetTable, TableFault, Wanted},
        mail::{ArchiveFault, Attachment, Mail},
        ocr::{FormReading, OcrError, Outline, PageText, SortedPage},
    },
    form::Form,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    io::{self, BufRead, Read, Write},
    path::PathBuf,
};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// The longest line, and the most bytes with it, that a parent takes from a child: what an archive may hold, twice.
const MOST: u64 = 512 << 20;

/// What the parent asks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    /// How many pages?
    Count {
        /// The file.
        file: PathBuf,
    },
    /// The fields of a form.
    Form {
        /// The file.
        file: PathBuf,
        /// The page, from 1.
        page: u32,
        /// The form.
        form: Box<Form>,
    },
    /// Which form is it?
    Sort {
        /// The file.
        file: PathBuf,
        /// The page, from 1.
        page: u32,
        /// The forms.
        forms: Vec<Outline>,
    },
    /// All text.
    Text {
        /// The file.
        file: PathBuf,
        /// The page, from 1.
        page: u32,
    },
    /// The form's blank original, or a page laid onto it, as a picture.
    Picture {
        /// The form.
        form: Box<Form>,
        /// The page; none: the blank.
        scan: Option<(PathBuf, u32)>,
    },
    /// A table of a workbook.
    Table {
        /// The file.
        file: PathBuf,
        /// What of it.
        wanted: Box<Wanted>,
    },
    /// The lines of a CSV file, which comes with it.
    List(Encoding),
    /// What a letter says, which comes with it.
    Letter,
    /// The files of an archive, which comes with it.
    Archive {
        /// The first that opens it is used.
        passwords: Vec<String>,
    },
}

/// What the child answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// So many pages.
    Count(u32),
    /// The fields.
    Form(FormReading),
    /// The text.
    Text(PageText),
    /// Which form.
    Sorted(SortedPage),
    /// A PNG file comes with it.
    Picture,
    /// A table, or why the workbook is not read.
    Table(Result<SheetTable, TableFault>),
    /// The lines, or why the list is not read.
    List(Result<Vec<Line>, CsvFault>),
    /// A letter, whose attachments' bytes come with it; none: it is no letter.
    Letter(Option<Mail>),
    /// The files, whose bytes come with it, or why they cannot be had.
    Archive(Result<Vec<Attachment>, ArchiveFault>),
    /// Why not.
    Failed(OcrError),
}

/// Something said, and the bytes that come with it.
#[derive(Debug)]
pub(super) struct Message<T> {
    /// What is said.
    pub said: T,
    /// What comes with it.
    pub parts: Vec<Vec<u8>>,
}

impl<T> From<T> for Message<T> {
    fn from(said: T) -> Self {
        Self { said, parts: Vec::new() }
    }
}

impl<T: Serialize + DeserializeOwned> Message<T> {
    /// The line, with its end.
    pub(super) fn line(&self) -> io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(&(&self.said, self.sizes()))?;
        line.push(b'\n');
        Ok(line)
    }

    fn sizes(&self) -> Vec<usize> {
        self.parts.iter().map(Vec::len).collect()
    }

    /// Says it.
    pub(super) fn send(&self, mut to: impl Write) -> io::Result<()> {
        // A long list is not written twice in memory.
        serde_json::to_writer(&mut to, &(&self.said, self.sizes()))?;
        to.write_all(b"\n")?;
        self.parts.iter().try_for_each(|part| to.write_all(part))?;
        to.flush()
    }

    /// The next thing said; none at the end of the input.
    pub(super) fn receive(mut from: impl BufRead) -> io::Result<Option<Self>> {
        let mut line = Vec::new();
        if from.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let (said, sizes): (T, Vec<u64>) = serde_json::from_slice(&line)?;
        let part = |size: u64| {
            let mut part = Vec::new();
            whole((&mut from).take(size).read_to_end(&mut part)?, size)?;
            Ok(part)
        };
        let parts = sizes.into_iter().map(part).collect::<io::Result<_>>()?;
        Ok(Some(Self { said, parts }))
    }

    /// The next thing said by a child that nobody has reason to trust: no more of it is taken than a sound one would say.
    pub(super) async fn overhear(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Self> {
        Self::within(from, MOST).await
    }

    async fn within(from: &mut (impl AsyncBufRead + Unpin), most: u64) -> io::Result<Self> {
        let mut line = Vec::new();
        (&mut *from).take(most).read_until(b'\n', &mut line).await?;
        let (said, sizes): (T, Vec<u64>) = serde_json::from_slice(&line)?;
        drop(line);
        let (mut parts, mut room) = (Vec::new(), most);
        for size in sizes {
            room = room.checked_sub(size).ok_or(io::ErrorKind::InvalidData)?;
            let mut part = Vec::new();
            whole((&mut *from).take(size).read_to_end(&mut part).await?, size)?;
            parts.push(part);
        }
        Ok(Self { said, parts })
    }
}

/// A part that ends early is none.
fn whole(found: usize, size: u64) -> io::Result<()> {
    if found as u64 == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use std::{io::Cursor, iter};

    fn said(text: &str, parts: &[&[u8]]) -> Message<String> {
        Message { said: text.to_owned(), parts: parts.iter().map(|p| p.to_vec()).collect() }
    }

    #[tokio::test]
    async fn what_is_said_is_heard_with_its_bytes_on_both_sides() {
        let all = [said("一", &[]), said("二\n行", &[b"", b"a\nb", b"\n"]), said("三", &[])];
        let mut wire = Vec::new();
        for message in &all {
            message.send(&mut wire).unwrap();
        }
        let mut from = Cursor::new(wire.clone());
        let heard = iter::from_fn(|| Message::<String>::receive(&mut from).unwrap());
        let pairs = |m: Message<String>| (m.said, m.parts);
        let expected: Vec<_> = all.into_iter().map(pairs).collect();
        assert_eq!(heard.map(pairs).collect::<Vec<_>>(), expected);
        let mut from = Cursor::new(wire);
        for expected in expected {
            assert_eq!(pairs(Message::overhear(&mut from).await.unwrap()), expected);
        }
    }

    #[tokio::test]
    async fn a_child_that_says_less_or_more_than_it_may_is_not_heard() {
        for wire in [
            &b""[..],
            b"[\"x\"",
            b"[\"x\",[3]]\nab",
            b"[\"x\",[-1]]\n",
            b"[\"x\",[999,2]]\nab",
            b"[\"x\",[18446744073709551615]]\n",
        ] {
            let mut from = Cursor::new(wire.to_vec());
            assert!(Message::<String>::within(&mut from, 1_000).await.is_err(), "{}", wire.escape_ascii());
        }
        let mut endless = tokio::io::BufReader::new(tokio::io::repeat(b'['));
        assert!(Message::<String>::within(&mut endless, 1_000).await.is_err());
    }
}
