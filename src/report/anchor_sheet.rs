//! The sheet that takes a checkpoint out of the machine: attached to the daily approval, it cannot be changed on a disk.

use super::paper::{Font, Sheet};
use qrcodegen::{QrCode, QrCodeEcc};

/// What the sheet shows.
#[derive(Debug, Clone)]
pub struct AnchorFacts {
    /// The office's name.
    pub office: String,
    /// The name of the log.
    pub origin: String,
    /// The fiscal year.
    pub fy: i16,
    /// How many entries.
    pub size: u64,
    /// Their root, base64.
    pub root: String,
    /// When the sheet was printed, as people write it.
    pub printed: String,
    /// The whole signed note.
    pub note: String,
}

/// Left edge of everything, in mm.
const LEFT: f64 = 20.0;
/// Side of the QR code with its quiet zone, in mm.
const QR: f64 = 70.0;
/// Characters of Courier per line of the note.
const WIDE: usize = 84;

/// The sheet as a PDF. Whoever scans its QR code has the whole signed checkpoint, and `shoki-verify --known` takes it.
///
/// # Errors
/// When the note is too long for a QR code; no checkpoint of a log is.
pub fn anchor_sheet(facts: &AnchorFacts) -> Result<Vec<u8>, String> {
    let code = QrCode::encode_text(&facts.note, QrCodeEcc::Medium)
        .map_err(|_| "確定点が長すぎて QR コードにできません。".to_owned())?;
    let mut sheet = Sheet::default();
    sheet.text((LEFT, 25.0), 18.0, Font::Gothic, "監査記録の確定点（決裁添付用）");
    let facts_of = [
        ("庁", facts.office.clone()),
        ("印刷日時", facts.printed.clone()),
        ("年度", format!("{} 年度", facts.fy)),
        ("記録の件数", format!("{} 件", facts.size)),
    ];
    let mut y = 38.0;
    for (label, value) in &facts_of {
        sheet.text((LEFT, y), 11.0, Font::Gothic, label);
        sheet.text((LEFT + 35.0, y), 11.0, Font::Gothic, value);
        y += 7.0;
    }
    for (label, value) in [("記録の名前", &facts.origin), ("ルート", &facts.root)] {
        sheet.text((LEFT, y), 11.0, Font::Gothic, label);
        sheet.text((LEFT + 35.0, y), 11.0, Font::Courier, value);
        y += 7.0;
    }
    draw_code(&mut sheet, &code, (LEFT, y + 3.0));
    approvals(&mut sheet, (LEFT + QR + 15.0, y + 8.0));
    y += QR + 12.0;
    sheet.text((LEFT, y), 9.0, Font::Gothic, "署名付きの確定点（QR コードの中身と同じ）");
    for line in facts.note.lines().flat_map(pieces) {
        y += 4.5;
        sheet.text((LEFT, y), 7.0, Font::Courier, &line);
    }
    y += 12.0;
    for line in [
        "この紙の値は、この時点までの監査記録のすべてから計算したものです。後から1文字でも変えると、値が合わなくなります。",
        "確かめ方: QR コードを読み取った文字をファイルに保存し、次のように実行します（インターネットは要りません）。",
    ] {
        sheet.text((LEFT, y), 8.5, Font::Gothic, line);
        y += 5.5;
    }
    sheet.text((LEFT, y), 9.0, Font::Courier, "shoki-verify audit --known FILE");
    Ok(sheet.pdf())
}

/// Dashes of signature lines are not ASCII; Courier shows them as two hyphens.
fn pieces(line: &str) -> Vec<String> {
    let plain: Vec<char> = line.replace('—', "--").chars().collect();
    plain.chunks(WIDE).map(|piece| piece.iter().collect()).collect()
}

fn draw_code(sheet: &mut Sheet, code: &QrCode, (x, y): (f64, f64)) {
    const QUIET: i32 = 4;
    let side = QR / f64::from(code.size() + 2 * QUIET);
    for row in 0..code.size() {
        let mut column = 0;
        while column < code.size() {
            let dark = (column..code.size()).take_while(|c| code.get_module(*c, row)).count();
            let dark = i32::try_from(dark).expect("a QR code has at most 177 columns");
            if dark > 0 {
                let at = (x + f64::from(column + QUIET) * side, y + f64::from(row + QUIET) * side);
                sheet.fill(at, (f64::from(dark) * side, side));
            }
            column += dark.max(1);
        }
    }
}

/// Boxes for the stamps of those who approve.
fn approvals(sheet: &mut Sheet, (x, y): (f64, f64)) {
    for (at, title) in ["情報システム担当", "監査担当", "所属長"].iter().enumerate() {
        let top = y + 20.0 * f64::from(u8::try_from(at).expect("three boxes"));
        sheet.frame((x, top), (38.0, 18.0));
        sheet.frame((x + 38.0, top), (25.0, 18.0));
        sheet.text((x + 2.0, top + 11.0), 10.0, Font::Gothic, title);
    }
}
