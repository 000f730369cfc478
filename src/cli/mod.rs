//! One file per command. A command shows records and passes acts; it decides nothing.

mod account;
mod actions;
mod approval;
mod audit;
mod backup;
mod certificate;
mod checks;
mod console;
mod demo;
mod doctor;
mod evidence;
mod explain;
mod form;
mod functions;
mod handover;
mod init;
mod inspect;
mod lint;
mod listening;
mod new;
mod ocr;
mod ocr_bench;
mod ocr_calibrate;
mod ocr_score;
mod person;
mod plan;
mod print;
mod reference;
mod resume;
mod run;
mod runs;
mod schedule;
mod schema;
mod secret_input;
mod serve;
mod show;
mod stop;
mod watch;
mod words;

use crate::control::approvals::ChangeAct;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum, error::ErrorKind};
use std::{path::PathBuf, process::ExitCode};

/// 書記: 紙を読み、業務システムに入力し、台帳を書き、監査できる記録を残します。
#[derive(Debug, Parser)]
#[command(name = "shoki", version)]
struct Cli {
    /// 庁のフォルダー（既定: 今いるフォルダー）
    #[arg(long, global = true, value_name = "フォルダー")]
    office: Option<PathBuf>,
    #[command(subcommand)]
    command: Face,
}

/// The commands.
#[derive(Debug, Subcommand)]
enum Face {
    /// 架空の市で、紙から台帳までをひととおり実演します
    Demo(demo::Demo),
    /// 庁のフォルダーを新しく作ります
    Init(init::Init),
    /// 付属のシナリオから、自庁のシナリオを始めます
    New(new::New),
    /// シナリオと帳票定義の誤りをすべて示します
    Lint(lint::Lint),
    /// 予行: 実行したら何をするかを示します（登録や書き込みはしません）
    Plan(plan::Plan),
    /// シナリオを実行します（`run show ID` で実行の内容を表示）
    Run(run::RunArgs),
    /// 実行の一覧
    Runs(runs::Runs),
    /// 予定の確認と、始まらなかった予定の扱い
    Schedule(schedule::ScheduleArgs),
    /// 常駐します: 予定の時刻に実行し、職員の回答を待って続けます
    Serve(serve::Serve),
    /// 職員の画面だけを動かします（実行は進めません）
    Console(console::ConsoleArgs),
    /// 職員の画面を使う人と、その役割
    Person(person::PersonArgs),
    /// 画面を暗号化する証明書を作ります
    Certificate(certificate::CertificateArgs),
    /// 実行を止めます（`--all` ですべてを緊急停止、`--release` で解除）
    Stop(stop::StopArgs),
    /// 途中の実行、回答済みの実行を続けます
    Resume(resume::Resume),
    /// 職員の確認を待つ項目の一覧と回答
    Checks(checks::Checks),
    /// 紙を読みます
    Ocr(ocr::Ocr),
    /// 監査記録の検証、確定点の持ち出し、監査人への引き渡し
    Audit(audit::Audit),
    /// 証跡（画像）の取り出しと消去
    Evidence(evidence::Evidence),
    /// 帳票定義の読み取り位置を絵にします
    Form(form::FormArgs),
    /// 引継ぎ書（HTML）を書き出します
    Handover(handover::Handover),
    /// シナリオの流れを絵（SVG）にします
    Flow(handover::ScenarioPicture),
    /// シナリオを、別の職員の承認に出します
    Submit(approval::Approval),
    /// 提出されたシナリオを承認します（自分のものはできません）
    Approve(approval::Approval),
    /// 提出されたシナリオを、理由を付けて差し戻します
    Reject(approval::Approval),
    /// 承認されたシナリオを動かせるようにします
    Deploy(approval::Approval),
    /// シナリオを、理由を付けて廃止します（配備し直すまで動きません）
    Retire(approval::Approval),
    /// 式（${{ }}）で使える関数の一覧
    Functions(functions::Functions),
    /// シナリオの書き方の参照（Markdown）
    Reference(reference::Reference),
    /// 編集ソフトのための JSON Schema
    Schema(schema::Schema),
    /// 動作の一覧と説明
    Actions(actions::Actions),
    /// 対象システムの利用者ID・パスワードを登録します
    Account(account::AccountArgs),
    /// 誤りの番号（SHK0101 など）の説明
    Explain(explain::Explain),
    /// 記録の控えを1つのファイルに作ります（実行中でも作れます）
    Backup(backup::Backup),
    /// 記録を控えに戻します
    Restore(backup::Restore),
    /// この機械に足りないものと、入れ方を示します
    Doctor(doctor::Doctor),
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// 人が読む形
    #[default]
    Text,
    /// JSON
    Json,
}

/// Good.
const GOOD: u8 = 0;
/// The input is not right.
const WRONG: u8 = 1;
/// Some items need people.
const PEOPLE: u8 = 2;
/// Technical failure.
const TECHNICAL: u8 = 3;

/// What a command ends with: an exit code, or a sentence for the person and a code.
type Ended = Result<u8, Stopped>;

/// A sentence in Japanese and an exit code.
#[derive(Debug)]
struct Stopped(String, u8);

impl Stopped {
    fn wrong(message: impl std::fmt::Display) -> Self {
        Self(message.to_string(), WRONG)
    }

    fn technical(message: impl std::fmt::Display) -> Self {
        Self(message.to_string(), TECHNICAL)
    }
}

impl From<crate::app::OfficeError> for Stopped {
    fn from(e: crate::app::OfficeError) -> Self {
        use crate::{app::OfficeError, control::LogError, store::StoreError};
        match e {
            OfficeError::Config(_)
            | OfficeError::Serving
            | OfficeError::TwoOffices(_)
            | OfficeError::Record(
                LogError::TwoMachines(_) | LogError::Store(StoreError::Copied | StoreError::Namesake(_)),
            ) => Self::wrong(e),
            OfficeError::Record(LogError::Tampered(_)) => Self(e.to_string(), 12),
            OfficeError::Record(LogError::RolledBack { .. }) => Self(e.to_string(), 13),
            _ => Self::technical(e),
        }
    }
}

impl From<crate::store::StoreError> for Stopped {
    fn from(e: crate::store::StoreError) -> Self {
        Self::technical(e)
    }
}

impl From<crate::engine::EngineError> for Stopped {
    fn from(e: crate::engine::EngineError) -> Self {
        match e {
            crate::engine::EngineError::Stopped(_) => Self::wrong(e),
            _ => Self::technical(e),
        }
    }
}

impl From<crate::control::acts::ActError> for Stopped {
    fn from(e: crate::control::acts::ActError) -> Self {
        match e {
            crate::control::acts::ActError::Record(_) => Self::technical(e),
            _ => Self::wrong(e),
        }
    }
}

/// Reads the command line and does what it says.
#[must_use]
pub fn main() -> ExitCode {
    let words = words::japanese(Cli::command()).try_get_matches();
    let cli = match words.and_then(|words| Cli::from_arg_matches(&words)) {
        Ok(cli) => cli,
        Err(e) => return explained(&e),
    };
    if !matches!(cli.command, Face::Serve(_) | Face::Console(_)) {
        crate::app::trace::start();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return end(Err(Stopped::technical(e))),
    };
    end(runtime.block_on(cli.run()))
}

/// Help that was asked for, or what is wrong with the command line.
fn explained(e: &clap::Error) -> ExitCode {
    let help = ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if !e.use_stderr() || e.kind() == help || e.kind() == ErrorKind::MissingSubcommand {
        e.print().ok();
    } else {
        print::error(&words::said(e));
    }
    ExitCode::from(if e.use_stderr() { WRONG } else { GOOD })
}

fn end(ended: Ended) -> ExitCode {
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(Stopped(message, code)) => {
            print::error(&message);
            ExitCode::from(code)
        }
    }
}

impl Cli {
    async fn run(self) -> Ended {
        let office = self.office.as_deref();
        match self.command {
            Face::Demo(demo) => demo.run().await,
            Face::Init(init) => init.run(),
            Face::New(new) => new.run(office),
            Face::Form(form) => form.run(office).await,
            Face::Handover(handover) => handover.run(office).await,
            Face::Flow(flow) => flow.run(office),
            Face::Submit(act) => act.run(ChangeAct::Submit, office).await,
            Face::Approve(act) => act.run(ChangeAct::Approve, office).await,
            Face::Reject(act) => act.run(ChangeAct::Reject, office).await,
            Face::Deploy(act) => act.run(ChangeAct::Deploy, office).await,
            Face::Retire(act) => act.run(ChangeAct::Retire, office).await,
            Face::Functions(functions) => functions.run(),
            Face::Reference(reference) => reference.run(),
            Face::Schema(schema) => schema.run(),
            Face::Lint(lint) => lint.run(office),
            Face::Plan(plan) => Box::pin(plan.run(office)).await,
            Face::Run(run) => run.run(office).await,
            Face::Runs(runs) => runs.run(office).await,
            Face::Schedule(schedule) => schedule.run(office).await,
            Face::Serve(serve) => serve.run(office).await,
            Face::Console(console) => console.run(office).await,
            Face::Person(person) => person.run(office).await,
            Face::Certificate(certificate) => certificate.run(office),
            Face::Stop(stop) => stop.run(office).await,
            Face::Resume(resume) => resume.run(office).await,
            Face::Checks(checks) => checks.run(office).await,
            Face::Ocr(ocr) => ocr.run(office).await,
            Face::Audit(audit) => audit.run(office).await,
            Face::Evidence(evidence) => evidence.run(office).await,
            Face::Actions(actions) => actions.run(),
            Face::Account(account) => account.run(office),
            Face::Explain(explain) => explain.run(),
            Face::Backup(backup) => backup.run(office).await,
            Face::Restore(restore) => Box::pin(restore.run(office)).await,
            Face::Doctor(doctor) => doctor.run(office).await,
        }
    }
}
