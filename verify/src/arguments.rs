//! The command line, by hand: the whole program must stay small enough to be read by whoever has to trust it.

use std::{ffi::OsString, path::PathBuf};

/// What `--help` prints.
pub const USAGE: &str = "\
shoki-verify: 書記の監査記録を、この機械だけで初めから計算し直して確かめます。

使い方:
  shoki-verify フォルダー [--policy ファイル] [--key ファイル]… [--known ファイル]… [--format json] [--hours 時間]
  shoki-verify 記録.tlog-proof --key ファイル

  フォルダー        audit/2026 のような年度のフォルダー、audit、または庁のフォルダー
  --key ファイル    運用を始めたときに受け取った検証鍵(log.vkey)。これがないと、フォルダーの中の鍵を信じます
  --policy ファイル 信じる鍵と立会者を書いた方針(C2SP tlog-policy の形)
  --known ファイル  前に確かめたときや、決裁に添付した確定点。巻き戻しと作り替えを見つけます
  --hours 時間      立会者の署名が何時間より古いと足りないとするか(既定 24)
  --format json     結果を1つの JSON で書きます
  --version, --help

終了コード: 0 立会あり、20 整合、10 改ざん、11 署名不正、12 末尾欠落、13 分岐、14 形式違反、
            1 指定が違う、3 ファイルを読めない";

/// What was asked for.
pub enum Wanted {
    /// `--help`.
    Help,
    /// `--version`.
    Version,
    /// A verification.
    Verify(Arguments),
}

/// What to verify, against what.
#[derive(Default)]
pub struct Arguments {
    /// A folder, or a `.tlog-proof` file.
    pub path: PathBuf,
    /// `--policy`.
    pub policy: Option<PathBuf>,
    /// `--key`, any number of times.
    pub keys: Vec<PathBuf>,
    /// `--known`, any number of times.
    pub known: Vec<PathBuf>,
    /// `--format json`.
    pub json: bool,
    /// `--hours`.
    pub hours: i64,
}

/// Reads the command line; what is wrong with it in Japanese.
pub fn parse(words: Vec<OsString>) -> Result<Wanted, String> {
    let mut arguments = Arguments { hours: 24, ..Arguments::default() };
    let mut words = words.into_iter();
    let mut paths = Vec::new();
    while let Some(word) = words.next() {
        let name = word.to_str().unwrap_or_default();
        let mut value = || words.next().ok_or_else(|| format!("{name} の後に値がありません"));
        match name {
            "--help" | "-h" => return Ok(Wanted::Help),
            "--version" | "-V" => return Ok(Wanted::Version),
            "--policy" if arguments.policy.is_some() => return Err("--policy が2つあります".to_owned()),
            "--policy" => arguments.policy = Some(value()?.into()),
            "--key" => arguments.keys.push(value()?.into()),
            "--known" => arguments.known.push(value()?.into()),
            "--format" => arguments.json = format(&value()?)?,
            "--hours" => arguments.hours = hours(&value()?)?,
            _ if name.starts_with('-') => return Err(format!("{name} という指定はありません")),
            _ => paths.push(PathBuf::from(word)),
        }
    }
    match paths.len() {
        1 => arguments.path = paths.remove(0),
        0 => return Err("確かめるフォルダーを指定してください".to_owned()),
        _ => return Err("フォルダーは1つだけ指定してください".to_owned()),
    }
    Ok(Wanted::Verify(arguments))
}

fn format(value: &OsString) -> Result<bool, String> {
    match value.to_str() {
        Some("json") => Ok(true),
        Some("text") => Ok(false),
        _ => Err("--format は text か json です".to_owned()),
    }
}

fn hours(value: &OsString) -> Result<i64, String> {
    let hours = value.to_str().and_then(|text| text.parse().ok()).filter(|hours| *hours >= 0);
    hours.ok_or_else(|| "--hours は 0 以上の整数です".to_owned())
}
