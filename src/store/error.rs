//! What can go wrong with the database, in words a person can act on.

use sqlx::postgres::PgDatabaseError;
use std::io;

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
    /// It was made by a newer program.
    #[error(
        "記録用データベースは、この shoki より新しい版のものです（{database} 段階、この shoki は {program} 段階まで）。新しい版の shoki で実行してください。"
    )]
    Newer {
        /// Steps the database has had.
        database: usize,
        /// Steps this program knows.
        program: usize,
    },
    /// The server does not answer.
    #[error(
        "PostgreSQL に接続できません（{0}）。サーバーとネットワークの状態を確かめてください。記録できない間は何も実行しません（記録済みの処理は失われません）。"
    )]
    Away(String),
    /// The address of the server is not right.
    #[error(
        "shoki.toml の store の書き方が正しくありません（{0}）。例: store = \"postgres://利用者@サーバー/データベース\""
    )]
    Address(String),
    /// The server does not let us in.
    #[error(
        "PostgreSQL に入れません（{0}）。shoki.toml の store の利用者名とデータベース名、パスワード（~/.pgpass）を確かめてください。"
    )]
    Refused(String),
    /// The file is no backup of ours, or damaged.
    #[error(
        "このファイルは `shoki backup` で作った控えではないか、壊れています。別の控えを指定してください。"
    )]
    NoBackup,
    /// The key of the contents cannot be made or read.
    #[error("記録の中身を暗号化する鍵を使えません（{0}）。")]
    ContentKey(String),
    /// The key of the contents is gone. A new one would open nothing.
    #[error(
        "記録の中身を開く鍵（{0}）がありません。鍵の控えから戻してください。複数の機械で使うとき、控えを別の機械で開くときは、もとの機械の同じファイルをここに置いてください（chmod 600）。"
    )]
    NoContentKey(String),
    /// The key there is that of another database.
    #[error(
        "記録の中身を開く鍵（{0}）が、このデータベースのものではありません。このデータベースを作った機械の鍵か、その控えに置き換えてください。"
    )]
    OtherContentKey(String),
    /// The contents of a run were erased; nothing can be done with it any more.
    #[error(
        "この実行の中身（読取値・回答など）は、保存する日数が過ぎたため消去されています。続けることはできません。必要なら新しい実行を始めてください。"
    )]
    Forgotten,
    /// Another office folder is at work under the same name.
    #[error(
        "「{0}」という名前の機械が別に動いています。shoki.toml の [office] origin を、機械ごとに違う名前（例: shoki.invalid/city/host02）にしてください。"
    )]
    Namesake(String),
    /// A copy of the office folder is at work on another machine.
    #[error(
        "このフォルダーの写しが、別の場所で動いています。2つの写しを同時に使うことはできません。別の機械として使うときは、こちらの state/ を消し、shoki.toml の [office] origin を別の名前にしてください。"
    )]
    Copied,
    /// Another worker has the work.
    #[error(
        "この機械からの更新が途絶えたため、実行は別の機械に引き継がれました。この機械からは何も登録も記録もしません。`shoki runs` で状態を確かめてください。"
    )]
    Lost,
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

impl StoreError {
    /// What a file system says.
    #[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
    pub(super) fn of_disk(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Disk,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(e: sqlx::Error) -> Self {
        let sqlx::Error::Database(database) = &e else {
            return match e {
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                    Self::Away(words(&e))
                }
                sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => Self::Away(e.to_string()),
                _ => Self::Other(e),
            };
        };
        let code = database.code().unwrap_or_default().into_owned();
        match database.try_downcast_ref::<PgDatabaseError>() {
            Some(_) => of_postgres(&code, e),
            None => of_sqlite(&code, e),
        }
    }
}

/// Why there is no connection.
fn words(e: &sqlx::Error) -> String {
    match e {
        sqlx::Error::Io(io) => match io.kind() {
            io::ErrorKind::ConnectionRefused => "接続を断られました".into(),
            io::ErrorKind::NotFound => "サーバーが見つかりません".into(),
            _ => io.to_string(),
        },
        _ => "空いている接続がありません".into(),
    }
}

/// `SQLite`'s primary result code is the low byte: <https://www.sqlite.org/rescode.html>.
fn of_sqlite(code: &str, e: sqlx::Error) -> StoreError {
    match code.parse::<u32>().map(|c| c & 0xff) {
        Ok(13) => StoreError::Full,
        Ok(8 | 14 | 3) => StoreError::ReadOnly,
        Ok(10) => StoreError::Disk,
        Ok(5 | 6) => StoreError::Busy,
        Ok(11 | 26) => StoreError::Damaged,
        _ => StoreError::Other(e),
    }
}

/// <https://www.postgresql.org/docs/15/errcodes-appendix.html>; 25P03 and 57P0x end the connection.
fn of_postgres(code: &str, e: sqlx::Error) -> StoreError {
    match code {
        "53100" => StoreError::Full,
        "25006" => StoreError::ReadOnly,
        "55P03" | "40P01" => StoreError::Busy,
        "25P03" | "57P01" | "57P02" | "57P03" | "53300" => StoreError::Away(e.to_string()),
        "3D000" => StoreError::Refused("データベースがありません".into()),
        _ if code.starts_with("58") => StoreError::Disk,
        _ if code.starts_with("08") => StoreError::Away(e.to_string()),
        _ if code.starts_with("28") => StoreError::Refused("利用者名かパスワードが違います".into()),
        _ => StoreError::Other(e),
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(e: serde_json::Error) -> Self {
        Self::Content(e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_not_called_read_only_nor_a_failing_one() {
        let of = |code| StoreError::of_disk(io::Error::from_raw_os_error(code));
        // ENOSPC, EDQUOT, EACCES, EROFS, EIO
        assert!(matches!((of(28), of(122)), (StoreError::Full, StoreError::Full)));
        assert!(matches!((of(13), of(30)), (StoreError::ReadOnly, StoreError::ReadOnly)));
        assert!(matches!(of(5), StoreError::Disk));
    }
}
