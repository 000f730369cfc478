//! `shoki console`: the pages of staff without an engine.

use super::{Ended, GOOD, Stopped, print};
use crate::app::{Office, desk, trace};
use clap::Args;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The console alone.
#[derive(Debug, Args)]
pub struct ConsoleArgs {
    /// 待ち受ける住所（この機械の中だけ。既定: shoki.toml の [serve] listen）
    #[arg(long, value_name = "127.0.0.1:8080")]
    listen: Option<SocketAddr>,
    /// 動作の記録（JSON、個人情報なし）を書くファイル（既定: 標準エラー出力）
    #[arg(long, value_name = "ファイル")]
    log_file: Option<PathBuf>,
}

impl ConsoleArgs {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let listen = self.listen.unwrap_or(office.config.serve.listen);
        if !listen.ip().is_loopback() {
            return Err(Stopped::wrong(format!(
                "{listen} では待ち受けません。暗号化しない画面はこの機械の中だけです。ほかの機械からは shoki.toml の [console] listen を使います。"
            )));
        }
        trace::start_daemon(self.log_file.as_deref())
            .map_err(|e| Stopped::technical(format!("記録のファイルに書けません: {e}")))?;
        desk::serve_console(office, listen, print::out).await?;
        Ok(GOOD)
    }
}
