//! The words of portals: whether a donation stands, and what its donor wants of the one-stop procedure. Words that are not
//! known are no payment and no wish: a person looks.

use crate::text::{width, yes_no};
use serde::Serialize;

/// What the donor wants of the one-stop procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&str")]
pub enum OneStop {
    /// By paper.
    Paper,
    /// Already done online.
    Online,
    /// Not wanted.
    No,
    /// An application on paper has been accepted; only the management system says so.
    Received,
}

impl From<OneStop> for &str {
    fn from(wish: OneStop) -> Self {
        match wish {
            OneStop::Paper => "希望する",
            OneStop::Online => "オンライン",
            OneStop::No => "希望しない",
            OneStop::Received => "受付済",
        }
    }
}

/// Whatever refuses.
const NO: &[&str] = &[
    "ない",
    "ません",
    "せず",
    "なし",
    "無",
    "不要",
    "不希望",
    "いいえ",
    "対象外",
    "非対象",
    "辞退",
    "取消",
    "取り消",
    "取下",
    "取り下",
    "キャンセル",
];
/// Whatever consents beyond doubt. Beside a refusal, as in 希望する（確定申告はしない）, nobody but a person knows which is meant.
const YES: &[&str] =
    &["希望する", "希望します", "申請する", "申請します", "利用する", "利用します", "要望する", "はい"];
const ONLINE: &[&str] = &["オンライン", "電子申請", "web申請"];
const BY_POST: &[&str] = &["書面", "紙", "郵送", "郵便"];
/// What a wish for paper is made of.
const WISH: &[&str] = &[
    "ワンストップ",
    "特例",
    "制度",
    "申請書",
    "申請",
    "希望",
    "要望",
    "利用",
    "適用",
    "申込み",
    "申込",
    "送付済み",
    "送付済",
    "発送済み",
    "発送済",
    "送付",
    "郵送",
    "郵便",
    "書面",
    "紙",
    "必要",
    "要",
    "あり",
    "有り",
    "有",
    "はい",
    "する",
    "します",
    "です",
    "の",
    "を",
    "は",
    "に",
    "で",
    "が",
    "(",
    ")",
    "・",
    "、",
    ",",
    "/",
    "-",
];
/// What else a wish for the procedure online is made of.
const WISH_ONLINE: &[&str] = &[
    "オンライン",
    "電子",
    "web",
    "マイナンバーカード",
    "マイページ",
    "自治体",
    "アプリ",
    "iam",
    "公的個人認証",
    "から",
    "受付",
    "完了",
    "済み",
    "済",
];

impl OneStop {
    /// The wish behind a portal's word; none where it says neither yes nor no, or both.
    pub(super) fn read(written: &str) -> Option<Self> {
        let word = folded(written);
        match word.parse::<u32>() {
            Ok(0) => return Some(Self::No),
            Ok(1) => return Some(Self::Paper),
            Ok(_) => return None,
            Err(_) => {}
        }
        let (online, by_post) = (has(&word, ONLINE), has(&word, BY_POST));
        if has(&word, NO) {
            let of_all = !online || !by_post && NO.iter().any(|no| word.ends_with(*no));
            return (of_all && !has(&word, YES)).then_some(Self::No);
        }
        // 未 and 済 do not say of what: 未申請 may still be a wish, 済 may be by paper or online.
        if let Some(yes) = yes_no(&word).filter(|_| !word.contains(['未', '済'])) {
            return Some(if yes { Self::Paper } else { Self::No });
        }
        let after_code = word.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '.'));
        if online {
            (!by_post && made_of(after_code, &[WISH, WISH_ONLINE])).then_some(Self::Online)
        } else {
            made_of(after_code, &[WISH]).then_some(Self::Paper)
        }
    }
}

/// Whether a donation stands, by the words of its columns of state; of several the last here counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It does, paid or not.
    Stands,
    /// Nobody but a person can say.
    Unclear,
    /// It was withdrawn or paid back, or its payment came to nothing.
    Gone,
}

const GONE: &[&str] = &[
    "キャンセル",
    "取消",
    "取り消",
    "取下",
    "取り下",
    "返金",
    "返還",
    "チャージバック",
    "失敗",
    "無効",
    "エラー",
    "拒否",
    "否認",
    "不成立",
    "不可",
    "不能",
    "却下",
    "期限切",
    "時間切",
    "中止",
    "辞退",
    "破棄",
    "削除",
    "ng",
    "cancel",
    "refund",
    "fail",
    "void",
    "chargeback",
];
/// What the states of a donation that stands are made of, those of its gift included.
const STATE: &[&str] = &[
    "新規",
    "通常",
    "仮",
    "本",
    "ご",
    "お",
    "申込み",
    "申し込み",
    "申込",
    "寄附金",
    "寄付金",
    "寄附",
    "寄付",
    "受付",
    "受領",
    "受理",
    "登録",
    "承認",
    "入金",
    "支払い",
    "支払",
    "決済",
    "納付",
    "収納",
    "振込",
    "与信",
    "オーソリ",
    "売上",
    "クレジット",
    "カード",
    "発送",
    "配送",
    "出荷",
    "配達",
    "送付",
    "手配",
    "返礼品",
    "受領証明書",
    "証明書",
    "書類",
    "発行",
    "準備",
    "処理",
    "対応",
    "手続き",
    "手続",
    "確認",
    "確定",
    "成立",
    "成功",
    "正常",
    "有効",
    "完了",
    "終了",
    "済み",
    "済",
    "待ち",
    "待",
    "中",
    "前",
    "未",
    "ok",
    "paid",
    "complete",
    "completed",
    "captured",
    "authorized",
    "success",
    "new",
    "pending",
    "(",
    ")",
    "・",
    "/",
    ":",
    ".",
    "-",
    "_",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
];

impl Standing {
    /// What a portal's word says.
    pub(super) fn read(written: &str) -> Self {
        let word = folded(written);
        if word.chars().all(|c| width::is_dash(c) || width::is_long_mark(c)) {
            Self::Stands
        } else if has(&word, GONE) {
            Self::Gone
        } else if word.contains(|c: char| !c.is_ascii_digit()) && made_of(&word, &[STATE]) {
            Self::Stands
        } else {
            Self::Unclear
        }
    }
}

fn folded(written: &str) -> String {
    width::remove_spaces(&width::fold_width(written)).to_lowercase()
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Whether a text is made of these words and of nothing else; the longest is taken first.
fn made_of(text: &str, words: &[&[&str]]) -> bool {
    let mut rest = text;
    while let Some(shorter) =
        words.iter().copied().flatten().filter_map(|word| rest.strip_prefix(*word)).min_by_key(|r| r.len())
    {
        rest = shorter;
    }
    rest.is_empty() && !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_no_wish() {
        for word in [
            "希望しない",
            "希望しません",
            "いいえ、希望しません",
            "希望なし",
            "希望無し",
            "希望せず",
            "利用しません",
            "申請なし",
            "対象外",
            "辞退",
            "取消",
            "キャンセル",
            "ｷｬﾝｾﾙ",
            "0:希望しない",
            "オンライン申請を希望しない",
            "不要（確定申告）",
        ] {
            assert_eq!(OneStop::read(word), Some(OneStop::No), "{word}");
        }
    }

    #[test]
    fn what_portals_write_for_a_wish() {
        for word in [
            "希望",
            "希望します",
            "はい",
            "あり",
            "要",
            "要望する",
            "1:希望する",
            "ワンストップ特例申請を希望する",
        ] {
            assert_eq!(OneStop::read(word), Some(OneStop::Paper), "{word}");
        }
        for word in ["希望する（申請書送付済み）", "郵送で申請", "申請書を希望", "利用する", "○", "有"]
        {
            assert_eq!(OneStop::read(word), Some(OneStop::Paper), "{word}");
        }
        for word in [
            "ｵﾝﾗｲﾝ",
            "オンライン申請済",
            "希望する（オンライン）",
            "電子申請",
            "マイナンバーカードでオンライン申請",
        ] {
            assert_eq!(OneStop::read(word), Some(OneStop::Online), "{word}");
        }
    }

    #[test]
    fn a_word_that_leaves_the_wish_open_is_for_a_person() {
        for word in [
            "未申請",
            "未定",
            "未",
            "済",
            "申請済",
            "保留",
            "要確認",
            "不明",
            "2",
            "？",
            "オンライン未申請",
            "オンラインを希望しない（書面）",
            "不要（オンライン申請済）",
            "書面またはオンライン",
            "希望する（確定申告はしない）",
        ] {
            assert_eq!(OneStop::read(word), None, "{word}");
        }
    }

    #[test]
    fn states_of_a_donation() {
        for word in [
            "",
            "－",
            "受付",
            "入金済み",
            "決済完了",
            "未入金",
            "入金待ち",
            "発送準備中",
            "02:お支払い済",
            "Paid",
        ] {
            assert_eq!(Standing::read(word), Standing::Stands, "{word}");
        }
        for word in
            ["取下げ", "決済失敗", "無効", "チャージバック", "キャンセル済", "返金済", "決済ＮＧ", "refunded"]
        {
            assert_eq!(Standing::read(word), Standing::Gone, "{word}");
        }
        for word in ["保留", "係争中", "入金不備", "7", "？"] {
            assert_eq!(Standing::read(word), Standing::Unclear, "{word}");
        }
    }
}
