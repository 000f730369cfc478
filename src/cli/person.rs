//! `shoki person`: who may use the console. On the machine itself one person is enough; that it was done here is on record.

use super::{Ended, GOOD, Stopped, print, run};
use crate::{
    app::Office,
    control::people::{PeopleError, Role, manage::Change},
};
use clap::{Args, Subcommand};
use std::path::Path;

/// People and roles.
#[derive(Debug, Args)]
pub struct PersonArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 職員を加え、はじめのパスワードを表示します
    Add {
        /// 利用者ID（監査記録に残る個人の ID。英小文字で始まる）
        id: String,
        /// 画面に出る氏名（既定: 利用者ID）
        #[arg(long, value_name = "氏名")]
        name: Option<String>,
        /// 役割: author approver operator auditor admin（複数可）
        #[arg(long = "role", value_name = "役割")]
        roles: Vec<String>,
    },
    /// 役割を与えます
    Grant {
        /// 利用者ID
        id: String,
        /// 役割
        role: String,
    },
    /// 役割を外します
    Revoke {
        /// 利用者ID
        id: String,
        /// 役割
        role: String,
    },
    /// 利用を止めます（サインイン中の画面もすぐ使えなくなります）
    Off {
        /// 利用者ID
        id: String,
        /// 理由
        #[arg(long, default_value = "異動・退職")]
        reason: String,
    },
    /// 止めた利用を再び許します
    On {
        /// 利用者ID
        id: String,
    },
    /// パスワードと確認コードを初期化し、新しいはじめのパスワードを表示します
    Reset {
        /// 利用者ID
        id: String,
    },
    /// 一覧
    List,
}

/// Why changes made here were made, in the log.
const HERE: &str = "この機械のコマンドで行った操作";

impl From<PeopleError> for Stopped {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Record(_) | PeopleError::Factor(_) => Self::technical(error),
            _ => Self::wrong(error),
        }
    }
}

fn role(word: &str) -> Result<Role, Stopped> {
    Ok(Role::of(word).ok_or_else(|| PeopleError::Role(word.to_owned()))?)
}

impl PersonArgs {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let store = office.store().await?;
        if matches!(self.act, Act::List) {
            let people = store.people().await?;
            let line = |p: &crate::store::Person| {
                let state = if p.enabled { "" } else { "停止中" };
                vec![p.id.clone(), p.name.clone(), p.roles.join(" "), state.to_owned()]
            };
            print::out(&print::table(&people.iter().map(line).collect::<Vec<_>>()));
            return Ok(GOOD);
        }
        let log = office.log(&store).await?;
        let (people, by) = (office.people(&store, &log)?, run::person());
        let change = async |change, id: &str| people.change_now(change, id, &by, HERE).await;
        match &self.act {
            Act::List => {}
            Act::Add { id, name, roles } => {
                let roles = roles.iter().map(|word| role(word)).collect::<Result<Vec<_>, _>>()?;
                if !crate::control::people::may_combine(&roles) {
                    return Err(PeopleError::Combination.into());
                }
                let initial = people.add(id, name.as_deref().unwrap_or(id), &by).await?;
                for role in roles {
                    change(Change::Grant(role), id).await?;
                }
                say_initial(id, &initial);
            }
            Act::Grant { id, role: word } => {
                change(Change::Grant(role(word)?), id).await?;
                print::out(&format!("{id} に役割 {word} を与えました。"));
            }
            Act::Revoke { id, role: word } => {
                change(Change::Revoke(role(word)?), id).await?;
                print::out(&format!("{id} から役割 {word} を外しました。"));
            }
            Act::Off { id, reason } => {
                people.disable(id, &by, reason).await?;
                print::out(&format!("{id} の利用を止めました。"));
            }
            Act::On { id } => {
                change(Change::Enable, id).await?;
                print::out(&format!("{id} は再び使えます。"));
            }
            Act::Reset { id } => {
                if let Some(initial) = change(Change::Reset, id).await? {
                    say_initial(id, &initial);
                }
            }
        }
        log.checkpoint().await.map_err(Stopped::technical)?;
        Ok(GOOD)
    }
}

fn say_initial(id: &str, initial: &str) {
    print::out(&format!(
        "利用者ID: {id}\nはじめのパスワード: {initial}\n本人にだけ伝えてください。最初のサインインで、自分のパスワードと確認コードを決めます。"
    ));
}
