//! `shoki backup FILE`, `shoki restore FILE`: the record of an office, out and back.

use super::{Ended, GOOD, Stopped, print, run};
use crate::{
    app::Office,
    audit::{Actor, Draft, Event, tree},
    store::{Store, Strength},
};
use clap::Args;
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Makes a backup.
#[derive(Debug, Args)]
pub struct Backup {
    /// 作るファイル
    file: PathBuf,
}

/// Puts a backup back.
#[derive(Debug, Args)]
pub struct Restore {
    /// `shoki backup` で作ったファイル
    #[arg(required_unless_present = "checked")]
    file: Option<PathBuf>,
    /// 控えより後に登録されたものの確認がすべて済んだことを記録します
    #[arg(long, conflicts_with = "file")]
    checked: bool,
}

/// What a backup does not hold, and what is lost without it.
const BESIDE: &str = "\
控えの中身は state/keys/contents の鍵で暗号化されています。この鍵がなければ控えは開けません。
この控えに入っていないものは、別に控えてください。
  audit/ evidence/ scenarios/ forms/ shoki.toml   監査記録、証跡、シナリオ、帳票定義、設定（フォルダーのまま）
  state/keys/contents                             控えとデータベースの鍵。失うと控えを戻せません
  state/keys/evidence/ state/keys/people.key      証跡と二要素目の鍵。失うと証跡は二度と見られず、二要素目は全員が登録し直しになります
  state/secrets/                                  対象システムのアカウントとその鍵。失うと登録し直しになります
  state/keys/log-年度.key                         監査記録の署名鍵。失うとその年度の記録を続けられません
鍵は、この控えや証跡とは別の場所（金庫など）に保管してください。監査記録の署名鍵は、さらにほかの鍵とも分けてください。";

fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

impl Backup {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        if self.file.exists() {
            let message = format!("{} はすでにあります。別の名前を指定してください。", self.file.display());
            return Err(Stopped::wrong(message));
        }
        let dir = self.file.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let cannot = |e: std::io::Error| Stopped::technical(format!("{} に作れません: {e}", dir.display()));
        // A copy holds personal data: nobody else may read it, and half of it is never seen under its name.
        let work = tempfile::Builder::new().prefix(".shoki-backup").tempdir_in(dir).map_err(cannot)?;
        let copy = work.path().join("backup");
        office.store().await?.backup(&copy, &now()).await?;
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o600)).map_err(cannot)?;
        std::fs::rename(&copy, &self.file).map_err(cannot)?;
        std::fs::File::open(dir).and_then(|d| d.sync_all()).map_err(cannot)?;
        print::out(&format!("{} に記録の控えを作りました。\n{BESIDE}", self.file.display()));
        Ok(GOOD)
    }
}

impl Restore {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        match &self.file {
            Some(file) => restore(&office, file).await,
            None => checked(&office).await,
        }
    }
}

async fn restore(office: &Office, file: &Path) -> Ended {
    if !file.is_file() {
        return Err(Stopped::wrong(format!("{} がありません。", file.display())));
    }
    std::fs::create_dir_all(office.state()).map_err(Stopped::technical)?;
    let lock = office.lock()?;
    let mark = if let Some(url) = &office.config.store {
        Store::connect(url, &office.content_key()).await?.restore(file, &now()).await?
    } else {
        Store::restore_file(&office.state().join("shoki.db"), file, &now()).await?
    };
    drop(lock);
    // The log goes on where its files end, and tells of the restore.
    let store = office.store().await?;
    let log = office.log(&store).await?;
    log.checkpoint().await.map_err(Stopped::technical)?;
    print::out(&format!(
        "記録を {} の控えに戻しました。\nその後に登録されたものは記録にありません。登録の前に必ず対象システムの画面で確かめ、確かめられないものは職員に尋ねます（`shoki checks`）。\n利用者とその役割も控えを作ったときに戻りました。使えなくした人がまた使えるようになっていないか、確かめてください（`shoki person list`）。\n控えより後のものをすべて確認したら `shoki restore --checked` を実行してください。",
        mark.made
    ));
    Ok(GOOD)
}

/// A person says that everything entered after the backup is known.
async fn checked(office: &Office) -> Ended {
    let store = office.store().await?;
    let Some(mark) = store.rolled_back().await? else {
        return Err(Stopped::wrong("記録を控えに戻した後の確認はありません。"));
    };
    let log = office.log(&store).await?;
    let told = format!("{} の控えに戻した後の確認を終えました。", mark.made);
    let mut tx = store.begin(Strength::Power).await?;
    tx.end_rolled_back().await?;
    let draft = Draft::new(Event::LogRecover, &Actor::User(run::person())).data("bytes", 0u64);
    let draft = draft.data("sha256", tree::hex(&tree::sha256(told.as_bytes()).0)).data("reason", told);
    log.write(&mut tx, &draft).await.map_err(Stopped::technical)?;
    tx.commit().await?;
    log.checkpoint().await.map_err(Stopped::technical)?;
    print::out("確認を記録しました。これからはふだんどおりに登録します。");
    Ok(GOOD)
}
