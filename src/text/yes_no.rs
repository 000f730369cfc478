//! Yes and no as people mark them in tables and on forms. What is neither is neither: nobody is given points, and no form is
//! accepted, because of a dash.

use super::width;

/// Marks and words that say yes.
const YES: [&str; 27] = [
    "○",
    "◯",
    "〇",
    "◎",
    "●",
    "レ",
    "✓",
    "✔",
    "☑",
    "☒",
    "■",
    "有",
    "有り",
    "あり",
    "はい",
    "済",
    "済み",
    "該当",
    "該当する",
    "する",
    "同意",
    "承諾",
    "印",
    "㊞",
    "true",
    "yes",
    "y",
];
/// Marks and words that say no.
const NO: [&str; 24] = [
    "",
    "×",
    "✕",
    "✗",
    "x",
    "□",
    "☐",
    "無",
    "無し",
    "なし",
    "いいえ",
    "未",
    "未済",
    "否",
    "非該当",
    "該当しない",
    "該当なし",
    "しない",
    "不同意",
    "false",
    "no",
    "n",
    "null",
    "/",
];

/// Whether a text says yes or no; none where it says neither. A number says yes unless it is zero, a lone dash says no.
#[must_use]
pub fn yes_no(text: &str) -> Option<bool> {
    let word = width::remove_spaces(&width::fold_width(text)).to_lowercase();
    let dashes = word.chars().all(|c| width::is_dash(c) || width::is_long_mark(c));
    if dashes || NO.contains(&word.as_str()) {
        return Some(false);
    }
    if YES.contains(&word.as_str()) {
        return Some(true);
    }
    word.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n != 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_words() {
        for yes in ["○", "〇", " 有 ", "あり", "はい", "TRUE", "1", "２", "レ", "済", "Yes"] {
            assert_eq!(yes_no(yes), Some(true), "{yes}");
        }
        for no in
            ["", "　", "×", "無", "なし", "いいえ", "0", "０", "-", "－", "ー", "—", "□", "未", "FALSE", "no"]
        {
            assert_eq!(yes_no(no), Some(false), "{no}");
        }
        for neither in ["？", "不明", "要確認", "たぶん", "令和8年", "NaN"] {
            assert_eq!(yes_no(neither), None, "{neither}");
        }
    }
}
