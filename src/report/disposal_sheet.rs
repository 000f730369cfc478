//! The certificate that a year's log was destroyed: who, by which rule, and what still proves what it was.

use super::paper::{Font, Sheet};

/// What the certificate shows.
#[derive(Debug, Clone)]
pub struct DisposalFacts {
    /// The office's name.
    pub office: String,
    /// The name of the log.
    pub origin: String,
    /// The fiscal year.
    pub fy: i16,
    /// How many entries it had.
    pub size: u64,
    /// Their root, base64.
    pub root: String,
    /// Fiscal years it was kept after its own.
    pub years: u16,
    /// The first day on which it might be destroyed, as people write it.
    pub free_from: String,
    /// When it was destroyed, as people write it.
    pub destroyed: String,
    /// Who did it.
    pub by: String,
    /// Who allowed it.
    pub approver: String,
}

/// Left edge of everything, in mm.
const LEFT: f64 = 20.0;
/// Width of a paragraph, in mm.
const WIDTH: f64 = 170.0;
/// Left edge of what stands behind a label, in mm.
const VALUE: f64 = LEFT + 45.0;

/// The certificate as a PDF.
#[must_use]
pub fn disposal_sheet(facts: &DisposalFacts) -> Vec<u8> {
    let mut sheet = Sheet::default();
    sheet.text((LEFT, 25.0), 18.0, Font::Gothic, "監査記録 廃棄証明書");
    sheet.text(
        (LEFT, 36.0),
        11.0,
        Font::Gothic,
        "次の監査記録を、保存年限の満了により、復元できないように廃棄しました。",
    );
    let lines = [
        ("庁", facts.office.clone(), Font::Gothic),
        ("対象", format!("{} 年度の監査記録 {} 件", facts.fy, facts.size), Font::Gothic),
        ("記録の名前", facts.origin.clone(), Font::Courier),
        ("締めのルート", facts.root.clone(), Font::Courier),
        ("保存年限", format!("{} 年（翌年度の 4 月 1 日から数える）", facts.years), Font::Gothic),
        ("廃棄できる最初の日", facts.free_from.clone(), Font::Gothic),
        ("廃棄した日時", facts.destroyed.clone(), Font::Gothic),
        ("廃棄した人", facts.by.clone(), Font::Courier),
        ("承認した人", facts.approver.clone(), Font::Courier),
    ];
    let mut y = 50.0;
    for (label, value, font) in &lines {
        sheet.text((LEFT, y), 11.0, Font::Gothic, label);
        sheet.text((VALUE, y), 11.0, *font, value);
        y += 8.0;
    }
    y += 6.0;
    for text in [
        "廃棄したもの: 記録の本文（seg）、途中の確定点、署名の鍵、データベースの中の写しと、その年度の終わりまでに終わった実行。",
        "残したもの: 検証鍵（log.vkey）と、締めの確定点（checkpoint）。",
        "廃棄したことは、廃棄した日の監査記録に retention.purge として残っています。上の「締めのルート」がその記録と同じであることを shoki-verify で確かめられます。",
        "別に保管している写し（バックアップ、監査人に渡したもの）は、この廃棄には含まれません。",
    ] {
        y = sheet.paragraph((LEFT, y), 9.0, WIDTH, text);
    }
    stamps(&mut sheet, y + 10.0);
    sheet.pdf()
}

/// Boxes for the stamps of those who saw it.
fn stamps(sheet: &mut Sheet, top: f64) {
    for (at, title) in [0.0, 1.0, 2.0].into_iter().zip(["情報システム担当", "文書管理担当", "所属長"])
    {
        let left = LEFT + at * 45.0;
        sheet.frame((left, top), (40.0, 8.0));
        sheet.frame((left, top + 8.0), (40.0, 24.0));
        sheet.text((left + 3.0, top + 5.5), 9.0, Font::Gothic, title);
    }
}
