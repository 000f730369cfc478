//! Why something about people is refused.

use super::password::Weak;
use crate::{control::LogError, store::StoreError};

/// Why something about people is refused.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// Nothing can be recorded.
    #[error(transparent)]
    Record(#[from] LogError),
    /// The same for an unknown person, a wrong password and a wrong code.
    #[error("サインインできません。利用者ID、パスワード、確認コードのどれかが違います。")]
    Wrong,
    /// Too many wrong tries.
    #[error("間違いが続いたため、あと {0} 秒ほど受け付けません。待ってからやり直してください。")]
    Wait(i64),
    /// The new password.
    #[error(transparent)]
    Weak(#[from] Weak),
    /// The two new passwords differ.
    #[error("新しいパスワードの2回の入力が違います。")]
    Differ,
    /// The new password is the old one.
    #[error("今までと違うパスワードにしてください。")]
    Same,
    /// The code of the second factor.
    #[error(
        "確認コードが違います。アプリに出ている6けたの数字を入れてください。時計がずれていると合いません。"
    )]
    Code,
    /// The second factor cannot be opened or made.
    #[error("二要素目の鍵（state/keys/people.key）を使えません: {0}")]
    Factor(String),
    /// No such person.
    #[error("利用者「{0}」はいません。")]
    Nobody(String),
    /// There is one.
    #[error("利用者「{0}」はすでにいます。")]
    Exists(String),
    /// An id that the log would not take.
    #[error(
        "利用者IDは、英小文字で始まる2〜32字の英小文字・数字・.-_ にしてください（数字だけの長い番号は使えません）。"
    )]
    Id,
    /// A name that cannot be shown.
    #[error("氏名は1〜40字で入力してください。")]
    Name,
    /// A word that is no role.
    #[error("役割「{0}」はありません。author approver operator auditor admin のどれかです。")]
    Role(String),
    /// An auditor is nothing else.
    #[error("監査人は、ほかの役割と兼ねられません。")]
    Combination,
    /// It is so already.
    #[error("すでにその状態です。")]
    Already,
    /// The reason is empty, too long, or holds what may not be in the log.
    #[error("理由を500字までで入力してください（12けたの番号などの個人情報は書けません）。")]
    Reason,
    /// One person alone may not.
    #[error("自分の申請や自分に関わる申請は、自分では決められません。別の承認者か管理者が決めてください。")]
    SamePerson,
    /// Without an administrator nobody could ever change anything.
    #[error("最後の管理者です。先に別の管理者を決めてください。")]
    LastAdmin,
    /// No such proposal.
    #[error("その申請はありません。")]
    NoProposal,
    /// Somebody was quicker.
    #[error("その申請はすでに決まっています。")]
    Decided,
}

impl From<StoreError> for PeopleError {
    fn from(e: StoreError) -> Self {
        Self::Record(e.into())
    }
}
