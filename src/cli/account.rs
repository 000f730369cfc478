//! `shoki account`: who signs in to a legacy system. Passwords are read without echo and never shown again.

use super::{Ended, GOOD, Stopped, print, secret_input::read_secret};
use crate::app::Office;
use clap::{Args, Subcommand};
use std::path::Path;

/// Accounts of legacy systems.
#[derive(Debug, Args)]
pub struct AccountArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 登録する（パスワードは入力を求められるか、標準入力の1行目から読みます）
    Set {
        /// シナリオの account: に書いた名前
        name: String,
        /// 利用者ID
        #[arg(long)]
        user: String,
    },
    /// 登録されている名前の一覧
    List,
}

impl AccountArgs {
    pub fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let accounts = office.accounts().map_err(Stopped::technical)?;
        match &self.act {
            Act::Set { name, user } => {
                let password = read_secret("パスワード")?;
                accounts.set(name, user, &password).map_err(Stopped::technical)?;
                print::out(&format!("アカウント「{name}」を登録しました。"));
            }
            Act::List => {
                accounts.names().map_err(Stopped::technical)?.iter().for_each(|name| print::out(name));
            }
        }
        Ok(GOOD)
    }
}
