//! What can go wrong with the database, in words a person can act on.

/// A refusal of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room left.
    #[error(
        "ディスクの空きがありません。空きを作ってから `shoki resume` で続けてください（記録済みの処理は失われません）。"
    )]
    Full,
    /// The disk refuses, full or failing: `SQLite` cannot always tell which.
    #[error(
        "ディスクに読み書きできません。空きがあるか、ディスクに異常がないかを確かめてから `shoki resume` で続けてください（記録済みの処理は失われません）。"
    )]
    Disk,
    /// The folder may not be written.
    #[error(
        "記録用のフォルダー（state/）に書き込めません。フォルダーの権限とディスクの状態を確認してください。"
    )]
    ReadOnly,
    /// Another process holds it.
    #[error(
        "記録用データベースを別の shoki が使い続けています。終わるのを待ってからもう一度実行してください。"
    )]
    Busy,
    /// The file is damaged or not ours.
    #[error(
        "記録用データベース（state/shoki.db）が壊れているか、shoki のものではありません。控えから戻してください。"
    )]
    Damaged,
    /// What is stored does not have the form it was stored in.
    #[error("記録の内容が読めません（{0}）。")]
    Content(String),
    /// A change of state that is not allowed.
    #[error("状態を「{from}」から「{to}」へは変えられません。")]
    Move {
        /// The state it is in.
        from: String,
        /// The state it should have got.
        to: String,
    },
    /// An audit entry was refused.
    #[error("監査記録に書けない内容です: {0}")]
    Entry(String),
    /// Anything else.
    #[error("記録用データベースの誤り: {0}")]
    Other(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(e: sqlx::Error) -> Self {
        let code = match &e {
            sqlx::Error::Database(d) => d.code().and_then(|c| c.parse::<u32>().ok()),
            _ => None,
        };
        // `SQLite`'s primary result code is the low byte: https://www.sqlite.org/rescode.html
        match code.map(|c| c & 0xff) {
            Some(13) => Self::Full,
            Some(8 | 14 | 3) => Self::ReadOnly,
            Some(10) => Self::Disk,
            Some(5 | 6) => Self::Busy,
            Some(11 | 26) => Self::Damaged,
            _ => Self::Other(e),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(e: serde_json::Error) -> Self {
        Self::Content(e.to_string())
    }
}
