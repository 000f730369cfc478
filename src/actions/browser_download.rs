//! `browser.download`: a file out of the system into the office folder.

use super::{
    faults,
    on_screen::{Entries, Named, go_to, pressed},
};
use crate::{
    drivers::{
        browser::{PressKind, Session},
        files::{FileFault, write_whole},
    },
    form::Forms,
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// A run, and an item of it.
type Giver = (String, Option<u32>);

/// The most bytes of a file's name: the disk takes 255, and less while a program adds an ending of its own.
const LONGEST: usize = 244;

/// Who has put which file into a folder since this program began: a later try of the same item gives the same file, perhaps
/// with another time in it.
static GIVERS: Mutex<BTreeMap<PathBuf, Giver>> = Mutex::new(BTreeMap::new());

/// Puts a file into a folder. What another has put there under this name stays, unless it is the same.
fn collect(place: &Path, content: &[u8], owner: Giver) -> Result<(), FileFault> {
    // Held until it is written: two items may bring the same name at once.
    let mut givers = GIVERS.lock().unwrap_or_else(PoisonError::into_inner);
    match fs::read(place) {
        _ if givers.get(place) == Some(&owner) => {}
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Ok(there) if there == content => return Ok(()),
        Ok(_) => {
            let name = place.file_name().unwrap_or_default().to_string_lossy();
            return Err(FileFault::Exists(name.into_owned()));
        }
        Err(e) => return Err(FileFault::reading(place, e)),
    }
    write_whole(place, content)?;
    givers.insert(place.to_owned(), owner);
    Ok(())
}

/// Refuses a name that no disk takes, before anything is pressed.
fn refuse_long(file: &str) -> Result<(), Failure> {
    let longest = file.split('/').map(str::len).max().unwrap_or_default();
    if longest <= LONGEST {
        return Ok(());
    }
    let said = format!(
        "置き場所の名前が長すぎます（{longest} バイト、{LONGEST} バイトまで）。file: に短い名前を書いてください。"
    );
    Err(Failure::stop("SHK0519", said))
}

/// What is pressed, and where the file goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserDownload {
    /// ダウンロードを始めるボタンまたはリンクの文字。
    press: Named,
    /// 同じボタンが表の各行にあるとき、どの行か。列の見出しと値を書きます。
    row: Option<Entries>,
    /// 同じ名前のものがいくつもあるとき、いちばん近くにある見出しの文字。
    near: Option<Arg<String>>,
    /// 同じ名前のものがいくつもあるとき、画面の順で何番目か（1 から）。
    #[schemars(range(min = 1))]
    nth: Option<usize>,
    /// 出るかもしれない警告の窓の文の一部。OK を押して進んでよいものだけを書きます。
    #[serde(default)]
    alerts: Vec<String>,
    /// 置き場所（庁のフォルダーからの相対パス）。/ で終わればフォルダーで、名前は対象システムが付けたものになります。そこに同じ名前で別の内容のファイルがあれば止まります。
    file: Arg<String>,
    /// フォルダーに同じ名前で別の内容のファイルがあるとき、置き換えてよいか。
    #[serde(default)]
    replace: bool,
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
        let wanted = self.file.get();
        refuse_long(wanted)?;
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let limit = Duration::from_secs(self.seconds.unwrap_or(60));
        let button =
            pressed(self.press.spot(self.near.as_ref(), self.nth, self.row.as_ref()), PressKind::Any);
        let arrived = screen.download_past(&button, &self.alerts, limit).await?;
        let given = arrived.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let collects = wanted.ends_with('/');
        let file = if collects { format!("{wanted}{given}") } else { wanted.clone() };
        let place = faults::place(cx, &file)?;
        let owner = (!self.replace && collects).then(|| (cx.place.run.clone(), cx.place.item));
        let bytes = faults::beside(move || {
            let content = fs::read(&arrived).map_err(|e| FileFault::reading(&arrived, e))?;
            match owner {
                Some(owner) => collect(&place, &content, owner)?,
                None => write_whole(&place, &content)?,
            }
            let sha256 =
                Sha256::digest(&content).iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat();
            Ok((content.len(), sha256))
        });
        let (bytes, sha256) = bytes.await?;
        Ok(Downloaded { file, bytes, sha256 })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_for_the_disk_is_refused_before_the_press() {
        assert!(refuse_long(&format!("受付/{}.csv", "長".repeat(80))).is_ok());
        let refused = refuse_long(&format!("受付/{}.csv", "長".repeat(81))).unwrap_err();
        assert!(refused.message.contains("247 バイト、244 バイトまで"), "{}", refused.message);
    }

    #[test]
    fn a_folder_keeps_what_another_item_has_put_there() {
        let office = tempfile::tempdir().unwrap();
        let place = office.path().join("受付/明細.csv");
        let owner = |run: &str, item| (run.to_owned(), Some(item));
        collect(&place, b"first", owner("r", 1)).unwrap();
        collect(&place, b"first, later", owner("r", 1)).unwrap();
        collect(&place, b"first, later", owner("r", 2)).unwrap();
        for other in [owner("r", 2), owner("s", 1)] {
            let refused = collect(&place, b"second", other).unwrap_err();
            assert!(matches!(&refused, FileFault::Exists(name) if name == "明細.csv"), "{refused}");
        }
        assert_eq!(fs::read(&place).unwrap(), b"first, later");
    }
}
