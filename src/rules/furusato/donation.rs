//! Canonical donations out of what portals deliver.

use super::{OneStop, Withdrawn, words::Standing};
use crate::text::{PostalCode, contact, kana, money, parse_date, width};
use jiff::civil::Date;
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
};

/// One donation. Names and addresses are kept as they were written.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Donation {
    /// The portal's number.
    #[serde(rename = "受付番号")]
    pub number: String,
    /// The day of the application.
    #[serde(rename = "申込日")]
    pub applied: Option<Date>,
    /// The day of payment; none: not confirmed.
    #[serde(rename = "入金日")]
    pub paid: Option<Date>,
    /// The donor's name.
    #[serde(rename = "寄附者氏名")]
    pub name: String,
    /// Its reading in katakana.
    #[serde(rename = "フリガナ")]
    pub furigana: String,
    /// Seven digits, or as written where it is none.
    #[serde(rename = "郵便番号")]
    pub postal_code: String,
    /// The whole address.
    #[serde(rename = "住所")]
    pub address: String,
    /// As written, with its leading zero.
    #[serde(rename = "電話番号")]
    pub phone: String,
    /// The address of mail.
    #[serde(rename = "メール")]
    pub email: String,
    /// Yen.
    #[serde(rename = "寄附金額")]
    pub yen: i64,
    /// The gift's code.
    #[serde(rename = "返礼品コード")]
    pub gift: String,
    /// What it is for.
    #[serde(rename = "使い道")]
    pub purpose: String,
    /// The donor's message.
    #[serde(rename = "応援メッセージ")]
    pub message: String,
    /// One-stop.
    #[serde(rename = "ワンストップ")]
    pub one_stop: OneStop,
    /// Whether a certificate may be issued: only after payment.
    #[serde(rename = "受領証明書")]
    pub certificate: bool,
}

/// Masks the donor.
impl fmt::Debug for Donation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Donation({}, {} yen)", self.number, self.yen)
    }
}

/// Something about one line; never with a name or an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The line of the file, from 1.
    #[serde(rename = "行")]
    pub line: usize,
    /// The donation's number, where it has one.
    #[serde(rename = "受付番号")]
    pub number: String,
    /// What, in Japanese.
    #[serde(rename = "内容")]
    pub what: String,
}

/// What a file gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Portal {
    /// The lines below the titles, empty ones aside.
    pub lines: usize,
    /// The good donations, in the order of the file.
    pub donations: Vec<Donation>,
    /// Lines that are no donation: a person must look.
    pub faults: Vec<Note>,
    /// Lines that were mended or left out.
    pub notes: Vec<Note>,
    /// Donations that were withdrawn or paid back: none of them is among the good ones, and what earlier files say of them
    /// counts no more.
    pub withdrawn: Vec<Withdrawn>,
    /// Purposes that the master does not have; nobody but a person adds them.
    pub unknown_purposes: BTreeSet<String>,
}

/// Why a list is no portal's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortalFault {
    /// Nothing in it.
    #[error("中身がありません")]
    Empty,
    /// A title that must be there.
    #[error("見出し「{0}」がありません。ポータルの様式が変わっていないか確かめてください")]
    NoColumn(&'static str),
}

/// Our names and the titles under which portals have them.
const TITLES: &[(&str, &[&str])] = &[
    ("受付番号", &["受付番号", "寄附番号", "寄付番号", "申込番号", "受注番号"]),
    ("申込日", &["申込日時", "申込日", "寄附申込日", "寄付申込日"]),
    ("入金日", &["入金日", "決済日", "納付日", "入金確認日"]),
    ("氏名", &["寄附者氏名", "寄付者氏名", "氏名", "お名前"]),
    ("姓", &["寄附者氏名(姓)", "寄附者氏名姓", "姓", "氏"]),
    ("名", &["寄附者氏名(名)", "寄附者氏名名", "名"]),
    ("フリガナ", &["フリガナ", "寄附者フリガナ", "カナ", "ふりがな"]),
    ("郵便番号", &["郵便番号", "寄附者郵便番号"]),
    ("都道府県", &["都道府県"]),
    ("市区町村", &["市区町村", "市町村"]),
    ("番地", &["番地", "町名番地", "住所1"]),
    ("建物", &["建物", "建物名", "住所2", "方書"]),
    ("住所", &["住所", "寄附者住所"]),
    ("電話番号", &["電話番号", "寄附者電話番号", "TEL"]),
    ("メール", &["メール", "メールアドレス", "E-mail"]),
    ("寄附金額", &["寄附金額", "寄付金額", "金額"]),
    ("返礼品コード", &["返礼品コード", "商品コード"]),
    ("使い道", &["使い道", "寄附金の使い道", "寄付金の使い道"]),
    ("応援メッセージ", &["応援メッセージ", "メッセージ"]),
    ("状態", &["ステータス", "状態"]),
    ("申込状況", &["申込状況", "寄附状況", "寄付状況", "申込ステータス"]),
    ("決済状況", &["決済状況", "決済ステータス", "入金状況", "支払状況"]),
    ("ワンストップ", &["ワンストップ希望", "ワンストップ特例", "ワンストップ特例申請", "ワンストップ"]),
];

/// Reads the lines of a portal's file, each with its number. `purposes` is the master of 使い道; empty: everything is known. A
/// purpose that is not in it stops its line and is listed.
///
/// # Errors
/// When the file as a whole is no portal's.
pub fn read_portal(
    mut lines: Vec<(usize, Vec<String>)>,
    purposes: &BTreeSet<String>,
) -> Result<Portal, PortalFault> {
    lines.iter_mut().flat_map(|(_, values)| values).for_each(tidied);
    lines.retain(|(_, values)| values.iter().any(|value| !value.is_empty()));
    let ((_, titles), rows) = lines.split_first().ok_or(PortalFault::Empty)?;
    let columns = columns(titles)?;
    let mut portal = Portal { lines: rows.len(), ..Portal::default() };
    let mut seen = HashMap::new();
    for (line, row) in rows {
        let row =
            Given { cells: row, columns: &columns, line: *line, width: titles.len(), notes: Vec::new() };
        portal.take(row, purposes, &mut seen);
    }
    let gone: HashSet<&str> = portal.withdrawn.iter().map(|w| w.number.as_str()).collect();
    portal.donations.retain(|d| !gone.contains(d.number.as_str()));
    Ok(portal)
}

/// Takes the spaces around a value away, and lets its lines end in one way.
fn tidied(value: &mut String) {
    if value.contains('\r') {
        *value = value.replace("\r\n", "\n").replace('\r', "\n");
    }
    if value.trim().len() < value.len() {
        *value = value.trim().to_owned();
    }
}

/// Where each of our columns is.
fn columns(titles: &[String]) -> Result<BTreeMap<&'static str, usize>, PortalFault> {
    let key = |t: &str| width::remove_spaces(&width::fold_width(t));
    let there: Vec<_> = titles.iter().map(|t| key(t)).collect();
    let place = |(ours, names): &(&'static str, &[&str])| {
        let at = names.iter().find_map(|n| there.iter().position(|t| *t == key(n)))?;
        Some((*ours, at))
    };
    let found: BTreeMap<_, _> = TITLES.iter().filter_map(place).collect();
    let has = |name: &str| found.contains_key(name);
    let missing = ["受付番号", "寄附金額", "入金日"].into_iter().find(|n| !has(n));
    match missing.or((!has("氏名") && !has("姓")).then_some("寄附者氏名")) {
        Some(name) => Err(PortalFault::NoColumn(name)),
        None => Ok(found),
    }
}

/// What stands for a character that somebody on the way could not hold, and the user-defined area (外字), which each city
/// fills in its own way.
fn garbled(text: &str) -> bool {
    text.contains("&#")
        || text.contains(|c| matches!(c, '?' | '？' | '〓' | '\u{fffd}' | '\u{e000}'..='\u{f8ff}'))
}

const GARBLED: &str = "文字化け（?、〓、&#…;）か外字があります。ポータルの画面で文字を確かめてください";

const WITHDRAWN: &str = "取り消しか返金、または決済が成り立たなかった寄附です。職員が扱いを決めてください";

const UNCLEAR: &str = "状態（ステータス）の言葉から、有効な寄附かどうかを決められません。ポータルの画面で確かめ、「入金済」か「キャンセル」に直してください";

const NO_WISH: &str = "ワンストップの希望を読めません。ポータルの画面で確かめ、「希望する」「オンライン」「希望しない」のどれかに直してください";

/// Whether nothing has been paid yet, in the words of the portals.
fn not_yet(written: &str) -> bool {
    let bare = width::remove_spaces(&width::fold_width(written));
    bare.chars().all(width::is_dash) || bare.starts_with('未') || bare.starts_with("0000")
}

struct Given<'a> {
    cells: &'a [String],
    columns: &'a BTreeMap<&'static str, usize>,
    line: usize,
    width: usize,
    notes: Vec<String>,
}

impl Portal {
    fn take<'a>(
        &mut self,
        mut row: Given<'a>,
        purposes: &BTreeSet<String>,
        seen: &mut HashMap<String, &'a [String]>,
    ) {
        let number = row.text("受付番号").to_owned();
        let withdrawn = row.withdrawn() && !number.is_empty();
        if withdrawn {
            self.withdrawn.push(Withdrawn { number: number.clone(), name: row.written_name() });
        }
        let note = |what: String| Note { line: row.line, number: number.clone(), what };
        if let Some(before) = seen.get(&number).filter(|_| !number.is_empty()) {
            if *before == row.cells {
                self.notes.push(note("同じ行が二度あります。先の行だけを使いました".to_owned()));
            } else {
                let what = if withdrawn {
                    WITHDRAWN
                } else {
                    "同じ受付番号で中身の違う行があります"
                };
                self.faults.push(note(what.to_owned()));
            }
            return;
        }
        seen.insert(number.clone(), row.cells);
        let line = row.line;
        match row.donation() {
            Ok(donation) if !purposes.is_empty() && !purposes.contains(&donation.purpose) => {
                let what = "使い道がマスターにありません。職員がマスターを確かめてください".to_owned();
                self.faults.push(Note { line, number: number.clone(), what });
                self.unknown_purposes.insert(donation.purpose);
            }
            Ok(donation) => {
                if !donation.certificate {
                    row.notes.push("入金が確認できないため、受領証明書は発行できません".to_owned());
                }
                self.donations.push(donation);
            }
            Err(what) => self.faults.push(Note { line, number: number.clone(), what }),
        }
        self.notes.extend(row.notes.into_iter().map(|what| Note { line, number: number.clone(), what }));
    }
}

impl Given<'_> {
    fn text(&self, name: &str) -> &str {
        self.columns.get(name).and_then(|at| self.cells.get(*at)).map_or("", String::as_str)
    }

    /// Whether it has not the columns of its titles.
    fn misshapen(&self) -> bool {
        let extra = self.cells.get(self.width..).unwrap_or_default();
        self.cells.len() < self.width || extra.iter().any(|c| !c.is_empty())
    }

    fn withdrawn(&self) -> bool {
        !self.misshapen() && self.standing() == Standing::Gone
    }

    /// A portal may have several columns of state; the worst counts.
    fn standing(&self) -> Standing {
        let of = |name: &str| Standing::read(self.text(name));
        of("状態").max(of("申込状況")).max(of("決済状況"))
    }

    fn donation(&mut self) -> Result<Donation, String> {
        if self.misshapen() {
            return Err(format!(
                "列の数が違います（見出しは{}列、この行は{}列）",
                self.width,
                self.cells.len()
            ));
        }
        let number = self.text("受付番号").to_owned();
        if number.is_empty() {
            return Err("受付番号がありません".to_owned());
        }
        match self.standing() {
            Standing::Gone => return Err(WITHDRAWN.to_owned()),
            Standing::Unclear => return Err(UNCLEAR.to_owned()),
            Standing::Stands => {}
        }
        let yen = money::parse_yen(self.text("寄附金額")).ok().filter(|yen| *yen > 0);
        let yen = yen.ok_or("寄附金額を読めないか、0円以下です")?;
        let (applied, paid) = (self.day("申込日")?, self.day("入金日")?);
        let (name, address) = (self.name()?, self.address());
        if garbled(&address) {
            return Err(format!("住所に{GARBLED}"));
        }
        let (postal_code, phone) = (self.postal_code(), self.phone());
        Ok(Donation {
            number,
            applied,
            paid,
            name,
            furigana: kana::to_katakana(&width::kana_to_fullwidth(self.text("フリガナ"))),
            postal_code,
            address,
            phone,
            email: self.text("メール").to_owned(),
            yen,
            gift: self.text("返礼品コード").to_owned(),
            purpose: self.text("使い道").to_owned(),
            message: self.text("応援メッセージ").to_owned(),
            one_stop: OneStop::read(self.text("ワンストップ")).ok_or(NO_WISH)?,
            certificate: paid.is_some(),
        })
    }

    fn written_name(&self) -> String {
        let whole = self.text("氏名");
        if whole.is_empty() {
            format!("{} {}", self.text("姓"), self.text("名")).trim().to_owned()
        } else {
            whole.to_owned()
        }
    }

    fn name(&self) -> Result<String, String> {
        let name = self.written_name();
        match name.as_str() {
            "" => Err("寄附者氏名がありません".to_owned()),
            n if garbled(n) => Err(format!("氏名に{GARBLED}")),
            _ => Ok(name),
        }
    }

    /// A day, with or without a time behind it; none where nothing is written.
    fn day(&self, name: &str) -> Result<Option<Date>, String> {
        let written = self.text(name);
        if not_yet(written) {
            return Ok(None);
        }
        let day = written.split([' ', 'T', '　']).next().unwrap_or_default();
        let read = parse_date(day).ok().and_then(|d| d.plain_date());
        read.map(Some).ok_or_else(|| format!("{name}を日付として読めないか、ない日です"))
    }

    /// Seven digits; a zero that a spreadsheet took away is put back.
    fn postal_code(&mut self) -> String {
        let written = width::fold_width(self.text("郵便番号"));
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        if digits.len() == 6 && !written.contains('-') {
            self.notes.push("郵便番号の先頭の0が消えていたので補いました".to_owned());
            return format!("0{digits}");
        }
        PostalCode::parse(&written).map_or(written, |code| code.digits().to_owned())
    }

    fn phone(&mut self) -> String {
        let written = width::fold_width(self.text("電話番号"));
        let lost = matches!(written.len(), 9 | 10)
            && !written.starts_with('0')
            && written.bytes().all(|b| b.is_ascii_digit());
        if lost {
            self.notes.push("電話番号の先頭の0が消えていたので補いました".to_owned());
            return format!("0{written}");
        }
        if !written.is_empty() && contact::Phone::parse(&written).is_err() {
            self.notes.push("電話番号の形が違います".to_owned());
        }
        written
    }

    fn address(&self) -> String {
        let whole = self.text("住所");
        if !whole.is_empty() && self.text("市区町村").is_empty() {
            return whole.to_owned();
        }
        let parts = ["都道府県", "市区町村", "番地"].map(|n| self.text(n)).concat();
        [parts.as_str(), self.text("建物")]
            .into_iter()
            .filter(|p| !p.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::{
        drivers::csv::{Encoding, csv_lines},
        text::cp932,
    };

    const HEAD: &str = "寄附番号,申込日時,入金日,寄附者氏名（姓）,寄附者氏名（名）,フリガナ,郵便番号,都道府県,市区町村,番地,建物,電話番号,寄附金額,使い道,応援メッセージ,ワンストップ希望\r\n";

    fn file(lines: &str) -> Vec<u8> {
        cp932::encode(&cp932::fold_to_cp932(&format!("{HEAD}{lines}"))).unwrap()
    }

    fn portal(bytes: &[u8], purposes: &BTreeSet<String>) -> Result<Portal, PortalFault> {
        read_portal(csv_lines(Encoding::Cp932, bytes).unwrap(), purposes)
    }

    fn read(lines: &str) -> Portal {
        portal(&file(lines), &BTreeSet::new()).unwrap()
    }

    #[test]
    fn a_donation_with_every_trap() {
        let mut bytes = file(
            "=\"00123\",2025/12/31 23:59,令和8年1月2日,髙橋,一郎,ﾀｶﾊｼ ｲﾁﾛｳ,640941,北海道,札幌市中央区,旭ケ丘５－１,\"A,B 101\",9012345678,\"１０，０００円\",子育て,\"がんばって\r\n\"\"ください\"\"①㈱\",希望する,\r\n",
        );
        bytes.push(0x1a);
        let portal = portal(&bytes, &BTreeSet::new()).unwrap();
        assert_eq!(portal.faults, []);
        let d = &portal.donations[0];
        assert_eq!((d.number.as_str(), d.yen, d.certificate), ("00123", 10_000, true));
        assert_eq!((d.name.as_str(), d.furigana.as_str()), ("髙橋 一郎", "タカハシ イチロウ"));
        assert_eq!((d.postal_code.as_str(), d.phone.as_str()), ("0640941", "09012345678"));
        assert_eq!(d.address, "北海道札幌市中央区旭ケ丘５－１ A,B 101");
        assert_eq!(d.message, "がんばって\n\"ください\"①㈱");
        assert_eq!((d.paid.unwrap().to_string().as_str(), d.one_stop), ("2026-01-02", OneStop::Paper));
        assert_eq!(portal.notes.len(), 2);
        assert_eq!(format!("{d:?}"), "Donation(00123, 10000 yen)");
    }

    #[test]
    fn words_for_not_paid_yet_are_no_mistake() {
        for word in ["", "-", "－", "未入金", "未決済", "0000-00-00", "0000/00/00 00:00:00"] {
            let portal = read(&line("1", word, "山田", "1000", "a"));
            assert_eq!((portal.donations.len(), portal.faults.len()), (1, 0), "{word}");
            assert!(!portal.donations[0].certificate, "{word}: no certificate without payment");
        }
    }

    #[test]
    fn what_the_donor_wants_of_one_stop() {
        let head = "受付番号,入金日,寄附者氏名,寄附金額,ワンストップ希望\r\n";
        for (word, wanted) in [
            ("希望する", OneStop::Paper),
            ("申請する", OneStop::Paper),
            ("1", OneStop::Paper),
            ("書面", OneStop::Paper),
            ("オンライン申請", OneStop::Online),
            ("希望しない", OneStop::No),
            ("不要（確定申告）", OneStop::No),
            ("×", OneStop::No),
            ("－", OneStop::No),
            ("０", OneStop::No),
            ("", OneStop::No),
        ] {
            let text = format!("{head}1,2025-12-02,山田,1000,{word}\r\n");
            let portal = portal(&cp932::encode(&text).unwrap(), &BTreeSet::new()).unwrap();
            assert_eq!(portal.donations[0].one_stop, wanted, "{word}");
        }
    }

    #[test]
    fn a_wish_that_is_left_open_is_for_a_person() {
        let head = "受付番号,入金日,寄附者氏名,寄附金額,ワンストップ希望\r\n";
        let text = format!("{head}1,2025-12-02,山田,1000,未定\r\n2,2025-12-02,山田,1000,希望しません\r\n");
        let portal = portal(&cp932::encode(&text).unwrap(), &BTreeSet::new()).unwrap();
        assert_eq!((portal.donations.len(), portal.donations[0].one_stop), (1, OneStop::No));
        assert_eq!((portal.faults[0].line, portal.faults[0].what.as_str()), (2, NO_WISH));
    }

    #[test]
    fn the_worst_of_several_columns_of_state_counts() {
        let head = "受付番号,入金日,寄附者氏名,寄附金額,ステータス,申込状況,決済状況\r\n";
        for (states, what) in [
            ("発送済,受付,決済完了", None),
            ("発送済,取下げ,決済完了", Some(WITHDRAWN)),
            ("受付,,失敗", Some(WITHDRAWN)),
            ("保留,無効,", Some(WITHDRAWN)),
            ("受付,,チャージバック", Some(WITHDRAWN)),
            ("受付,保留,", Some(UNCLEAR)),
        ] {
            let text = format!("{head}1,2025-12-02,山田 太郎,1000,{states}\r\n");
            let portal = portal(&cp932::encode(&text).unwrap(), &BTreeSet::new()).unwrap();
            assert_eq!(portal.faults.first().map(|f| f.what.as_str()), what, "{states}");
            assert_eq!(portal.donations.is_empty(), what.is_some(), "{states}");
            assert_eq!(portal.withdrawn.len(), usize::from(what == Some(WITHDRAWN)), "{states}");
        }
    }

    #[test]
    fn a_donation_that_was_withdrawn_or_paid_back_is_for_a_person() {
        let head = "受付番号,入金日,寄附者氏名,寄附金額,ステータス\r\n";
        let text =
            format!("{head}1,2025-12-02,山田 太郎,1000,受付\r\n2,2025-12-02,森 昌子,1000,キャンセル済\r\n");
        let portal = portal(&cp932::encode(&text).unwrap(), &BTreeSet::new()).unwrap();
        assert_eq!((portal.donations.len(), portal.faults[0].number.as_str()), (1, "2"));
        assert!(portal.faults[0].what.contains("取り消しか返金"));
    }

    #[test]
    fn a_line_that_withdraws_takes_the_paid_line_of_its_number_away() {
        let head = "受付番号,入金日,寄附者氏名,寄附金額,ステータス\r\n";
        let text =
            format!("{head}1,2025-12-02,山田 太郎,1000,受付\r\n1,2025-12-02,山田 太郎,1000,返金済\r\n");
        let portal = portal(&cp932::encode(&text).unwrap(), &BTreeSet::new()).unwrap();
        assert_eq!((portal.donations.len(), portal.faults.len()), (0, 1));
        assert!(portal.faults[0].what.contains("取り消しか返金"), "{:?}", portal.faults);
        assert_eq!(format!("{:?}", portal.withdrawn), "[Withdrawn(1)]");
    }

    #[test]
    fn a_character_of_the_user_defined_area_is_for_a_person() {
        let mut bytes = file(&line("1", "2025-12-02", "山田", "1000", "a"));
        let at = bytes.windows(2).rposition(|two| two == [0x8e, 0x52]).unwrap();
        bytes.splice(at..at + 2, [0xf0, 0x40]);
        let portal = portal(&bytes, &BTreeSet::new()).unwrap();
        assert!(portal.faults[0].what.contains("外字"), "{:?}", portal.faults);
    }

    fn line(number: &str, paid: &str, name: &str, yen: &str, purpose: &str) -> String {
        format!(
            "{number},2025-12-01,{paid},{name},太郎,ヤマダ,2990000,千葉県,市原市,1,,0436000000,{yen},{purpose},,オンライン\r\n"
        )
    }

    #[test]
    fn what_is_no_donation_is_named_by_line() {
        for (bad, words) in [
            (line("", "2025-12-02", "山田", "1000", "a"), "受付番号がありません"),
            (line("1", "2026-02-30", "山田", "1000", "a"), "入金日を日付として"),
            (line("1", "2025-12-02", "山田", "いくらか", "a"), "寄附金額を"),
            (line("1", "2025-12-02", "山田", "-1000", "a"), "寄附金額を"),
            (line("1", "2025-12-02", "&#134071;田", "1000", "a"), "文字化け"),
            (line("1", "2025-12-02", "?田", "1000", "a"), "文字化け"),
            (line("1", "2025-12-02", "〓田", "1000", "a"), "文字化け"),
            (line("1", "入金済", "山田", "1000", "a"), "入金日を日付として"),
            (line("1", "2025-12-02", "山田", "0", "a"), "0円以下"),
            (line("1", "2025-12-02", "", "1000", "a").replace("太郎", ""), "寄附者氏名がありません"),
            (
                line("1", "2025-12-02", "山田", "1000", "a").replace("市原市,1", "市原市,&#134071;野1"),
                "住所に文字化け",
            ),
            ("1,2\r\n".to_owned(), "列の数が違います"),
        ] {
            let portal = read(&bad);
            assert_eq!(portal.donations, [], "{bad}");
            assert!(
                portal.faults[0].what.contains(words) && portal.faults[0].line == 2,
                "{:?}",
                portal.faults
            );
        }
    }

    #[test]
    fn payment_purpose_and_number_are_watched() {
        let unpaid = read(&line("1", "", "山田", "10000", "a"));
        assert!(
            !unpaid.donations[0].certificate && unpaid.notes[0].what.contains("受領証明書は発行できません")
        );
        let known = BTreeSet::from(["子育て".to_owned()]);
        let two = line("1", "2025-12-02", "山田", "1000", "子育て")
            + line("2", "2025-12-02", "山田", "1000", "新しい道").as_str();
        let portal = portal(&file(&two), &known).unwrap();
        assert_eq!((portal.donations.len(), portal.faults.len()), (1, 1));
        assert_eq!(portal.unknown_purposes, BTreeSet::from(["新しい道".to_owned()]));
        let same = line("1", "2025-12-02", "山田", "10000", "a");
        assert_eq!(read(&(same.clone() + same.as_str())).donations.len(), 1);
        let other = line("1", "2025-12-02", "山田", "20000", "a");
        assert_eq!(
            read(&(same.clone() + other.as_str())).faults[0].what,
            "同じ受付番号で中身の違う行があります"
        );
        let twice = read(&(same + line("2", "2025-12-02", "山田", "10000", "a").as_str()));
        assert_eq!(twice.donations.len(), 2, "two donations of one day are two, by their numbers");
    }

    #[test]
    fn files_that_are_none() {
        let of = |bytes: &[u8]| portal(bytes, &BTreeSet::new()).unwrap_err();
        assert_eq!(of(b""), PortalFault::Empty);
        assert_eq!(of(b"a,b\r\n"), PortalFault::NoColumn("受付番号"));
        assert_eq!(read(""), Portal::default());
    }
}
