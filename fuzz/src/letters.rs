//! The other doors: lists of other systems (CSV), letters, and the archives that come with them.

use shoki::{
    drivers::{
        csv::{Encoding, csv_lines, even},
        mail::{Mail, unpack},
    },
    rules::furusato::read_portal,
};
use std::{collections::BTreeSet, io::Write};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

fn told(error: &impl std::fmt::Display) {
    assert!(!error.to_string().is_ascii(), "not in Japanese: {error}");
}

/// A list, in each encoding and as a portal of furusato tax would send it. All its lines are as long as the first.
///
/// # Panics
/// When a promise is broken.
pub fn list(bytes: &[u8]) {
    for encoding in [Encoding::Cp932, Encoding::Utf8, Encoding::Utf8Bom] {
        let read = csv_lines(encoding, bytes);
        if let Ok(lines) = &read {
            assert!(lines.windows(2).all(|two| two[0].0 < two[1].0), "lines are numbered upwards");
            match read_portal(lines.clone(), &BTreeSet::from(["子育て".to_owned()])) {
                Ok(portal) => assert!(portal.donations.len() <= portal.lines),
                Err(error) => told(&error),
            }
        }
        match read.and_then(even) {
            Ok(lines) => assert!(lines.iter().all(|line| line.len() == lines[0].len())),
            Err(error) => told(&error),
        }
    }
}

/// A letter, and an archive: the input itself and what came with the letter. What is unpacked has a name without a way out.
///
/// # Panics
/// When a promise is broken.
pub fn letter(bytes: &[u8]) {
    let letter = Mail::parse(bytes);
    let attached = letter.iter().flat_map(|mail| &mail.attachments).map(|a| a.bytes.as_slice());
    for archive in attached.chain([bytes]) {
        match unpack(archive, &["himitsu".to_owned()]) {
            Ok(files) => {
                assert!(files.iter().all(|f| !f.name.contains(['/', '\\']) && f.name != ".."));
            }
            Err(error) => told(&error),
        }
    }
    assert!(letter.is_none_or(|mail| !mail.id.is_empty()));
}

/// Lists to begin with.
#[must_use]
pub fn list_seeds() -> Vec<Vec<u8>> {
    let texts = [
        "受付番号,入金日,寄附者氏名,寄附金額,使い道\r\n1001,2026/11/01,\"髙橋\r\n花子\",\"10,000\",子育て\r\n=\"0123\",,山田,5000,その他\r\n",
        "番号,氏名\n001,\"山田 \"\"太郎\"\"\"\n002,\n",
    ];
    let sjis = |text: &str| encoding_rs::SHIFT_JIS.encode(text).0.into_owned();
    texts.iter().flat_map(|text| [text.as_bytes().to_vec(), sjis(text)]).collect()
}

/// Letters and archives to begin with.
///
/// # Panics
/// Never: an archive in memory can be written.
#[must_use]
pub fn letter_seeds() -> Vec<Vec<u8>> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, method) in [("名簿.csv", CompressionMethod::Deflated), ("a/b.txt", CompressionMethod::Stored)]
    {
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(name, options).expect("an archive in memory can be written");
        zip.write_all("番号,氏名\r\n1,山田\r\n".as_bytes()).expect("an archive in memory can be written");
    }
    let zip = zip.finish().expect("an archive in memory can be written").into_inner();
    let head = "From: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <yamada@city.example>\r\nMessage-ID: <1@city.example>\r\nSubject: =?UTF-8?B?5ZCN57C/?=\r\nDate: Mon, 9 Nov 2026 23:10:00 +0900\r\nMIME-Version: 1.0\r\n";
    let plain = format!("{head}Content-Type: text/plain; charset=shift_jis\r\n\r\nabc\r\n");
    let parts = format!(
        "{head}Content-Type: multipart/mixed; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5ZCN57C/\r\n--x\r\nContent-Type: application/zip; name=\"=?UTF-8?B?5ZCN57C/?=.zip\"\r\nContent-Disposition: attachment; filename*=UTF-8''%E5%90%8D.zip\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    );
    let whole = [parts.as_bytes(), &zip, b"\r\n--x--\r\n"].concat();
    vec![zip, plain.into_bytes(), whole]
}
