//! Progress on a terminal; silence in a pipe.

use crate::{
    engine::{Brake, Progress, Watch},
    run::ItemState,
};
use indicatif::{ProgressBar, ProgressStyle};
use std::{io::IsTerminal, sync::Arc};

/// Shows how a run goes on.
pub struct Show {
    bar: ProgressBar,
    /// A line for every item, not only the bar.
    lines: bool,
}

impl Show {
    /// On a terminal a bar; with `lines` also a line for each item, wherever the output goes.
    pub fn new(lines: bool) -> Arc<Self> {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} 件  {elapsed_precise}  {msg}");
        bar.set_style(style.expect("the template above is right"));
        Arc::new(Self { bar, lines })
    }

    /// As the engine wants it.
    pub fn watch(self: &Arc<Self>) -> Watch {
        let show = Arc::clone(self);
        Arc::new(move |progress| show.tell(progress))
    }

    fn tell(&self, progress: Progress) {
        match progress {
            Progress::Listed { items, skipped } => {
                self.bar.set_length(items as u64);
                self.bar.inc(skipped as u64);
                self.line(&format!("受付 {items} 件（うち処理済み {skipped} 件）"));
            }
            Progress::Began { label, .. } => self.bar.set_message(label),
            Progress::Rested { n, label, state, reason } => {
                self.bar.inc(1);
                let reason = reason.map(|r| format!("  {r}")).unwrap_or_default();
                self.line(&format!("{n:>4}  {}  {label}{reason}", super::print::fill(state.label(), 18)));
            }
            Progress::After => self.bar.set_message("台帳を作成中"),
        }
    }

    fn line(&self, text: &str) {
        if !self.lines {
            return;
        }
        if self.bar.is_hidden() {
            super::print::out(text);
        } else {
            self.bar.println(text);
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// A flag that the first Ctrl-C or SIGTERM sets: the step in hand is finished. A second one ends the process.
pub fn stop_on_signal() -> Arc<Brake> {
    let stop = Arc::<Brake>::default();
    let flag = Arc::clone(&stop);
    tokio::spawn(async move {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                () = async { match &mut term { Some(t) => { t.recv().await; } None => std::future::pending().await } } => {}
            }
            if flag.is_stop() {
                std::process::exit(130);
            }
            flag.stop(Some("職員の操作で止めました。".into()));
            super::print::error(
                "停止の指示を受けました。実行中の手順が終わりしだい止めます（もう一度で直ちに終了）。",
            );
        }
    });
    stop
}

/// A state that a person must look at.
pub const fn attention(state: ItemState) -> bool {
    !matches!(state, ItemState::Done | ItemState::Skipped)
}
