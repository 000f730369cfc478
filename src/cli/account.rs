//! `shoki account`: who signs in to a legacy system. Passwords are read without echo and never shown again.

use super::{Ended, GOOD, Stopped, print};
use crate::app::Office;
use clap::{Args, Subcommand};
use secrecy::SecretString;
use std::{
    io::{BufRead, IsTerminal},
    path::Path,
};

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
                let password = read_password()?;
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

/// One line from stdin; on a terminal what is typed is not shown.
fn read_password() -> Result<SecretString, Stopped> {
    let stdin = std::io::stdin();
    let unreadable = |e: std::io::Error| Stopped::technical(format!("パスワードを読めません: {e}"));
    let mut line = String::new();
    if stdin.is_terminal() {
        print::error("パスワードを入力してください（画面には表示されません）:");
        let before = rustix::termios::tcgetattr(&stdin).map_err(|e| unreadable(e.into()))?;
        let mut quiet = before.clone();
        quiet.local_modes -= rustix::termios::LocalModes::ECHO;
        let set = |t| rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Flush, t);
        set(&quiet).map_err(|e| unreadable(e.into()))?;
        let read = stdin.lock().read_line(&mut line);
        set(&before).map_err(|e| unreadable(e.into()))?;
        read.map_err(unreadable)?;
    } else {
        stdin.lock().read_line(&mut line).map_err(unreadable)?;
    }
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Stopped::wrong("パスワードが空です。"));
    }
    Ok(SecretString::from(password.to_owned()))
}
