//! Reads a file that a person wrote: UTF-8 text of a sensible size, or one clear Problem.

use super::tree::LARGEST;
use crate::{
    problem::{Problem, Source},
    text::cp932,
};
use std::path::Path;

/// The text of a file.
pub(super) fn read_source(path: &Path) -> Result<Source, Problem> {
    let refuse = |message: &str, help: &str| Problem::of_file("SHK0123", path, message).with_help(help);
    let facts =
        std::fs::metadata(path).map_err(|e| refuse(&unreadable(&e), "ファイルの名前と場所を確かめます"))?;
    if facts.is_dir() {
        return Err(refuse(
            "フォルダーです。ファイルを指定します",
            "フォルダーの中の .yaml ファイルを指定します",
        ));
    }
    if !facts.is_file() {
        return Err(refuse("普通のファイルではありません", ".yaml ファイルを指定します"));
    }
    if facts.len() > LARGEST as u64 {
        return Err(refuse("ファイルが大きすぎます（1 MiB まで）", "指定したファイルが正しいか確かめます"));
    }
    let bytes = std::fs::read(path).map_err(|e| refuse(&unreadable(&e), "ファイルの権限を確かめます"))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(path, text)),
        Err(error) => {
            let (what, help) = not_utf8(error.as_bytes());
            Err(refuse(what, &help.replace("ファイル", &path.display().to_string())))
        }
    }
}

/// Why a file cannot be opened.
fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "ファイルがありません".to_owned(),
        std::io::ErrorKind::PermissionDenied => "ファイルを読む権限がありません".to_owned(),
        _ => "ファイルを読めません".to_owned(),
    }
}

/// What bytes that are not UTF-8 probably are.
fn not_utf8(bytes: &[u8]) -> (&'static str, &'static str) {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let help = "メモ帳などで開き、文字コードを UTF-8 にして保存し直します";
        return ("文字コードが UTF-16 です（UTF-8 だけを読めます）", help);
    }
    if bytes.contains(&0) || cp932::decode(bytes).is_err() {
        return ("テキストファイルではありません", "指定したファイルが正しいか確かめます");
    }
    let help = "`shoki lint --to-utf8 ファイル` で UTF-8 に直せます（元のファイルは .bak として残ります）";
    ("文字コードが UTF-8 ではありません（Shift_JIS のようです）", help)
}
