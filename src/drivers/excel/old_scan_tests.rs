//! Workbooks of older Excel, made byte by byte: a sound one is read, the others are refused before the library sees them.

use super::{
    CellType, Column, HiddenChoice, TableFault, Wanted, compound::four, guard::Refused,
    old_scan::look_through_old, table_in, workbook,
};
use calamine::{Data, Reader};
use serde_json::json;
use std::time::Instant;

fn entry(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
}

fn bytes<const N: usize>(numbers: [u16; N]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// What stands before the sheets, for `sheets` that all begin at `begin`.
fn front(begin: usize, sheets: usize, words: &[&str]) -> Vec<u8> {
    let mut list = [0; 8].to_vec();
    for word in words {
        list.extend(u16::try_from(word.len()).unwrap_or(0).to_le_bytes());
        list.push(0);
        list.extend(word.as_bytes());
    }
    let mut pieces = list.chunks(8_000);
    let mut stream = entry(0x0809, &bytes([0x0600, 0x0005, 0, 0, 0, 0, 0, 0]));
    for n in 0..sheets {
        let place = u32::try_from(begin).unwrap_or(0).to_le_bytes();
        let name = format!("s{n:04}");
        stream.extend(entry(0x0085, &[&place[..], &[0, 0, 5, 0], name.as_bytes()].concat()));
    }
    stream.extend(entry(0x00FC, pieces.next().unwrap_or_default()));
    // A word that goes on in another piece says anew how wide its letters are.
    stream.extend(pieces.flat_map(|piece| entry(0x003C, &[&[0], piece].concat())));
    [stream, entry(0x000A, &[])].concat()
}

/// The stream of a workbook with `sheets` that are all the same one.
fn stream(sheets: usize, words: &[&str], cells: &[u8]) -> Vec<u8> {
    let begin = front(0, sheets, words).len();
    let sheet =
        [entry(0x0809, &bytes([0x0600, 0x0010, 0, 0, 0, 0, 0, 0])), cells.to_vec(), entry(0x000A, &[])];
    [front(begin, sheets, words), sheet.concat()].concat()
}

/// A compound file with that stream. `turn` changes the table of what follows what.
fn compound(stream: &[u8], turn: impl Fn(&mut Vec<u32>)) -> Vec<u8> {
    let length = stream.len().max(4_096);
    let count = length.div_ceil(512);
    let tables = (count + 200).div_ceil(128);
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut next = vec![0xFFFF_FFFD; tables];
    next.push(0xFFFF_FFFE);
    next.extend((tables + 2..=tables + count).map(number));
    next.push(0xFFFF_FFFE);
    next.resize(tables * 128, u32::MAX);
    turn(&mut next);
    let mut header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    header.resize(512, 0);
    for (at, value) in [(26, 3), (28, 0xFFFE), (30, 9), (32, 6)] {
        header[at..at + 2].copy_from_slice(&u16::to_le_bytes(value));
    }
    for (at, value) in
        [(44, number(tables)), (48, number(tables)), (60, 0xFFFF_FFFE), (64, 0), (68, 0xFFFF_FFFE)]
    {
        header[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    header[76..].fill(0xFF);
    for (n, place) in header[76..].as_chunks_mut::<4>().0.iter_mut().enumerate().take(tables) {
        *place = number(n).to_le_bytes();
    }
    let named = |name: &str, start: u32, length: usize| {
        let mut line: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        line.resize(128, 0);
        line[116..120].copy_from_slice(&start.to_le_bytes());
        line[120..124].copy_from_slice(&number(length).to_le_bytes());
        line
    };
    let mut list = named("Root Entry", 0xFFFF_FFFE, 0);
    list.extend(named("Workbook", number(tables + 1), length));
    list.resize(512, 0);
    let mut body = stream.to_vec();
    body.resize(count * 512, 0);
    let next: Vec<u8> = next.iter().flat_map(|n| n.to_le_bytes()).collect();
    [header, next, list, body].concat()
}

fn whole(stream: &[u8]) -> Vec<u8> {
    compound(stream, |_| ())
}

fn number(row: u16, column: u16) -> Vec<u8> {
    entry(0x0203, &[bytes([row, column, 0]), 7f64.to_le_bytes().to_vec()].concat())
}

fn word(row: u16, column: u16, word: u16) -> Vec<u8> {
    entry(0x00FD, &bytes([row, column, 0, word, 0]))
}

fn size(rows: u32, columns: u16) -> Vec<u8> {
    let columns = bytes([0, columns, 0]);
    entry(0x0200, &[&0u32.to_le_bytes()[..], &rows.to_le_bytes(), &columns].concat())
}

#[test]
fn a_sound_workbook_of_older_excel_is_read() {
    let long = "x".repeat(9_000);
    let cells = [size(2, 3), word(0, 0, 0), word(0, 1, 1), number(1, 2)].concat();
    let file = whole(&stream(1, &["name", &long], &cells));
    let mut book = workbook(file, "a.xls").unwrap_or_else(|e| panic!("{e}")).book;
    let range = book.worksheet_range("s0000").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(range.get_value((0, 0)), Some(&Data::String("name".to_owned())));
    assert_eq!(range.get_value((0, 1)), Some(&Data::String(long)));
    assert_eq!(range.get_value((1, 2)), Some(&Data::Float(7.0)));
}

#[test]
fn lines_of_older_excel_share_the_words_of_a_merged_cell_too() {
    let words = ["section", "name", "general", "Yamada", "Mori"];
    let cells = [word(0, 0, 0), word(0, 1, 1), word(1, 0, 2), word(1, 1, 3), word(2, 1, 4)].concat();
    let merged = entry(0x00E5, &bytes([1, 1, 2, 0, 0]));
    let file = whole(&stream(1, &words, &[size(3, 2), cells, merged].concat()));
    let columns = ["section", "name"].map(|title| Column { title: title.to_owned(), ..Column::default() });
    let wanted = Wanted { header: 1, columns: columns.to_vec(), ..Wanted::default() };
    let opened = workbook(file, "a.xls").unwrap_or_else(|e| panic!("{e}"));
    let table = table_in(opened, "a.xls", &wanted).unwrap_or_else(|e| panic!("{e}"));
    let line = |name: &str| json!({"section": "general", "name": name});
    assert_eq!(json!(table.rows), json!([line("Yamada"), line("Mori")]));
}

/// The stream with so many more bytes before its one sheet, behind its first entry.
fn with_formats(stream: &[u8], formats: &[u8]) -> Vec<u8> {
    let (first, rest) = stream.split_at(20);
    let mut rest = rest.to_vec();
    let begin = four(&rest, 4).unwrap_or(0) + u32::try_from(formats.len()).unwrap_or(0);
    rest[4..8].copy_from_slice(&begin.to_le_bytes());
    [first, formats, &rest].concat()
}

#[test]
fn zeros_that_only_the_format_shows_are_read_as_text_from_older_excel_too() {
    let format = |id: u16, code: &str| {
        let length = u16::try_from(code.len()).unwrap_or(0);
        entry(0x041E, &[&bytes([id, length])[..], &[0], code.as_bytes()].concat())
    };
    let style = |format: u16| entry(0x00E0, &bytes([0, format, 0, 0, 0, 0, 0, 0, 0, 0]));
    let post = "[<=999]000;[<=9999]000\\-00;000\\-0000";
    let formats = [format(164, "0000"), format(165, post), style(0), style(164), style(165)].concat();
    let float = |column: u16, style: u16, value: f64| {
        entry(0x0203, &[bytes([1, column, style]), value.to_le_bytes().to_vec()].concat())
    };
    // Short whole numbers stand in the upper thirty bits.
    let short = |value: u32| ((value << 2) | 2).to_le_bytes();
    let one = entry(0x027E, &[&bytes([1, 1, 2])[..], &short(600_001)].concat());
    let two = [&bytes([1, 2, 1])[..], &short(101), &bytes([0]), &short(101), &bytes([3])].concat();
    let words = ["code", "zip", "amount", "plain"];
    let titles = (0..4).flat_map(|n| word(0, n, n)).collect::<Vec<_>>();
    let cells = [size(2, 4), titles, float(0, 1, 101.0), one, entry(0x00BD, &two)].concat();
    let file = whole(&with_formats(&stream(1, &words, &cells), &formats));
    let column = |title: &str| {
        let kind = if title == "amount" { CellType::Integer } else { CellType::Text };
        Column { title: title.to_owned(), kind, ..Column::default() }
    };
    let wanted = Wanted { header: 1, columns: words.map(column).to_vec(), ..Wanted::default() };
    let opened = workbook(file, "a.xls").unwrap_or_else(|e| panic!("{e}"));
    let table = table_in(opened, "a.xls", &wanted).unwrap_or_else(|e| panic!("{e}"));
    let line = json!({"code": "0101", "zip": "060-0001", "amount": 101, "plain": "101"});
    assert_eq!(json!(table.rows), json!([line]));
}

#[test]
fn a_row_that_older_excel_hides_is_not_read_in_silence() {
    let row = |row: u16, bits: u16| entry(0x0208, &bytes([row, 0, 1, 300, 0, 0, bits, 0]));
    let rows = [row(0, 0x0100), row(1, 0x0120), row(2, 0x0100)].concat();
    let cells = [size(3, 1), rows, word(0, 0, 0), word(1, 0, 1), word(2, 0, 2)].concat();
    let file = whole(&stream(1, &["name", "Yamada", "Mori"], &cells));
    let read = |hidden| {
        let column = Column { title: "name".to_owned(), ..Column::default() };
        let wanted = Wanted { header: 1, columns: vec![column], hidden, ..Wanted::default() };
        let opened = workbook(file.clone(), "a.xls").unwrap_or_else(|e| panic!("{e}"));
        table_in(opened, "a.xls", &wanted).map(|table| json!(table.rows))
    };
    assert_eq!(read(None), Err(TableFault::Hidden { sheet: "s0000".to_owned(), rows: 1 }));
    assert_eq!(read(Some(HiddenChoice::Skip)), Ok(json!([{"name": "Mori"}])));
    assert_eq!(read(Some(HiddenChoice::Read)), Ok(json!([{"name": "Yamada"}, {"name": "Mori"}])));
}

#[test]
fn a_workbook_of_older_excel_that_would_burst_is_refused_at_once() {
    let long = "x".repeat(32_000);
    let many = |cells: &dyn Fn(u16) -> Vec<u8>| (0..10_000).flat_map(cells).collect::<Vec<u8>>();
    let empty_label = |row: u16| entry(0x0204, &[bytes([row, 0, 0, u16::MAX]), vec![0]].concat());
    let cases: [(&str, Vec<u8>); 6] = [
        ("far", stream(1, &[], &[number(0, 0), number(u16::MAX, 255)].concat())),
        ("size", stream(1, &[], &size(u32::MAX, u16::MAX))),
        ("words", stream(1, &[&long], &many(&|row| word(row, 0, 0)))),
        ("letters that are not there", stream(1, &[], &many(&empty_label))),
        ("one sheet many times", stream(2_000, &[], &many(&|row| number(row, 0)))),
        ("cut", stream(1, &[], &[0x03, 0x02, 0xFF, 0x7F, 0])),
    ];
    for (what, stream) in cases {
        let file = whole(&stream);
        let begun = Instant::now();
        let found = look_through_old(&file);
        assert!(begun.elapsed().as_millis() < 2_000, "{what}: {:?}", begun.elapsed());
        let fits = match what {
            "far" => matches!(found, Err(Refused::TooWide(16_777_216))),
            "words" | "letters that are not there" => matches!(found, Err(Refused::TooLarge(_))),
            _ => found == Err(Refused::Broken),
        };
        assert!(fits, "{what}: {found:?}");
    }
}

#[test]
fn chains_that_lead_in_a_circle_are_refused_at_once() {
    let sound = stream(1, &["name"], &number(0, 0));
    let list_again = compound(&sound, |next| next[2] = 2);
    let mut body_again = compound(&sound, |next| next[5] = 3);
    let length = 512 * 3 + 128 + 120;
    body_again[length..length + 4].copy_from_slice(&u32::to_le_bytes(i32::MAX.unsigned_abs()));
    let nowhere = compound(&sound, |next| next[4] = 100_000);
    let mut tables_again = compound(&sound, |next| next[127] = 0);
    tables_again[68..72].copy_from_slice(&0u32.to_le_bytes());
    for (n, file) in [list_again, body_again, nowhere, tables_again].into_iter().enumerate() {
        assert_eq!(look_through_old(&file), Err(Refused::Broken), "{n}");
    }
    assert_eq!(look_through_old(&whole(&sound)), Ok(()));
}
