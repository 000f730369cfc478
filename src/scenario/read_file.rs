//! Reads a file that a person wrote: UTF-8 text of a sensible size, or one clear Problem.

use super::tree::LARGEST;
use crate::{
    problem::{Problem, Source},
    text::cp932,
};
use std::{ops::Range, path::Path};

/// The text of a file.
///
/// # Errors
/// One Problem: it cannot be read, is no text, or too large.
pub fn read_source(path: &Path) -> Result<Source, Problem> {
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

/// The id that a scenario's text says, and where, without reading the whole of it.
#[must_use]
pub fn id_in(text: &str) -> Option<(&str, Range<usize>)> {
    let mut begin = 0;
    let line = text.split_inclusive('\n').find(|line| {
        begin += line.len();
        line.starts_with("id:")
    })?;
    let value = line["id:".len()..].split(" #").next().unwrap_or_default().trim();
    let bare = ['"', '\''].into_iter().find_map(|q| value.strip_prefix(q)?.strip_suffix(q)).unwrap_or(value);
    let start = begin - line.len() + "id:".len() + line["id:".len()..].find(bare).unwrap_or(0);
    (!bare.is_empty()).then(|| (bare, start..start + bare.len()))
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

#[cfg(test)]
mod tests {
    use super::id_in;

    #[test]
    fn an_id_is_found_however_it_is_written() {
        for (text, id) in [
            ("shoki: 1\nid: a\n", Some("a")),
            ("id: \"発送簿\"   # 名前\n", Some("発送簿")),
            ("shoki: 1\r\nid: 'b'\r\n", Some("b")),
            ("steps:\n  - id: c\n", None),
            ("id:\n", None),
        ] {
            assert_eq!(id_in(text).map(|(id, _)| id), id, "{text}");
        }
        let text = "# id\nid: id\n";
        assert_eq!(id_in(text).map(|(_, at)| at), Some(9..11));
    }
}
