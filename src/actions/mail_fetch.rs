//! `mail.fetch`: the files that came by mail from senders who are known, each once.

use super::{faults, paper_faults};
use crate::{
    drivers::{
        files::{self, FileFault},
        mail::{ArchiveFault, Attachment, Mail, MailFault, Server, letter, maildir},
        ocr::OcrError,
        readers::ReaderPool,
    },
    form::Forms,
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use globset::GlobMatcher;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fmt::Write, path::PathBuf};
use unicode_normalization::UnicodeNormalization as _;

/// Where the mail is, which of it matters, where its files go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailFetch {
    /// メールのフォルダー（maildir、または .eml の並ぶフォルダー。庁のフォルダーからの相対パス）。folder か server のどちらかを書きます。
    folder: Option<Arg<String>>,
    /// メールサーバー（IMAP）。メールは読むだけで、既読にも移動もしません。
    server: Option<ServerArg>,
    /// 取り上げる知らせ。どれにも当たらないメールには触れません。
    notices: Vec<Notice>,
    /// 添付のファイルを置くフォルダー（庁のフォルダーからの相対パス）。
    save: String,
    /// 画面から受け取った CSV を置いたフォルダー（庁のフォルダーからの相対パス。なくてもかまいません）。添付と同じように扱い、ファイル名の「_」より前を呼び名とします。
    carried: Option<String>,
}

/// An IMAP server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ServerArg {
    /// 接続先（imaps://mail.example.jp）。暗号化しない imap:// は、このコンピューターの中だけで使えます。
    address: Arg<String>,
    /// 利用者名（例: ${{ secret.メール.user }}）。
    user: Arg<String>,
    /// パスワード（例: ${{ secret.メール.password }}）。
    password: Arg<String>,
    /// メールボックス。書かなければ INBOX です。
    #[serde(default = "inbox")]
    mailbox: String,
    /// 何日前までのメールを見るか。書かなければ 14 日です。
    #[serde(default = "a_fortnight")]
    days: u16,
    /// サーバーの証明書を発行した認証局の証明書（PEM、庁のフォルダーからの相対パス）。書かなければ、このコンピューターの証明書を使います。
    ca: Option<String>,
}

fn inbox() -> String {
    "INBOX".to_owned()
}

const fn a_fortnight() -> u16 {
    14
}

/// Which mail is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Notice {
    /// 呼び名。結果の from と、置くファイルの名前の頭になります。
    name: String,
    /// 差出人のアドレス、または @ から後ろ。
    from: String,
    /// 件名に入っている言葉。書かなければ、差出人だけで決めます。
    #[serde(default)]
    subject: String,
    /// 添付のうち受け取るもの。zip は中のファイルに当てはめます。
    #[serde(default = "tables")]
    files: String,
    /// zip のパスワードが別のメールで来るとき。
    password: Option<PasswordMail>,
}

fn tables() -> String {
    "*.csv".to_owned()
}

/// The mail with the password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PasswordMail {
    /// 件名に入っている言葉。
    subject: String,
    /// 本文で、パスワードのすぐ前にある言葉（例: パスワード）。後の「：」と空白は読み飛ばします。
    after: String,
}

/// One file, or one notice without a file.
#[derive(Debug, Default, Serialize)]
pub struct Arrived {
    /// 呼び名。
    notice: String,
    /// The Message-ID.
    message_id: String,
    /// The subject.
    subject: String,
    /// When it was sent.
    sent: String,
    /// The name the sender gave the file.
    name: Option<String>,
    /// Where it lies, from the office folder; none: it did not come with the mail, or cannot be opened.
    file: Option<String>,
    /// Of the file's bytes, else of the Message-ID: what has been seen before is known by it.
    sha256: String,
    /// Why there is no file, for people.
    problem: Option<String>,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
pub struct Fetched {
    /// One for each file.
    rows: Vec<Arrived>,
    /// Mails looked at.
    looked_at: usize,
    /// Files that came a second time with the same bytes.
    again: usize,
}

impl Action for MailFetch {
    const NAME: &'static str = "mail.fetch";
    const SUMMARY: &'static str = "決まった差出人のメールから添付ファイル（パスワード付き zip も）を受け取ります。同じ中身は一度だけです。";
    const EXAMPLE: &'static str = "folder: 受付/メール\nnotices:\n  - name: ふるさとA\n    from: \"@furusato-a.example.jp\"\n    subject: 寄附データ\n    password: { subject: パスワード, after: パスワード }\nsave: 受付/寄附データ\n";
    const EFFECT: Effect = Effect::Repeatable;
    type Output = Fetched;

    fn shape(&self, _forms: &Forms) -> Shape {
        let text = |key| (key, Shape::Text);
        let maybe = |key| (key, Shape::Any);
        let row = [text("notice"), text("message_id"), text("subject"), text("sent"), maybe("name")];
        let rest = [maybe("file"), text("sha256"), maybe("problem")];
        let rows = Shape::list(Shape::map(row.into_iter().chain(rest)));
        Shape::map([("rows", rows), ("looked_at", Shape::Number), ("again", Shape::Number)])
    }

    async fn run(&self, cx: &StepContext) -> Result<Fetched, Failure> {
        let pool = cx.driver::<ReaderPool>()?;
        let (seen, found) = (BTreeSet::new(), Fetched::default());
        let mut desk = Desk { cx, pool: &pool, save: &self.save, seen, found };
        let mails = desk.mails(self.letters(cx).await?).await?;
        for notice in &self.notices {
            let wanted = files::name_pattern(&notice.files).map_err(|_| {
                Failure::stop("SHK0607", format!("ファイル名の型「{}」を読み取れません。", notice.files))
            })?;
            let passwords = notice.passwords(&mails);
            for mail in mails.iter().filter(|m| notice.is(m)) {
                desk.take(notice, &wanted, mail, &passwords).await?;
            }
        }
        if let Some(folder) = &self.carried {
            desk.take_carried(folder)?;
        }
        Ok(desk.found)
    }
}

impl MailFetch {
    async fn letters(&self, cx: &StepContext) -> Result<Vec<Written>, Failure> {
        match (&self.folder, &self.server) {
            (Some(folder), None) => {
                let (at, shown) = (faults::place(cx, folder.get())?, folder.get().clone());
                let found = faults::beside(move || Ok(maildir(&at, &shown)?)).await?;
                Ok(found.into_iter().map(Written::At).collect())
            }
            (None, Some(server)) => {
                let day = cx.clock.local().date().saturating_sub(i32::from(server.days).days());
                let authority = server.ca.as_ref().map(|file| faults::existing(cx, file)).transpose()?;
                let server = Server {
                    address: server.address.get().clone(),
                    user: server.user.get().clone(),
                    password: server.password.get().clone().into(),
                    mailbox: server.mailbox.clone(),
                    authority,
                };
                let found = server.since(&day.strftime("%-d-%b-%Y").to_string()).await?;
                Ok(found.into_iter().map(Written::Here).collect())
            }
            _ => Err(Failure::stop(
                "SHK0112",
                "`folder`（メールのフォルダー）か `server`（メールサーバー）の、どちらか一つを書いてください。",
            )),
        }
    }
}

/// A letter nobody has looked into.
enum Written {
    /// In this file.
    At(PathBuf),
    /// These bytes.
    Here(Vec<u8>),
}

impl Written {
    async fn bytes(self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::At(file) => faults::beside(move || Ok(letter(&file)?)).await,
            Self::Here(bytes) => Ok(bytes),
        }
    }
}

impl From<MailFault> for Failure {
    fn from(fault: MailFault) -> Self {
        let message = fault.to_string();
        if fault.passes() { Self::again("SHK0616", message) } else { Self::stop("SHK0616", message) }
    }
}

impl Notice {
    fn sent(&self, mail: &Mail) -> bool {
        let from = self.from.to_lowercase();
        if from.starts_with('@') { mail.from.ends_with(&from) } else { mail.from == from }
    }

    /// Whether the mail is this notice, not the one with its password.
    fn is(&self, mail: &Mail) -> bool {
        let password = self.password.as_ref().is_some_and(|p| mail.subject.contains(&p.subject));
        self.sent(mail) && mail.subject.contains(&self.subject) && !(password && mail.attachments.is_empty())
    }

    /// The passwords that came, the newest first.
    fn passwords(&self, mails: &[Mail]) -> Vec<String> {
        let Some(rule) = &self.password else { return Vec::new() };
        let of = |mail: &&Mail| self.sent(mail) && mail.subject.contains(&rule.subject);
        mails.iter().rev().filter(of).filter_map(|m| behind(&m.text, &rule.after)).collect()
    }
}

/// The first word behind the last `mark` that has one on its line or the next.
fn behind(text: &str, mark: &str) -> Option<String> {
    let skip =
        |c: char| c.is_whitespace() || matches!(c, ':' | '：' | '=' | '＝' | '「' | '『' | '【' | '】');
    let word = |rest: &str| {
        let rest = rest.trim_start_matches(skip);
        rest.split(|c: char| c.is_whitespace() || matches!(c, '」' | '』')).next().map(str::to_owned)
    };
    let all = text.match_indices(mark).filter_map(|(at, _)| word(&text[at + mark.len()..]));
    all.filter(|w| !w.is_empty() && w.is_ascii()).last()
}

/// What goes through the hands of one fetch.
struct Desk<'a> {
    cx: &'a StepContext,
    pool: &'a ReaderPool,
    save: &'a str,
    seen: BTreeSet<String>,
    found: Fetched,
}

impl Desk<'_> {
    /// Reads the letters. One at which its reader falls holds up no other and is one for a person.
    async fn mails(&mut self, letters: Vec<Written>) -> Result<Vec<Mail>, Failure> {
        let mut mails = Vec::new();
        for written in letters {
            let bytes = written.bytes().await?;
            let sha256 = hex(&bytes);
            match self.pool.read_letter(bytes).await {
                Ok(read) => mails.extend(read),
                Err(OcrError::Crashed | OcrError::TimedOut { .. }) => self.unreadable(sha256),
                Err(why) => return Err(paper_faults::failure(&why)),
            }
        }
        self.found.looked_at = mails.len();
        Ok(mails)
    }

    fn unreadable(&mut self, sha256: String) {
        let why = "メールを読み取れません。壊れているか、細工されているかもしれません。メールボックスで確かめてください。";
        self.seen.insert(sha256.clone());
        self.found.rows.push(Arrived {
            notice: "読めないメール".to_owned(),
            sha256,
            problem: Some(why.to_owned()),
            ..Arrived::default()
        });
    }

    async fn take(
        &mut self,
        notice: &Notice,
        wanted: &GlobMatcher,
        mail: &Mail,
        passwords: &[String],
    ) -> Result<(), Failure> {
        let before = self.found.rows.len() + self.found.again;
        for attachment in &mail.attachments {
            if attachment.name.to_lowercase().ends_with(".zip") {
                match self.unpacked(attachment, passwords).await? {
                    Ok(files) => {
                        for file in files.iter().filter(|f| wanted.is_match(f.name.nfc().collect::<String>()))
                        {
                            self.keep(notice, mail, file)?;
                        }
                    }
                    Err(why) => self.without(notice, mail, &attachment.bytes, &why.to_string()),
                }
            } else if wanted.is_match(attachment.name.nfc().collect::<String>()) {
                self.keep(notice, mail, attachment)?;
            }
        }
        if self.found.rows.len() + self.found.again == before {
            let why = "添付のファイルがありません。ポータルの画面から受け取ってください。";
            self.without(notice, mail, mail.id.as_bytes(), why);
        }
        Ok(())
    }

    async fn unpacked(
        &self,
        archive: &Attachment,
        passwords: &[String],
    ) -> Result<Result<Vec<Attachment>, ArchiveFault>, Failure> {
        match self.pool.unpack(archive.bytes.clone(), passwords).await {
            Ok(files) => Ok(files),
            Err(OcrError::Crashed) => Ok(Err(ArchiveFault::NoArchive)),
            Err(OcrError::TimedOut { .. }) => Ok(Err(ArchiveFault::TooLarge)),
            Err(why) => Err(paper_faults::failure(&why)),
        }
    }

    /// Puts a file into the folder under the name of its bytes; the same bytes are the same file.
    fn keep(&mut self, notice: &Notice, mail: &Mail, file: &Attachment) -> Result<(), Failure> {
        let sha256 = hex(&file.bytes);
        if !self.seen.insert(sha256.clone()) {
            self.found.again += 1;
            return Ok(());
        }
        let end = file.name.rsplit_once('.').map_or("dat", |(_, end)| end).to_lowercase();
        let place = format!("{}/{}_{}.{end}", self.save.trim_end_matches('/'), notice.name, sha256);
        let at = faults::place(self.cx, &place)?;
        if let Some(folder) = at.parent() {
            std::fs::create_dir_all(folder).map_err(|e| FileFault::writing(folder, e))?;
        }
        if !at.is_file() {
            files::write_whole(&at, &file.bytes)?;
        }
        self.found.rows.push(Arrived {
            name: Some(file.name.clone()),
            file: Some(place),
            ..arrived(notice, mail, sha256)
        });
        Ok(())
    }

    /// The files that came by another way lie where they are; what also came by mail is there already.
    fn take_carried(&mut self, folder: &str) -> Result<(), Failure> {
        let at = faults::place(self.cx, folder)?;
        let pattern = files::name_pattern("*.csv").expect("a good pattern");
        let zone = self.cx.clock.local().time_zone().clone();
        let shown = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        for file in if at.is_dir() { files::list(&at, &pattern)? } else { Vec::new() } {
            if !self.seen.insert(file.sha256.clone()) {
                self.found.again += 1;
                continue;
            }
            self.found.rows.push(Arrived {
                notice: file.name.split('_').next().unwrap_or_default().to_owned(),
                message_id: String::new(),
                subject: "画面から受け取ったファイル".to_owned(),
                sent: file.written.map(&shown).unwrap_or_default(),
                file: Some(format!("{}/{}", folder.trim_end_matches('/'), file.name)),
                name: Some(file.name),
                sha256: file.sha256,
                problem: None,
            });
        }
        Ok(())
    }

    /// A notice whose file is not there.
    fn without(&mut self, notice: &Notice, mail: &Mail, bytes: &[u8], why: &str) {
        let sha256 = hex(bytes);
        if self.seen.insert(sha256.clone()) {
            self.found.rows.push(Arrived { problem: Some(why.to_owned()), ..arrived(notice, mail, sha256) });
        }
    }
}

fn arrived(notice: &Notice, mail: &Mail, sha256: String) -> Arrived {
    Arrived {
        notice: notice.name.clone(),
        message_id: mail.id.clone(),
        subject: mail.subject.clone(),
        sent: mail.sent.clone(),
        name: None,
        file: None,
        sha256,
        problem: None,
    }
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_texts() {
        for (text, word) in [
            ("パスワードをお知らせします。\n\nパスワード：abc-1\n", "abc-1"),
            ("解凍パスワードは「x y」です\nパスワード:\nZ9=\n", "Z9="),
            ("パスワード = 「p!q」", "p!q"),
        ] {
            assert_eq!(behind(text, "パスワード").as_deref(), Some(word), "{text}");
        }
        assert_eq!(behind("何もありません", "パスワード"), None);
    }
}
