//! Words and moments as people read them.

use crate::clock::tokyo;
use jiff::Timestamp;

/// What was just done, by the word that the address carries after it.
const SAID: &[(&str, &str)] = &[
    ("account", "アカウントの設定を保存しました。"),
    ("stopped", "止めました。手元の手順が終わると静止します。"),
    ("released", "緊急停止を解除しました。止まっていた実行は「再開」で続けてください。"),
    ("resumed", "実行を再開しました。"),
    ("started", "実行を始めました。"),
    ("answered", "回答を記録しました。"),
    ("skipped", "予定を見送りました。"),
    ("proposed", "申請を記録しました。別の承認者か管理者が決めると有効になります。"),
    ("decided", "申請を決めました。"),
    ("added", "職員を追加しました。"),
    ("disabled", "利用を止めました。"),
    ("saved", "保存しました。"),
    ("submitted", "シナリオを提出しました。"),
    ("approved", "シナリオを承認しました。"),
    ("deployed", "シナリオを配備しました。"),
    ("anchored", "確定点の持ち出しを記録しました。"),
];

/// The sentence for what was just done.
#[must_use]
pub fn said(word: &str) -> Option<&'static str> {
    SAID.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

/// `11/21 08:30`, in the office's time.
#[must_use]
pub fn moment(text: &str) -> String {
    local(text, "%m/%d %H:%M")
}

/// `2026-11-21 08:30:05`, in the office's time.
#[must_use]
pub fn full(text: &str) -> String {
    local(text, "%Y-%m-%d %H:%M:%S")
}

/// `08:30:05`, in the office's time.
#[must_use]
pub fn time(text: &str) -> String {
    local(text, "%H:%M:%S")
}

fn local(text: &str, shape: &str) -> String {
    let at = text.parse::<Timestamp>();
    at.map_or_else(|_| text.to_owned(), |at| at.to_zoned(tokyo()).strftime(shape).to_string())
}

/// `1 時間 05 分`, `3 分 20 秒`, `12 秒`.
#[must_use]
pub fn lasting(from: &str, until: &str) -> String {
    let (Ok(from), Ok(until)) = (from.parse::<Timestamp>(), until.parse::<Timestamp>()) else {
        return String::new();
    };
    let seconds = until.duration_since(from).as_secs().max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} 秒"),
        (0, m, s) => format!("{m} 分 {s:02} 秒"),
        (h, m, _) => format!("{h} 時間 {m:02} 分"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_office() {
        assert_eq!(moment("2026-11-20T23:30:05.120Z"), "11/21 08:30");
        assert_eq!(full("2026-11-20T23:30:05.120Z"), "2026-11-21 08:30:05");
        assert_eq!(moment("<b>"), "<b>", "what is no moment is shown as it is, and escaped by the page");
        assert_eq!(lasting("2026-11-20T23:30:05Z", "2026-11-21T00:35:06Z"), "1 時間 05 分");
        assert_eq!(lasting("2026-11-20T23:30:05Z", "2026-11-20T23:30:17Z"), "12 秒");
        assert_eq!(said("<script>"), None);
    }
}
