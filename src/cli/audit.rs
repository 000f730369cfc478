//! `shoki audit`: verify the log, take its checkpoint out of the machine, disclose parts of it.

use super::{Ended, Format, GOOD, Stopped, inspect::Inspect, print, run, secret_input::read_secret};
use crate::{
    app::Office,
    audit::{
        Note, Options, Policy, VerifierKey, VerifyError, layout, office, prove, source::Folder, verify_office,
    },
    clock::{Clock, SystemClock},
    control::{
        outside::{self, Outside},
        people::{People, PeopleError, Role, sign_in::Credentials},
        retirement::{Disposed, RetireError, Retirement, retire},
    },
    report::{AnchorFacts, DisposalFacts, anchor_sheet, bundle, disposal_sheet},
    store::Strength,
};
use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The audit log.
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 監査記録を初めから計算し直して確かめます
    Verify(Verify),
    /// 最新の確定点を機械の外へ出します（決裁に添付する A4 の PDF、または他部署のフォルダー）
    Anchor(Anchor),
    /// 1件の記録だけを、ほかを見せずに証明するファイルを作ります
    Prove(Prove),
    /// 監査人に渡す一式（記録・鍵・判定・一覧・検証プログラム）を1つのファイルにします
    Export(Export),
    /// 記録を点検したことを残します（正しいかを先に確かめ、期間の件数を示します）
    Inspect(Inspect),
    /// 保存年限を過ぎた年度の監査記録を、承認者とともに廃棄します
    Retire(Retire),
    /// 外部の確定点より古い状態に戻した機械を、理由を記録して再開します
    AcceptRollback {
        /// 理由（監査記録に残ります）
        #[arg(long)]
        reason: String,
    },
}

/// Takes the newest checkpoint out.
#[derive(Debug, Args)]
struct Anchor {
    /// 決裁に添付する PDF の書き出し先
    #[arg(long, value_name = "ファイル", required_unless_present = "to")]
    pdf: Option<PathBuf>,
    /// 確定点の写しを置くフォルダー（他部署の共有フォルダーなど）
    #[arg(long, value_name = "フォルダー")]
    to: Option<PathBuf>,
}

/// Discloses one entry.
#[derive(Debug, Args)]
struct Prove {
    /// 記録の番号
    #[arg(long)]
    seq: u64,
    /// 年度（省略すると今の年度）
    #[arg(long)]
    fy: Option<i16>,
    /// 書き出すファイル（.tlog-proof）
    #[arg(long, value_name = "ファイル")]
    to: PathBuf,
}

/// The auditor's bundle.
#[derive(Debug, Args)]
struct Export {
    /// 書き出すファイル（.zip）
    #[arg(long, value_name = "ファイル")]
    to: PathBuf,
    /// 一緒に渡す方針
    #[arg(long, value_name = "ファイル")]
    policy: Option<PathBuf>,
    /// 一緒に渡す検証プログラム（省略すると shoki と同じフォルダーの shoki-verify）
    #[arg(long, value_name = "ファイル")]
    verifier: Option<PathBuf>,
}

/// Disposes of a year.
#[derive(Debug, Args)]
struct Retire {
    /// 廃棄する年度
    #[arg(long)]
    fy: i16,
    /// 承認する人の利用者ID（承認者の役割を持つ、本人とは別の職員。この端末でパスワードと確認コードを入力します）
    #[arg(long, value_name = "利用者ID")]
    approver: String,
    /// 廃棄証明書（PDF）を書き出すファイル（省略すると、庁のフォルダーの 廃棄証明書-YYYY年度.pdf）
    #[arg(long, value_name = "ファイル")]
    pdf: Option<PathBuf>,
}

/// Recomputes a log.
#[derive(Debug, Args)]
struct Verify {
    /// audit/2026 のような年度のフォルダー、または庁のフォルダー
    dir: PathBuf,
    /// 信じる鍵と立会者を書いた方針
    #[arg(long, value_name = "ファイル")]
    policy: Option<PathBuf>,
    /// 運用を始めたときに受け取った検証鍵（log.vkey）
    #[arg(long, value_name = "ファイル")]
    key: Vec<PathBuf>,
    /// 前に確かめたときの確定点（checkpoint の写し）
    #[arg(long, value_name = "ファイル")]
    known: Vec<PathBuf>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Audit {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        match &self.act {
            Act::Verify(verify) => verify.run(),
            Act::Anchor(anchor) => anchor.run(&Office::open(office)?).await,
            Act::Prove(prove) => prove.run(&Office::open(office)?),
            Act::Export(export) => export.run(&Office::open(office)?),
            Act::Inspect(inspect) => inspect.run(&Office::open(office)?).await,
            Act::Retire(retire) => retire.run(&Office::open(office)?).await,
            Act::AcceptRollback { reason } => accept_rollback(&Office::open(office)?, reason).await,
        }
    }
}

async fn accept_rollback(office: &Office, reason: &str) -> Ended {
    let store = office.store().await?;
    if office.log_rolled_back(&store, &run::person(), reason).await?.is_none() {
        return Err(Stopped::wrong("外部の確定点と食い違う記録はありません。再開の手続きは要りません。"));
    }
    print::out(
        "理由を監査記録に残し、再開しました。手元に新しい確定点を持つ監査人には、分岐として見えます。",
    );
    Ok(GOOD)
}

impl Retire {
    async fn run(&self, office: &Office) -> Ended {
        // A log is kept as long as the longest-lived of what it tells of.
        let mut years = office.config.audit.retention_years;
        for file in office.scenario_files() {
            let scenario = office.scenario(&file).map_err(|_| {
                let file = file.display();
                Stopped::wrong(format!(
                    "{file} に誤りがあり、保存年限が分かりません。`shoki lint` で直してから廃棄してください。"
                ))
            })?;
            years = years.max(scenario.retention.0.into());
        }
        let what = Retirement { fy: self.fy, years, by: run::person(), approver: self.approver.clone() };
        what.check(SystemClock.local().date()).map_err(Stopped::wrong)?;
        let store = office.store().await?;
        let log = office.log(&store).await?;
        self.vouched(&office.people(&store, &log)?).await?;
        let gone = retire(&store, &log, &what).await.map_err(|e| match e {
            RetireError::Record(_) | RetireError::File { .. } => Stopped::technical(e),
            _ => Stopped::wrong(e),
        })?;
        print::out(&format!(
            "{}年度の監査記録 {} 件を廃棄し、廃棄を今の監査記録に残しました。締めの確定点と検証鍵は残してあります。",
            self.fy, gone.size
        ));
        self.certify(office, &what, gone)
    }

    /// The other person is here and agrees.
    async fn vouched(&self, people: &People) -> Result<(), Stopped> {
        let password = read_secret(&format!("承認者 {} のパスワード", self.approver))?;
        let code =
            read_secret(&format!("承認者 {} の確認コード（6けた、使っていなければ 0）", self.approver))?;
        let given = Credentials {
            id: &self.approver,
            password: password.expose_secret(),
            code: code.expose_secret().trim(),
        };
        people.vouch(given, Role::Approver).await.map_err(|error| match error {
            PeopleError::Wrong => Stopped::wrong(
                "承認を確かめられません。承認者の利用者ID、パスワード、確認コードと、承認者の役割があることを確かめてください。何も廃棄していません。",
            ),
            other => other.into(),
        })
    }

    fn certify(&self, office: &Office, what: &Retirement, gone: Disposed) -> Ended {
        let pdf =
            self.pdf.clone().unwrap_or_else(|| office.root.join(format!("廃棄証明書-{}年度.pdf", self.fy)));
        let facts = DisposalFacts {
            office: office.config.office.name.clone(),
            origin: office.config.office.origin.clone(),
            fy: self.fy,
            size: gone.size,
            root: gone.root,
            years: what.years,
            free_from: gone.from.strftime("%Y年%-m月%-d日").to_string(),
            destroyed: local_now(),
            by: what.by.clone(),
            approver: what.approver.clone(),
        };
        fs::write(&pdf, disposal_sheet(&facts)).map_err(|e| unwritten(&pdf, &e))?;
        print::out(&format!("廃棄証明書を {} に書き出しました。印刷して保管してください。", pdf.display()));
        Ok(GOOD)
    }
}

impl Anchor {
    async fn run(&self, office: &Office) -> Ended {
        let store = office.store().await?;
        let log = office.log(&store).await?;
        log.checkpoint().await.map_err(Stopped::technical)?;
        let newest = log.newest_note().await.map_err(Stopped::technical)?;
        let (fy, note) = newest.ok_or_else(|| Stopped::wrong("まだ確定点がありません。"))?;
        let mut ways = Vec::new();
        if let Some(pdf) = &self.pdf {
            let sheet = anchor_sheet(&facts(office, fy, &note)).map_err(Stopped::technical)?;
            fs::write(pdf, sheet).map_err(|e| unwritten(pdf, &e))?;
            print::out(&format!(
                "{} に書き出しました。印刷して日々の決裁に添付してください。",
                pdf.display()
            ));
            ways.push("paper");
        }
        if let Some(folder) = &self.to {
            let outside = Outside::of(folder, &office.config.office.origin, fy);
            let file = outside.put(&note).map_err(|e| unwritten(folder, &e))?;
            print::out(&format!("{} に確定点の写しを置きました。", file.display()));
            ways.push("share");
        }
        let mut tx = store.begin(Strength::Power).await?;
        for way in ways {
            log.write(&mut tx, &log.anchored(way, &note)).await.map_err(Stopped::technical)?;
        }
        tx.set_meta(
            &outside::last(&office.config.office.origin),
            &format!("{} {}", log.now(), note.checkpoint.size),
        )
        .await?;
        tx.commit().await?;
        log.checkpoint().await.map_err(Stopped::technical)?;
        Ok(GOOD)
    }
}

fn facts(office: &Office, fy: i16, note: &Note) -> AnchorFacts {
    AnchorFacts {
        office: office.config.office.name.clone(),
        origin: note.checkpoint.origin.clone(),
        fy,
        size: note.checkpoint.size,
        root: note.checkpoint.root.to_base64(),
        printed: local_now(),
        note: note.to_string(),
    }
}

fn local_now() -> String {
    SystemClock.local().strftime("%Y年%-m月%-d日 %H:%M").to_string()
}

fn unwritten(path: &Path, why: &dyn std::fmt::Display) -> Stopped {
    Stopped::technical(format!("{} に書けません: {why}", path.display()))
}

impl Prove {
    fn run(&self, office: &Office) -> Ended {
        let fy = self.fy.unwrap_or_else(|| layout::fiscal_year(SystemClock.now()));
        let dir = office.root.join("audit").join(fy.to_string());
        let proof = prove(&Folder::new(&dir), self.seq).map_err(Stopped::wrong)?;
        fs::write(&self.to, proof.to_string()).map_err(|e| unwritten(&self.to, &e))?;
        print::out(&format!(
            "{} に書き出しました。受け取った人は `shoki-verify {} --key log.vkey` で確かめられます。",
            self.to.display(),
            self.to.display()
        ));
        Ok(GOOD)
    }
}

impl Export {
    fn run(&self, office: &Office) -> Ended {
        let extras = bundle::Extras {
            policy: self.policy.as_deref().map(read).transpose()?,
            verifier: self.verifier.clone().or_else(beside),
            office: office.config.office.name.clone(),
            made: local_now(),
        };
        if let Some(bytes) = &extras.policy {
            Policy::parse(bytes).map_err(|e| Stopped::wrong(format!("--policy: {e}")))?;
        }
        let dir = self.to.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(dir).map_err(|e| unwritten(&self.to, &e))?;
        let years = bundle(&office.root.join("audit"), &extras, &mut file).map_err(Stopped::technical)?;
        file.persist(&self.to).map_err(|e| unwritten(&self.to, &e.error))?;
        let verdict = office::worst(&years);
        print::out(&format!("{} に書き出しました。判定: {}", self.to.display(), verdict.label()));
        if extras.verifier.is_none() {
            print::out(
                "検証プログラム shoki-verify は見つからなかったため、入っていません（--verifier で指定できます）。",
            );
        }
        Ok(if verdict.is_good() { GOOD } else { verdict.exit() })
    }
}

/// The verifier that was installed with this program.
fn beside() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.with_file_name("shoki-verify");
    path.is_file().then_some(path)
}

impl Verify {
    fn run(&self) -> Ended {
        let years = verify_office(&self.dir, &self.options()?).map_err(|why| {
            let said = format!("{}: {why}", self.dir.display());
            if matches!(why, VerifyError::NotALog) { Stopped::wrong(said) } else { Stopped::technical(said) }
        })?;
        match self.format {
            Format::Json => print::json(&office::json(&years)),
            Format::Text => years.iter().for_each(|year| print::out(&year.report.render_ja())),
        }
        Ok(office::worst(&years).exit())
    }

    fn options(&self) -> Result<Options, Stopped> {
        let mut policy = match &self.policy {
            Some(path) => Policy::parse(&read(path)?).map_err(|e| wrong(path, &e))?,
            None => Policy::default(),
        };
        for path in &self.key {
            let text = String::from_utf8_lossy(&read(path)?).into_owned();
            policy.logs.push(VerifierKey::parse(text.trim_end()).map_err(|e| wrong(path, &e))?);
        }
        let known = self.known.iter().map(|path| Note::parse(&read(path)?).map_err(|e| wrong(path, &e)));
        Ok(Options { policy, known: known.collect::<Result<_, _>>()?, ..Options::default() })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Stopped> {
    std::fs::read(path).map_err(|e| wrong(path, &e))
}

fn wrong(path: &Path, why: &dyn std::fmt::Display) -> Stopped {
    Stopped::wrong(format!("{}: {why}", path.display()))
}
