//! The keeper: a small process between us and the driver. It ends the driver, the browser and everything they started,
//! and deletes their profile, as soon as its standard input closes, which the kernel does even when we are killed, and when it is
//! told to end itself: who ends a whole group of processes must not end the keeper first and leave the browser.
//!
//! Run as `shoki keeper -- chromedriver --port=0 …`; a hidden command.

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};
use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    io::{self, Read as _},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitCode, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};

/// How often a driver that ended by itself is noticed.
const LOOK: Duration = Duration::from_millis(200);

/// The variable that driver and browser carry, so that they are known even when the keeper was killed.
pub(super) const MARK: &str = "SHOKI_BROWSER";

/// Runs what stands after `--` until it ends or our standard input closes; nothing of it is left, and the folders that
/// stand before `--` are deleted.
#[must_use]
pub fn main(args: Vec<OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let folders: Vec<_> = args.by_ref().take_while(|a| a != "--").collect();
    let Some(program) = args.next() else { return ExitCode::from(1) };
    let kept = keep(&program, args);
    for folder in folders {
        let _already_gone = fs::remove_dir_all(folder);
    }
    match kept {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("keeper: {e}");
            ExitCode::from(3)
        }
    }
}

fn keep(program: &OsString, args: impl Iterator<Item = OsString>) -> io::Result<()> {
    // Orphans of the driver become our children instead of init's, so that we can find them all.
    set_child_subreaper(Some(getpid()))?;
    let home = tempfile::Builder::new().prefix("shoki-browser-").tempdir()?;
    let closed = watch();
    // TMPDIR: driver and browser put their profile and other temporary files there, and all of it is deleted at the end.
    let child = Command::new(program)
        .args(args)
        .env("TMPDIR", home.path())
        .stdin(Stdio::null())
        .process_group(0)
        .spawn();
    let waited = child.map(|child| wait_for_end(child, &closed));
    end_all();
    drop(home);
    waited
}

/// A channel that says something when standard input closes or a signal asks to end.
fn watch() -> Receiver<()> {
    let (sender, closed) = mpsc::channel();
    let signalled = sender.clone();
    thread::spawn(move || {
        let mut buffer = [0_u8; 64];
        while matches!(io::stdin().read(&mut buffer), Ok(n) if n > 0) {}
        let _already_ending = sender.send(());
    });
    thread::spawn(move || match until_signalled() {
        Ok(()) => drop(signalled.send(())),
        // Then the signals end the keeper at once, as they end other programs.
        Err(e) => eprintln!("keeper: {e}"),
    });
    closed
}

/// Returns at the first signal that asks a program to end.
fn until_signalled() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let mut end = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        tokio::select! { _ = end.recv() => {}, _ = interrupt.recv() => {}, _ = hang_up.recv() => {} }
        Ok(())
    })
}

fn wait_for_end(mut child: Child, closed: &Receiver<()>) {
    while matches!(closed.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout)) {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
    }
}

/// Kills all descendants, again and again until none is left: one that is killed may just have started another.
fn end_all() {
    // 10 seconds: only a process in uninterruptible sleep lives longer than a SIGKILL.
    for _ in 0..500 {
        let found = descendants(getpid());
        for pid in &found {
            let _already_gone = kill_process(*pid, Signal::KILL);
        }
        while matches!(wait(WaitOptions::NOHANG), Ok(Some(_))) {}
        if found.is_empty() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Kills what a keeper that was killed itself has left: every process that has `mark` in its environment. Their temporary
/// folders go too.
pub(super) fn sweep(mark: &str) {
    for _ in 0..500 {
        let left = marked(mark);
        for (pid, home) in &left {
            let _already_gone = kill_process(*pid, Signal::KILL);
            if let Some(home) = home.as_ref().filter(|h| h.contains("shoki-browser-")) {
                let _already_gone = fs::remove_dir_all(home);
            }
        }
        if left.is_empty() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Processes with `mark` in their environment, and their temporary folders. One that waits to be reaped has no environment.
fn marked(mark: &str) -> Vec<(Pid, Option<String>)> {
    let wanted = format!("{MARK}={mark}");
    let mut found = vec![];
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|s| s.parse().ok()).and_then(Pid::from_raw)
        else {
            continue;
        };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        let mut values = environment.split(|b| *b == 0).map(String::from_utf8_lossy);
        if pid != getpid() && values.clone().any(|v| v == wanted) {
            found.push((pid, values.find_map(|v| v.strip_prefix("TMPDIR=").map(str::to_owned))));
        }
    }
    found
}

fn descendants(of: Pid) -> Vec<Pid> {
    let children = children_by_parent();
    let mut found = vec![];
    let mut open = vec![of.as_raw_nonzero().get()];
    while let Some(parent) = open.pop() {
        for child in children.get(&parent).into_iter().flatten() {
            open.push(*child);
            found.extend(Pid::from_raw(*child));
        }
    }
    found
}

fn children_by_parent() -> HashMap<i32, Vec<i32>> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry.file_name().to_str().and_then(|s| s.parse().ok());
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let (Some(pid), Some(parent)) = (pid, parent_of(&stat)) {
            children.entry(parent).or_default().push(pid);
        }
    }
    children
}

/// The parent in a `/proc/PID/stat` line; the name before it may hold blanks and brackets.
fn parent_of(stat: &str) -> Option<i32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_read_past_a_name_with_brackets() {
        assert_eq!(parent_of("12 (a) (b c) S 7 12 12 0"), Some(7));
        assert_eq!(parent_of(""), None);
    }
}
