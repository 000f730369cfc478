//! Where the pages of staff are answered on this machine, and where what goes on is written: the same for every command that serves.

use super::Stopped;
use crate::app::{Office, trace};
use clap::Args;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Where to listen, and where to write.
#[derive(Debug, Args)]
pub struct Listening {
    /// 待ち受ける住所（この機械の中だけ。既定: shoki.toml の [serve] listen）
    #[arg(long, value_name = "127.0.0.1:8080")]
    listen: Option<SocketAddr>,
    /// 動作の記録（JSON、個人情報なし）を書くファイル（既定: 標準エラー出力。systemd では journald）
    #[arg(long, value_name = "ファイル")]
    log_file: Option<PathBuf>,
}

impl Listening {
    /// The office and its address, once what goes on is written.
    ///
    /// # Errors
    /// When there is no office, the address is one of other machines, or the file cannot be written.
    pub fn open(&self, office: Option<&Path>) -> Result<(Office, SocketAddr), Stopped> {
        let office = Office::open(office)?;
        let listen = self.listen.unwrap_or(office.config.serve.listen);
        if !listen.ip().is_loopback() {
            return Err(Stopped::wrong(format!(
                "{listen} では待ち受けません。暗号化しない画面はこの機械の中（127.0.0.1）だけです。ほかの機械からは shoki.toml の [console] listen を使います。"
            )));
        }
        trace::start_daemon(self.log_file.as_deref())
            .map_err(|e| Stopped::technical(format!("記録のファイルに書けません: {e}")))?;
        Ok((office, listen))
    }
}
