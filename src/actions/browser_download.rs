//! `browser.download`: a file out of the system into the office folder.

use super::{
    faults,
    on_screen::{go_to, press},
};
use crate::{
    drivers::{
        browser::Session,
        files::{FileFault, write_whole},
    },
    form::Forms,
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// What is pressed, and where the file goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserDownload {
    /// ダウンロードを始めるボタンまたはリンクの文字。
    press: Arg<String>,
    /// 置き場所（庁のフォルダーからの相対パス）。/ で終わればフォルダーで、名前は対象システムが付けたものになります。
    file: Arg<String>,
    /// 待つ秒数（既定 60）。
    seconds: Option<u64>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

/// Where it lies now.
#[derive(Debug, Serialize)]
pub struct Downloaded {
    /// From the office folder.
    file: String,
    /// Its size in bytes.
    bytes: usize,
    /// SHA-256 of its bytes, in hex.
    sha256: String,
}

impl Action for BrowserDownload {
    const NAME: &'static str = "browser.download";
    const SUMMARY: &'static str = "対象システムからファイルを受け取り、庁のフォルダーに置きます。";
    const EXAMPLE: &'static str = "press: 一覧取得\nfile: 受付/明細/\n";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = Downloaded;

    fn shape(&self, _forms: &Forms) -> Shape {
        Shape::map([("file", Shape::Text), ("bytes", Shape::Number), ("sha256", Shape::Text)])
    }

    async fn run(&self, cx: &StepContext) -> Result<Downloaded, Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let limit = Duration::from_secs(self.seconds.unwrap_or(60));
        let arrived = screen.download(&press(self.press.get()), limit).await?;
        let given = arrived.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let wanted = self.file.get();
        let file = if wanted.ends_with('/') { format!("{wanted}{given}") } else { wanted.clone() };
        let place = faults::place(cx, &file)?;
        let bytes = faults::beside(move || {
            let content = std::fs::read(&arrived).map_err(|e| FileFault::reading(&arrived, e))?;
            write_whole(&place, &content)?;
            let sha256 =
                Sha256::digest(&content).iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat();
            Ok((content.len(), sha256))
        });
        let (bytes, sha256) = bytes.await?;
        Ok(Downloaded { file, bytes, sha256 })
    }
}
