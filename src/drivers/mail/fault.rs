//! Why mail cannot be had.

use super::archive::LARGEST;
use serde::{Deserialize, Serialize};

/// Why mail cannot be had. Says nothing of what stands in it.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// The folder is not there.
    #[error("メールのフォルダー「{0}」がありません。作るか、名前を確かめてください。")]
    NoFolder(String),
    /// A file or folder cannot be read.
    #[error("メールを読めません（{0}）。")]
    Read(#[from] std::io::Error),
    /// The server's address.
    #[error(
        "メールサーバーの住所「{0}」を読めません。imaps://mail.example.jp のように書いてください（暗号化しない imap:// は、このコンピューターの中だけで使えます）。"
    )]
    Address(String),
    /// The server does not answer.
    #[error("メールサーバーに接続できません（{0}）。")]
    Connect(String),
    /// Its certificate, or ours to check it with.
    #[error("メールサーバーの証明書を確かめられません（{0}）。認証局の証明書を `ca` に指定できます。")]
    Certificate(String),
    /// User or password.
    #[error("メールサーバーが利用者名かパスワードを受け付けません。アカウントの登録を確かめてください。")]
    Refused,
    /// The mailbox is not there.
    #[error("メールボックス「{0}」がありません。")]
    NoMailbox(String),
    /// Something else the server said, or did not say in time.
    #[error("メールサーバーとのやりとりに失敗しました（{0}）。")]
    Talk(String),
    /// A message is too large.
    #[error("大きすぎます（上限 {0} MiB）。")]
    TooLarge(u64),
}

/// Why an archive cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ArchiveFault {
    /// More comes out of it than is good.
    #[error("zip ファイルの中身が大きすぎます（上限 {LARGEST} MiB）。分けて送り直してもらってください。")]
    TooLarge,
    /// Not a zip, or a broken one.
    #[error("zip ファイルとして読めません。壊れているか、途中で切れています。")]
    NoArchive,
    /// No password opens it.
    #[error(
        "zip ファイルを開けるパスワードがありません。パスワードのメールがまだ届いていないかもしれません。"
    )]
    Password,
}

impl MailFault {
    /// Whether it may be gone by itself when it is tried again.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Connect(_) | Self::Talk(_) | Self::Read(_))
    }
}
