//! What a refused act is called in a window: the repair is a place in the console, where the command line names a command.

use crate::control::acts::ActError;

/// Why the act was refused and what to do, for a person in front of a page.
pub(super) fn told(error: &ActError) -> String {
    match error {
        ActError::Overlap { scenario, run } => format!(
            "シナリオ「{scenario}」の実行 {run} が途中です。「実行」の画面でその実行を再開し、終わってから新しい実行を始めてください。"
        ),
        ActError::Stopped(why) => {
            format!("{why}。緊急停止を解除するまで、何も開始しません。解除は、担当者か管理者が行います。")
        }
        ActError::StoppedAlready => {
            "すでに緊急停止中です。解除は、担当者か管理者が緊急停止の画面で行います。".into()
        }
        ActError::NoDue(id) => {
            format!("予定「{id}」の記録はありません。「予定」の画面を開き直してください。")
        }
        ActError::NotSubmitted(scenario) => {
            format!("シナリオ「{scenario}」は、今の内容では提出されていません。書いた人が提出してください。")
        }
        ActError::NotApproved(scenario) => {
            format!("シナリオ「{scenario}」は、今の内容では承認されていません。別の職員が承認してください。")
        }
        ActError::NotDeployed { scenario, changed } => {
            let why = if *changed {
                "承認されたあとで内容（帳票・部品を含む）が変わっています"
            } else {
                "まだ承認・配備されていません"
            };
            format!("シナリオ「{scenario}」は{why}。提出、別の職員の承認、配備のあとで実行できます。")
        }
        ActError::Retired(scenario) => format!(
            "シナリオ「{scenario}」は廃止されています。もう一度使うには、配備してください（承認を必須にしているときは、提出と承認から）。"
        ),
        ActError::AtWork(scenario) => format!(
            "シナリオ「{scenario}」は配備済みのため、差し戻せません。止めるには、理由を添えて廃止してください。"
        ),
        ActError::NoReason => "理由を書いてください。".into(),
        ActError::NoCheck(id) => {
            format!("確認番号 {id} はありません。「確認」の一覧を開き直してください。")
        }
        ActError::Missing(field) => format!("項目「{field}」の値がありません。値を入力してください。"),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_names_a_command() {
        let name = || "notices".to_owned();
        for error in [
            ActError::Overlap { scenario: name(), run: "R1".to_owned() },
            ActError::Stopped("緊急停止中です".to_owned()),
            ActError::StoppedAlready,
            ActError::NoDue("d1".to_owned()),
            ActError::NotSubmitted(name()),
            ActError::NotApproved(name()),
            ActError::NotDeployed { scenario: name(), changed: true },
            ActError::NotDeployed { scenario: name(), changed: false },
            ActError::Retired(name()),
            ActError::AtWork(name()),
            ActError::NoReason,
            ActError::NoCheck(7),
            ActError::Missing("氏名".to_owned()),
        ] {
            let said = told(&error);
            assert!(!said.contains("shoki") && !said.contains("--") && !said.contains('`'), "{said}");
            assert!(said.ends_with('。'), "{said}");
        }
    }
}
