//! Everything an auditor needs, in one file: logs, notes, keys, policy, the verifier, its verdict, and lists to look through.

use super::AuditList;
use crate::audit::{Entry, Options, Policy, VerifyError, office, verify_office};
use jiff::Timestamp;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, Write},
    ops::Range,
    path::{Path, PathBuf},
};
use zip::{ZipWriter, result::ZipError, write::SimpleFileOptions};

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// There is no log, or it cannot be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A file cannot be read or written.
    #[error("監査人に渡すファイルを作れません: {0}")]
    File(#[from] io::Error),
    /// The archive cannot be written.
    #[error("監査人に渡すファイルを作れません: {0}")]
    Archive(#[from] ZipError),
    /// The lists cannot be written.
    #[error("一覧のブックを作れません: {0}")]
    List(#[from] rust_xlsxwriter::XlsxError),
}

/// What goes into a bundle besides the log.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// A policy file, as it is.
    pub policy: Option<Vec<u8>>,
    /// The verifier program.
    pub verifier: Option<PathBuf>,
    /// The office's name.
    pub office: String,
    /// When it was made, as people write it.
    pub made: String,
}

/// Writes the bundle of all logs in `audit`. Says what the verifier found in them.
///
/// # Errors
/// When there is no log, or something cannot be read or written.
pub fn bundle(
    audit: &Path,
    extras: &Extras,
    to: impl Write + Seek,
) -> Result<Vec<office::Year>, BundleError> {
    let policy = extras.policy.as_deref().and_then(|bytes| Policy::parse(bytes).ok()).unwrap_or_default();
    let years = verify_office(audit, &Options { policy, ..Options::default() })?;
    let mut zip = ZipWriter::new(to);
    for year in &years {
        let name = year.dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let prefix = format!("audit/{name}");
        put_folder(&mut zip, &year.dir, &prefix)?;
    }
    let list = lists(audit, None)?;
    let (runs, acts, people) = list.counts();
    let verdicts: Vec<String> = years
        .iter()
        .map(|year| {
            format!("■ {}\n{}", year.dir.file_name().unwrap_or_default().display(), year.report.render_ja())
        })
        .collect();
    let mut put = |name: &str, bytes: &[u8]| put_file(&mut zip, name, bytes, 0o644);
    put("判定.txt", verdicts.join("\n").as_bytes())?;
    put("判定.json", office::json(&years).to_string().as_bytes())?;
    put("一覧.xlsx", &list.workbook()?)?;
    put("はじめに.txt", introduction(extras, &years, (runs, acts, people)).as_bytes())?;
    if let Some(policy) = &extras.policy {
        put("policy", policy)?;
    }
    if let Some(verifier) = &extras.verifier {
        put_file(&mut zip, "shoki-verify", &std::fs::read(verifier)?, 0o755)?;
    }
    zip.finish()?;
    Ok(years)
}

fn put_file(
    zip: &mut ZipWriter<impl Write + Seek>,
    name: &str,
    bytes: &[u8],
    mode: u32,
) -> Result<(), BundleError> {
    zip.start_file(name, SimpleFileOptions::default().unix_permissions(mode))?;
    zip.write_all(bytes)?;
    Ok(())
}

/// Puts every file of a folder in, in a fixed order, none of them whole into memory.
fn put_folder(zip: &mut ZipWriter<impl Write + Seek>, dir: &Path, prefix: &str) -> Result<(), BundleError> {
    let mut inside = dir.read_dir()?.collect::<Result<Vec<_>, _>>()?;
    inside.sort_by_key(std::fs::DirEntry::file_name);
    for entry in inside {
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            put_folder(zip, &entry.path(), &name)?;
        } else if entry.file_type()?.is_file() {
            zip.start_file(&name, SimpleFileOptions::default().unix_permissions(0o444).large_file(true))?;
            io::copy(&mut File::open(entry.path())?, zip)?;
        }
    }
    Ok(())
}

/// What the logs in `audit` tell of a time, or of all.
///
/// # Errors
/// When a file cannot be read.
pub fn lists(audit: &Path, time: Option<&Range<Timestamp>>) -> io::Result<AuditList> {
    let mut list = AuditList::default();
    let mut years: Vec<PathBuf> = audit.read_dir()?.filter_map(|year| Some(year.ok()?.path())).collect();
    years.sort();
    for year in years {
        read_entries(&year, time, &mut list)?;
    }
    Ok(list)
}

/// Whether the entry was written in that time.
fn is_of(entry: &Entry, time: &Range<Timestamp>) -> bool {
    entry.text("ts").and_then(|ts| ts.parse().ok()).is_some_and(|ts| time.contains(&ts))
}

/// Reads every entry of a year that can be read; those that cannot are the verdict's business.
fn read_entries(dir: &Path, time: Option<&Range<Timestamp>>, list: &mut AuditList) -> io::Result<()> {
    let folder = dir.join(crate::audit::layout::SEGMENT_DIR);
    if !folder.is_dir() {
        return Ok(());
    }
    let mut segments: Vec<PathBuf> = folder.read_dir()?.filter_map(|file| Some(file.ok()?.path())).collect();
    segments.sort();
    for segment in segments {
        let mut reader = BufReader::new(File::open(segment)?);
        let mut line = Vec::new();
        while reader.by_ref().take(1 << 20).read_until(b'\n', &mut line)? > 0 {
            if let Ok(entry) = Entry::parse(line.strip_suffix(b"\n").unwrap_or(&line))
                && time.is_none_or(|time| is_of(&entry, time))
            {
                list.add(&entry);
            }
            line.clear();
        }
    }
    Ok(())
}

fn introduction(extras: &Extras, years: &[office::Year], counts: (usize, usize, usize)) -> String {
    let (runs, acts, people) = counts;
    let entries: u64 = years.iter().map(|year| year.report.entries).sum();
    let verifier = if extras.verifier.is_some() {
        "  shoki-verify  検証プログラム（Linux 用。他のものを必要とせず、通信もしません）\n"
    } else {
        "  （検証プログラム shoki-verify は含まれていません。`sh installer/verify.sh` で作ったものを使ってください）\n"
    };
    format!(
        "{office} 監査記録一式（作成 {made}）\n\n\
         記録 {entries} 件、実行 {runs} 回、職員の操作 {acts} 件、操作した職員 {people} 人\n\
         作成時の判定: {verdict}（判定.txt）\n\n\
         中身\n  audit/        監査記録そのもの（1行が1件の文字のファイル）、確定点（cp）、検証鍵（log.vkey）\n\
         {verifier}  判定.txt      作成時の判定。信じずに、下の手順で確かめてください\n  判定.json     同じ内容を機械で読む形で\n\
         \x20 一覧.xlsx     実行・操作・人の一覧\n\n\
         確かめ方（監査する人の機械で、ネットワークにつながずに行えます）\n\
         \x20 1. このファイルを展開し、そのフォルダーで端末を開きます。\n\
         \x20 2. 運用を始めたときに別に受け取った検証鍵を用意します（この中の log.vkey と同じ行のはずです）。\n\
         \x20 3. 前回の監査や日々の決裁で手元に残した確定点を用意します。\n\
         \x20 4. ./shoki-verify audit --key 受け取った検証鍵 --known 手元の確定点\n\
         \x20 終了コードは 0（立会あり）か 20（整合）なら記録は署名されたときのままです。10〜14 は異常です。\n\n\
         この記録が示さないこと\n\
         \x20 書かれた時点で内容が正しかったこと。最初に外部へ確定点を出すより前のこと。時刻の正しさ（機械の時計によります）。\n",
        office = extras.office,
        made = extras.made,
        verdict = office::worst(years).label(),
    )
}
