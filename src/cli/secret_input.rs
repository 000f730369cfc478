//! What nobody may see is typed without echo, or comes line by line on standard input.

use super::{Stopped, print};
use secrecy::SecretString;
use std::io::{BufRead, IsTerminal};

/// One line from stdin; on a terminal what is typed is not shown. `what` is what people call it.
///
/// # Errors
/// When nothing comes, or the terminal cannot be told to be quiet.
pub fn read_secret(what: &str) -> Result<SecretString, Stopped> {
    let stdin = std::io::stdin();
    let unreadable = |e: std::io::Error| Stopped::technical(format!("{what}を読めません: {e}"));
    let mut line = String::new();
    if stdin.is_terminal() {
        print::error(&format!("{what}を入力してください（画面には表示されません）:"));
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
    let secret = line.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(Stopped::wrong(format!("{what}が空です。")));
    }
    Ok(SecretString::from(secret.to_owned()))
}
