//! The parent's side: a few children, kept warm, each replaced when it falls, hangs or has read enough.

use super::{
    child::SECONDS,
    wire::{Answer, Ask, Message},
};
use crate::{
    drivers::{
        csv::{CsvFault, Encoding, Line},
        excel::{SheetTable, TableFault, Wanted},
        mail::{ArchiveFault, Attachment, Mail},
        ocr::{FormReading, NativeParts, OcrError, PageText, SortedPage},
    },
    form::Form,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Mutex,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    time::timeout,
};

/// Lists what a reader may read: a JSON list of paths.
pub(super) const READS: &str = "SHOKI_READS";
/// Asks a reader not to work without walls.
pub(super) const WALLED: &str = "SHOKI_WALLED";

/// What a pipe holds, in bytes.
const PIPE: usize = 64 << 10;
/// From this size on, in bytes, what is allocated is a picture or a model's sheet: as glibc wants to read it.
const PICTURES: &str = "1048576";

/// Processor time that is left over for what a child does while nobody asks.
const SPARE: Duration = Duration::from_secs(30);

/// How the readers are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolConfig {
    /// The `shoki` program; its `reader` command is the child.
    pub program: PathBuf,
    /// How many children at once: one per core is right, for each uses one.
    pub readers: usize,
    /// How long one page may take.
    pub timeout: Duration,
    /// After so many pages a child is replaced, which bounds its memory; sooner when they took long.
    pub pages_each: u32,
    /// Where the native parts are.
    pub native: NativeParts,
    /// Folders and files a child may read besides what it needs of the system.
    pub reads: Vec<PathBuf>,
    /// The folder of an office: a child may read what lies in it, but not what shoki itself keeps there. Neither this nor
    /// `reads`: a child may read everything.
    pub office: Option<PathBuf>,
    /// A child that cannot be walled in does not work.
    pub walled: bool,
}

impl PoolConfig {
    /// The usual: this program, one reader per core, a minute per page.
    ///
    /// # Errors
    /// When the system does not say which program this is.
    pub fn usual(native: NativeParts) -> Result<Self, OcrError> {
        let program = std::env::current_exe().map_err(|e| OcrError::CannotStart { why: e.to_string() })?;
        let readers = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            program,
            readers,
            timeout: Duration::from_mins(1),
            pages_each: 500,
            native,
            reads: Vec::new(),
            office: None,
            walled: false,
        })
    }

    /// Whether a child that read so many pages, and was busy for so long with all of them, may read one more. When its
    /// processor time is over the system ends it, in the middle of a page that did nothing. It has one thread, so it had no
    /// more of that time than it was busy; and one more page takes no longer than a page may.
    fn keeps(&self, pages: u32, busy: Duration) -> bool {
        let then = busy.saturating_add(self.timeout).saturating_add(SPARE);
        pages < self.pages_each && then < Duration::from_secs(SECONDS)
    }

    /// What a child may read, as things are now; none: everything.
    fn shown(&self) -> Option<Vec<PathBuf>> {
        const OURS: [&str; 3] = ["state", "audit", "evidence"];
        if self.reads.is_empty() && self.office.is_none() {
            return None;
        }
        let inside = self.office.iter().flat_map(fs::read_dir).flatten().flatten();
        let theirs = inside.filter(|file| !OURS.iter().any(|name| file.file_name() == *name));
        let mut shown: Vec<PathBuf> = theirs.map(|file| file.path()).chain(self.reads.clone()).collect();
        shown.sort_unstable();
        Some(shown)
    }
}

/// Reads strangers' files with a few child processes. Dropping it ends them.
pub struct ReaderPool {
    config: PoolConfig,
    free: Semaphore,
    idle: Mutex<Vec<Reader>>,
}

/// One child.
struct Reader {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pages: u32,
    /// How long it took for all of them, from ask to answer.
    busy: Duration,
    /// What it was shown when it began: walls cannot be moved later.
    shown: Option<Vec<PathBuf>>,
}

impl ReaderPool {
    /// Nothing is started before the first page comes.
    #[must_use]
    pub fn new(config: PoolConfig) -> Self {
        let free = Semaphore::new(config.readers.max(1));
        Self { config, free, idle: Mutex::new(Vec::new()) }
    }

    /// How many pages a file has.
    ///
    /// # Errors
    /// When it cannot be opened; the message is for people.
    pub async fn count_pages(&self, file: &Path) -> Result<u32, OcrError> {
        match self.ask(Ask::Count { file: file.to_owned() }).await?.said {
            Answer::Count(n) => Ok(n),
            _ => Err(OcrError::Crashed),
        }
    }

    /// Reads page `page` (from 1) of a file as the form.
    ///
    /// # Errors
    /// When the page cannot be opened, is not the form, or a native part is missing; the message is for people.
    pub async fn read_form(&self, file: &Path, page: u32, form: &Form) -> Result<FormReading, OcrError> {
        let ask = Ask::Form { file: file.to_owned(), page, form: Box::new(form.clone()) };
        match self.ask(ask).await?.said {
            Answer::Form(reading) => Ok(reading),
            _ => Err(OcrError::Crashed),
        }
    }

    /// Says which of the forms page `page` (from 1) of a file is, or that it is none of them.
    ///
    /// # Errors
    /// When the page or a blank cannot be opened; the message is for people.
    pub async fn sort(&self, file: &Path, page: u32, forms: &[&Form]) -> Result<SortedPage, OcrError> {
        let forms = forms.iter().map(|form| (*form).into()).collect();
        match self.ask(Ask::Sort { file: file.to_owned(), page, forms }).await?.said {
            Answer::Sorted(sorted) => Ok(sorted),
            _ => Err(OcrError::Crashed),
        }
    }

    /// Reads all text of page `page` (from 1) of a file.
    ///
    /// # Errors
    /// As [`Self::read_form`].
    pub async fn read_text(&self, file: &Path, page: u32) -> Result<PageText, OcrError> {
        match self.ask(Ask::Text { file: file.to_owned(), page }).await?.said {
            Answer::Text(text) => Ok(text),
            _ => Err(OcrError::Crashed),
        }
    }

    /// The form's blank original, or page `scan` (file and page, from 1) laid onto it, as a PNG file in the form's frame at
    /// 200 dpi. Places of a 個人番号 are painted over.
    ///
    /// # Errors
    /// As [`Self::read_form`].
    pub async fn picture(&self, form: &Form, scan: Option<(&Path, u32)>) -> Result<Vec<u8>, OcrError> {
        let scan = scan.map(|(file, page)| (file.to_owned(), page));
        let answer = self.ask(Ask::Picture { form: Box::new(form.clone()), scan }).await?;
        match (answer.said, answer.parts.into_iter().next()) {
            (Answer::Picture, Some(png)) => Ok(png),
            _ => Err(OcrError::Crashed),
        }
    }

    /// Reads a table of a workbook; a panic or a burst of its parser costs this table only.
    ///
    /// # Errors
    /// When the workbook must not or cannot be read (inside), or when no child can (outside); the message is for people.
    pub async fn read_table(
        &self,
        file: &Path,
        wanted: Wanted,
    ) -> Result<Result<SheetTable, TableFault>, OcrError> {
        match self.ask(Ask::Table { file: file.to_owned(), wanted: Box::new(wanted) }).await?.said {
            Answer::Table(table) => Ok(table),
            _ => Err(OcrError::Crashed),
        }
    }

    /// Reads the lines of a CSV file.
    ///
    /// # Errors
    /// As [`Self::read_table`].
    pub async fn read_list(
        &self,
        encoding: Encoding,
        file: Vec<u8>,
    ) -> Result<Result<Vec<Line>, CsvFault>, OcrError> {
        match self.ask(Message { said: Ask::List(encoding), parts: vec![file] }).await?.said {
            Answer::List(list) => Ok(list),
            _ => Err(OcrError::Crashed),
        }
    }

    /// Reads a letter; none: the bytes are no letter.
    ///
    /// # Errors
    /// When no child can; the message is for people.
    pub async fn read_letter(&self, letter: Vec<u8>) -> Result<Option<Mail>, OcrError> {
        let answer = self.ask(Message { said: Ask::Letter, parts: vec![letter] }).await?;
        let Answer::Letter(mut mail) = answer.said else { return Err(OcrError::Crashed) };
        filled(mail.iter_mut().flat_map(|m| &mut m.attachments), answer.parts)?;
        Ok(mail)
    }

    /// The files of a zip. Of `passwords` the first that opens it is used.
    ///
    /// # Errors
    /// As [`Self::read_table`].
    pub async fn unpack(
        &self,
        archive: Vec<u8>,
        passwords: &[String],
    ) -> Result<Result<Vec<Attachment>, ArchiveFault>, OcrError> {
        let said = Ask::Archive { passwords: passwords.to_vec() };
        let answer = self.ask(Message { said, parts: vec![archive] }).await?;
        let Answer::Archive(mut files) = answer.said else { return Err(OcrError::Crashed) };
        filled(files.iter_mut().flatten(), answer.parts)?;
        Ok(files)
    }

    /// The process ids of the children that are idle now; for tests.
    ///
    /// # Panics
    /// When another thread panicked while it held the list.
    #[must_use]
    pub fn idle_readers(&self) -> Vec<u32> {
        self.idle
            .lock()
            .expect("no panic while the list is held")
            .iter()
            .filter_map(|r| r.child.id())
            .collect()
    }

    /// Asks a child. One that does not answer is gone with its reader; the next ask gets a fresh one.
    async fn ask(&self, ask: impl Into<Message<Ask>>) -> Result<Message<Answer>, OcrError> {
        let _place = self.free.acquire().await.map_err(|_| OcrError::Crashed)?;
        let mut reader = match self.idle_one_that_sees(self.config.shown()) {
            Ok(reader) => reader,
            Err(shown) => Reader::start(&self.config, shown)?,
        };
        let (limit, begun) = (self.config.timeout, Instant::now());
        let answered = timeout(limit, reader.ask(ask.into())).await;
        let answer = answered
            .map_err(|_| OcrError::TimedOut { seconds: limit.as_secs() })?
            .ok_or(OcrError::Crashed)?;
        reader.pages += 1;
        reader.busy += begun.elapsed();
        if self.config.keeps(reader.pages, reader.busy) {
            self.idle.lock().expect("no panic while the list is held").push(reader);
        }
        match answer.said {
            Answer::Failed(error) => Err(error),
            _ => Ok(answer),
        }
    }
}

/// Gives files their bytes, which came beside them.
fn filled<'a>(files: impl Iterator<Item = &'a mut Attachment>, parts: Vec<Vec<u8>>) -> Result<(), OcrError> {
    let mut parts = parts.into_iter();
    for file in files {
        file.bytes = parts.next().ok_or(OcrError::Crashed)?;
    }
    Ok(())
}

impl ReaderPool {
    /// A warm child that was shown what there is now. Others end: a folder that came since is not theirs to see.
    fn idle_one_that_sees(&self, shown: Option<Vec<PathBuf>>) -> Result<Reader, Option<Vec<PathBuf>>> {
        let mut idle = self.idle.lock().expect("no panic while the list is held");
        idle.retain(|reader| reader.shown == shown);
        idle.pop().ok_or(shown)
    }
}

impl Reader {
    fn start(config: &PoolConfig, shown: Option<Vec<PathBuf>>) -> Result<Self, OcrError> {
        let failed = |why: String| OcrError::CannotStart { why };
        let mut command = Command::new(&config.program);
        command
            .arg("reader")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        // Tesseract is five times slower unless this stands in the environment when the process starts.
        command.env("OMP_THREAD_LIMIT", "1");
        // Pictures go back to the system when they are done with; glibc would keep up to 32 MiB of each size for the next.
        command.env("MALLOC_MMAP_THRESHOLD_", PICTURES);
        command.envs(config.native.to_tell());
        if let Some(shown) = &shown {
            // A name that is no text is not shown.
            let shown: Vec<&str> = shown.iter().filter_map(|path| path.to_str()).collect();
            command.env(READS, serde_json::to_string(&shown).map_err(|e| failed(e.to_string()))?);
        }
        if config.walled {
            command.env(WALLED, "1");
        }
        let mut child = command.spawn().map_err(|e| failed(e.to_string()))?;
        let input = child.stdin.take().ok_or_else(|| failed("stdin".to_owned()))?;
        let output = child.stdout.take().ok_or_else(|| failed("stdout".to_owned()))?;
        let output = BufReader::with_capacity(PIPE, output);
        Ok(Self { child, input, output, pages: 0, busy: Duration::ZERO, shown })
    }

    /// None when the child fell.
    async fn ask(&mut self, ask: Message<Ask>) -> Option<Message<Answer>> {
        self.input.write_all(&ask.line().ok()?).await.ok()?;
        for part in ask.parts {
            self.input.write_all(&part).await.ok()?;
        }
        self.input.flush().await.ok()?;
        Message::overhear(&mut self.output).await.ok()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::{NativeParts, PoolConfig};
    use std::time::Duration;

    #[test]
    fn a_child_is_replaced_before_its_processor_time_is_over() {
        let config = PoolConfig::usual(NativeParts::default()).unwrap();
        let seconds = Duration::from_secs;
        assert!(config.keeps(499, seconds(700)), "quick pages");
        assert!(!config.keeps(500, seconds(700)), "as many as it may read");
        assert!(config.keeps(400, seconds(1_600)) && !config.keeps(401, seconds(1_740)), "slow ones");
        let patient = PoolConfig { timeout: seconds(3_600), ..config };
        assert!(!patient.keeps(1, Duration::ZERO), "one more page may take more than is left");
    }
}
