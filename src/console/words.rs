//! Words and moments as people read them.

use crate::clock::tokyo;
use jiff::Timestamp;
use std::fmt::Write as _;

/// What was just done, by the word that the address carries after it.
const SAID: &[(&str, &str)] = &[
    ("account", "アカウントの設定を保存しました。"),
    ("stopped", "止めました。手元の手順が終わると静止します。"),
    ("released", "緊急停止を解除しました。止まっていた実行は「再開」で続けてください。"),
    ("resumed", "実行を再開しました。"),
    ("started", "実行を始めました。"),
    ("answered", "回答を記録しました。"),
    ("none_left", "今始められる確認は、もうありません。おつかれさまでした。"),
    ("second", "確認を記録しました。2人で確かめる項目があるため、別の職員の確認を待ちます。"),
    ("disagreed", "前の職員の入力と値が一致しません。別の職員がもう一度確認します。"),
    ("kept", "入力を保存し、ほかの職員が続けられるようにしました。"),
    ("skipped", "予定を見送りました。"),
    ("proposed", "申請を記録しました。別の承認者か管理者が決めると有効になります。"),
    ("keep_proposed", "申請を記録しました。承認者が承認すると変わります。"),
    ("decided", "申請を決めました。"),
    ("added", "職員を追加しました。"),
    ("disabled", "利用を止めました。"),
    ("saved", "保存しました。"),
    ("submitted", "シナリオを提出しました。"),
    ("approved", "シナリオを承認しました。"),
    ("rejected", "シナリオを差し戻しました。"),
    ("deployed", "シナリオを配備しました。"),
    ("retired", "シナリオを廃止しました。配備し直すまで動きません。"),
    ("anchored", "確定点の持ち出しを記録しました。"),
];

/// What events are called on screens; the others by their word.
const EVENTS: &[(&str, &str)] = &[
    ("log.open", "記録の開始"),
    ("log.epoch", "プログラムの開始"),
    ("hb", "稼働中の印"),
    ("log.recover", "記録の修復"),
    ("log.close", "年度の締め"),
    ("cp.anchor", "確定点の持ち出し"),
    ("cp.witness", "立会い"),
    ("auth.ok", "サインイン"),
    ("auth.ng", "サインインの失敗"),
    ("auth.out", "サインアウト"),
    ("authz.deny", "権限外の操作を拒否"),
    ("user.add", "職員の追加"),
    ("user.set", "職員の変更"),
    ("user.off", "利用の停止"),
    ("role.grant", "役割の付与"),
    ("role.revoke", "役割の取消し"),
    ("review.done", "点検の実施"),
    ("scn.save", "シナリオの保存"),
    ("scn.submit", "シナリオの提出"),
    ("scn.approve", "シナリオの承認"),
    ("scn.reject", "シナリオの差し戻し"),
    ("scn.deploy", "シナリオの配備"),
    ("scn.retire", "シナリオの廃止"),
    ("sched.set", "予定の設定"),
    ("cfg.set", "設定の変更"),
    ("allow.set", "接続先の変更"),
    ("sched.due", "予定の開始"),
    ("sched.miss", "予定の不開始"),
    ("sched.hold", "予定の保留"),
    ("run.start", "実行の開始"),
    ("run.end", "実行の終了"),
    ("run.stop", "停止の指示"),
    ("item.open", "件の開始"),
    ("item.end", "件の終了"),
    ("step.intent", "登録の予告"),
    ("step.result", "登録の控え"),
    ("step.unknown", "登録の結果不明"),
    ("step.resolve", "結果の判断"),
    ("ocr.read", "読み取り"),
    ("ocr.confirm", "読取値の確認"),
    ("person.approve", "職員の承認"),
    ("file.in", "ファイルの受入れ"),
    ("file.out", "ファイルの出力"),
    ("evd.keep", "証跡の保存"),
    ("evd.view", "証跡の閲覧"),
    ("evd.purge", "証跡・読取値などの消去"),
    ("secret.use", "秘密情報の使用"),
    ("policy.deny", "規則による拒否"),
    ("retention.purge", "保存期間による廃棄"),
];

/// Text as a part of an address.
#[must_use]
pub fn coded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut coded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            let _ = write!(coded, "%{byte:02X}");
        }
        coded
    })
}

/// What an event of the log is called.
#[must_use]
pub fn event(word: &'static str) -> &'static str {
    EVENTS.iter().find(|(known, _)| *known == word).map_or(word, |(_, label)| label)
}

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

/// `2026-11-21 08:30` of a moment that is written in the office's time.
#[must_use]
pub fn stamp(at: &str) -> String {
    at.replace('T', " ").chars().take(16).collect()
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
    fn every_event_has_a_name() {
        for known in crate::audit::Event::all() {
            assert_ne!(event(known.name()), known.name());
        }
    }

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
