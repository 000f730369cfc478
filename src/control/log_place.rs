//! Where the log of an office lies, and why it cannot be written.

use crate::store::{StoreError, make_once};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Why the log cannot be written. Nothing may be done then.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder refuses.
    #[error(
        "監査記録（{place}）に書き込めません: {error}。ディスクの空きと権限を確認してください。記録できない間は何も実行しません。"
    )]
    File {
        /// The file or folder.
        place: String,
        /// What the operating system said.
        error: io::Error,
    },
    /// What a signed checkpoint covers is missing or different.
    #[error(
        "監査記録が書き換えられているか欠けています（{0}）。実行を止めました。`shoki audit verify` で確かめ、情報システム担当と監査担当に連絡してください。"
    )]
    Tampered(String),
    /// The key cannot be used.
    #[error(
        "監査記録の署名鍵（{0}）を使えません。持ち主だけが読める設定（chmod 600）か、内容を確認してください。"
    )]
    Key(String),
    /// The key of a log that was begun is gone. A new one would look like a forger's.
    #[error(
        "監査記録の署名鍵（{0}）がありません。この年度の記録は、この鍵でしか続けられません。鍵の控えから戻すか、\
         記録のフォルダーを保全したうえで情報システム担当と監査担当に連絡してください。"
    )]
    KeyLost(String),
    /// Another machine writes a log of that name.
    #[error(
        "監査記録の名前（{0}）は、別の機械のものです。shoki.toml の [office] origin を、機械ごとに違う名前（例: shoki.invalid/city/host02）にしてください。機械を入れ替えたのなら、元の機械の state/ と audit/ をそのまま写してください。"
    )]
    TwoMachines(String),
    /// A checkpoint outside the machine is newer than the log, or of another log.
    #[error(
        "外部に保管した確定点（{size} 件）が、この機械の記録と合いません。古い状態に戻された疑いがあるため、実行を止めました。\
         復元した覚えがあるときは、監査担当に知らせたうえで `shoki audit accept-rollback --reason 理由` で再開できます。"
    )]
    RolledBack {
        /// Entries the outside checkpoint covers.
        size: u64,
    },
}

/// Where the log of an office lies.
#[derive(Debug, Clone)]
pub struct LogPlace {
    /// The folder `audit/`.
    pub dir: PathBuf,
    /// The folder of signing keys, readable by its owner only; not in backups.
    pub keys: PathBuf,
    /// A stable name: `shoki.invalid/<city>/<host>`.
    pub origin: String,
    /// SHA-256 of the program, hex.
    pub program: String,
    /// SHA-256 of `shoki.toml`, hex.
    pub config: String,
    /// A folder of another department that gets a copy of the newest checkpoint.
    pub outside: Option<PathBuf>,
}

/// A place in the log's folder that the operating system refuses.
pub(super) fn refused(place: &Path, error: io::Error) -> LogError {
    LogError::File { place: place.display().to_string(), error }
}

/// Makes the key of a year, unless another process was quicker; then its key is taken.
pub(super) fn new_seed(path: &Path) -> io::Result<[u8; 32]> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    match make_once(path, &seed) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            <[u8; 32]>::try_from(fs::read(path)?).map_err(|_| io::ErrorKind::InvalidData.into())
        }
        made => made.map(|()| seed),
    }
}
