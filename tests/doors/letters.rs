//! Lists, letters and archives that were made to burst their reader: each is answered soon and with little memory, and the
//! next is read by the same pool. Run with `--nocapture` it prints what each took.

use crate::bombs::{Bomb, bomb, lying, overlapping, packed, pool, took};
use shoki::drivers::{csv::Encoding, readers::ReaderPool};
use std::time::Instant;

/// The largest list that is looked at, in bytes.
const LIST: usize = 100 << 20;
/// The largest letter, in bytes.
const LETTER: usize = 64 << 20;

fn lists() -> Vec<Bomb> {
    let filled = |byte: &str| byte.repeat(LIST / byte.len()).into_bytes();
    vec![
        bomb("commas.csv", 512, "大きすぎ", filled(",")),
        bomb("lines.csv", 512, "大きすぎ", filled("\r\n")),
        bomb("quotes.csv", 512, "引用符が閉じない", vec![b'"'; LIST - 1]),
        bomb("long.csv", 256, "大きすぎ", vec![b'x'; LIST + 1]),
        bomb("other.csv", 512, "UTF-8 のファイル", filled("あ")),
        bomb("half.csv", 512, "読めない文字", [&filled("x")[..LIST - 1], b"\x85"].concat()),
    ]
}

async fn sound(pool: &ReaderPool) {
    let lines = pool.read_list(Encoding::Utf8, b"a,b\n1,2\n".to_vec()).await.unwrap().unwrap();
    assert_eq!(lines.len(), 2, "the next file is read");
}

#[tokio::test]
async fn lists_that_would_burst_their_reader_are_refused_in_time_and_little_memory() {
    let office = tempfile::tempdir().unwrap();
    for bomb in lists() {
        let pool = pool(office.path());
        let begun = Instant::now();
        let read = pool.read_list(Encoding::Cp932, bomb.bytes.clone()).await.unwrap();
        took(&bomb, begun, &pool);
        // What was read, were it read, would be too long to print.
        let refused = read.map(|lines| lines.len()).unwrap_err();
        assert!(refused.to_string().contains(bomb.says), "{}: {refused}", bomb.name);
        sound(&pool).await;
    }
}

/// Letters of the largest size: folded, nested and in pieces as far as that goes.
fn letters() -> Vec<Bomb> {
    let filled = |text: &str| text.repeat(LETTER / text.len());
    let mail = |head: &str, rest: String| format!("Subject: x\r\n{head}\r\n{rest}").into_bytes();
    let level = |n: u32| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
    let nested = (0..20_000).fold(String::new(), |all, n| all + level(n).as_str());
    let many = "Content-Type: multipart/mixed; boundary=b\r\n";
    vec![
        bomb("plain.eml", 512, "", mail("", filled("あいう\r\n"))),
        bomb("headers.eml", 1_536, "", mail(&filled("X-A: b\r\n"), String::new())),
        bomb("folded.eml", 1_024, "", mail(&format!("X-A: b\r\n{}", filled(" c\r\n")), String::new())),
        bomb(
            "addresses.eml",
            1_536,
            "",
            mail(&format!("To: {}\r\n", filled("a@b.example, ")), String::new()),
        ),
        bomb("nested.eml", 512, "", mail(nested.as_str(), String::new())),
        bomb("letters.eml", 512, "", mail("", filled("Content-Type: message/rfc822\r\n\r\n"))),
        bomb(
            "pieces.eml",
            2_048,
            "",
            mail(many, filled("--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n")),
        ),
        bomb(
            "words.eml",
            1_024,
            "",
            mail(&format!("X-A: {}\r\n", filled("=?UTF-8?B?44GC?= ")), String::new()),
        ),
        bomb("html.eml", 1_024, "", mail("Content-Type: text/html\r\n", filled("<p><b>"))),
    ]
}

#[tokio::test]
async fn letters_that_would_burst_their_reader_are_answered_in_time_and_little_memory() {
    let office = tempfile::tempdir().unwrap();
    for bomb in letters() {
        let pool = pool(office.path());
        let begun = Instant::now();
        let read = pool.read_letter(bomb.bytes.clone()).await;
        took(&bomb, begun, &pool);
        assert!(read.is_ok(), "{}: {:?}", bomb.name, read.err());
        sound(&pool).await;
    }
}

#[tokio::test]
async fn archives_that_would_burst_their_reader_are_refused_in_time_and_little_memory() {
    let office = tempfile::tempdir().unwrap();
    let zeros = vec![0; 128 << 20];
    let three = packed([("a.csv", &zeros[..]), ("b.csv", &zeros[..]), ("c.csv", &zeros[..])]);
    let names: Vec<String> = (0..1_001).map(|n| format!("{n}.csv")).collect();
    let bombs = vec![
        bomb("zeros.zip", 640, "大きすぎ", three.clone()),
        bomb("lying.zip", 640, "zip ファイル", lying(three)),
        bomb("many.zip", 256, "大きすぎ", packed(names.iter().map(|name| (name.as_str(), &b""[..])))),
        bomb("none.zip", 256, "zip ファイルとして読めません", b"PK\x05\x06".repeat(1 << 20)),
    ];
    for bomb in bombs {
        let pool = pool(office.path());
        let begun = Instant::now();
        let refused = pool.unpack(bomb.bytes.clone(), &[]).await.unwrap().unwrap_err();
        took(&bomb, begun, &pool);
        assert!(refused.to_string().contains(bomb.says), "{}: {refused}", bomb.name);
        sound(&pool).await;
    }
}

/// What is inside an archive has a name and no place: nothing is unpacked anywhere but into memory, and no archive in it.
#[tokio::test]
async fn an_archive_reaches_no_place_outside_itself() {
    let office = tempfile::tempdir().unwrap();
    let pool = pool(office.path());
    let inner = packed([("inner.csv", &b"1"[..])]);
    let outer = packed([
        ("../../etc/passwd", &b"2"[..]),
        ("C:\\寄附\\一覧.csv", b"3"),
        ("again.zip", inner.as_slice()),
    ]);
    let files = pool.unpack(outer.clone(), &[]).await.unwrap().unwrap();
    let names: Vec<(&str, &[u8])> = files.iter().map(|f| (f.name.as_str(), f.bytes.as_slice())).collect();
    assert_eq!(names, [("passwd", &b"2"[..]), ("一覧.csv", b"3"), ("again.zip", inner.as_slice())]);
    match pool.unpack(overlapping(outer), &[]).await.unwrap() {
        Ok(files) => assert!(files.len() <= 4, "{files:?}"),
        Err(fault) => assert!(fault.to_string().contains("zip ファイル"), "{fault}"),
    }
}
