//! What a person should look at although nothing is forged: gaps, clocks, acts without an outcome.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::entry::Entry;
use super::event::Event;
use super::report::Findings;

/// A living writer leaves an entry at least every 15 minutes; five more are tolerated.
const SILENCE_NS: u64 = 20 * 60 * 1_000_000_000;
/// A clock may be set back by so much without a word (time servers do).
const BACKWARDS: SignedDuration = SignedDuration::from_secs(2);

/// An irreversible act without a known outcome.
struct Open {
    seq: u64,
    act: [String; 3],
    in_doubt: bool,
}

impl Open {
    fn warn(&self, findings: &mut Findings) {
        let [_, item, step] = &self.act;
        let what = if self.in_doubt {
            format!("件 {item} の手順「{step}」は、行われたか分からないまま、まだ誰も決めていません")
        } else {
            format!("件 {item} の手順「{step}」の予告に、結果の記録がありません")
        };
        findings.warn(Some(self.seq), what);
    }
}

/// Looks at the entries in order.
#[derive(Default)]
pub(super) struct Watch {
    last: Option<Timestamp>,
    processes: Processes,
    newest: Option<Timestamp>,
    open: BTreeMap<String, Open>,
}

impl Watch {
    pub(super) fn see(&mut self, entry: &Entry, findings: &mut Findings) {
        self.see_clock(entry, findings);
        self.processes.see(entry, findings);
        self.see_act(entry, findings);
        self.newest = self.newest.max(Some(entry.ts()));
        self.last = Some(entry.ts());
    }

    /// The newest time any entry has.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    pub(super) fn finish(self, findings: &mut Findings) {
        let mut open: Vec<Open> = self.open.into_values().collect();
        open.sort_by_key(|open| open.seq);
        for act in &open {
            act.warn(findings);
        }
    }

    fn see_clock(&self, entry: &Entry, findings: &mut Findings) {
        let Some(last) = self.last else { return };
        let back = last.duration_since(entry.ts());
        if back > BACKWARDS {
            let what =
                format!("時計が {} 秒戻っています({last:.3} の次が {:.3})", back.as_secs(), entry.ts());
            findings.warn(Some(entry.seq()), what);
        }
    }

    fn see_act(&mut self, entry: &Entry, findings: &mut Findings) {
        match entry.event() {
            Event::StepIntent => {
                let idem = entry.text("idem").unwrap_or_default().to_owned();
                let open = Open { seq: entry.seq(), act: act(entry), in_doubt: false };
                if let Some(left) = self.open.insert(idem, open) {
                    left.warn(findings);
                }
            }
            Event::StepUnknown => {
                if let Some(open) = self.find(entry).and_then(|idem| self.open.get_mut(&idem)) {
                    open.in_doubt = true;
                }
            }
            Event::StepResult | Event::StepResolve => {
                if let Some(idem) = self.find(entry) {
                    self.open.remove(&idem);
                }
            }
            _ => {}
        }
    }

    /// The open act an outcome belongs to: by its id, else by run, item and step.
    fn find(&self, entry: &Entry) -> Option<String> {
        if let Some(idem) = entry.text("idem") {
            return Some(idem.to_owned());
        }
        let wanted = act(entry);
        self.open.iter().find(|(_, open)| open.act == wanted).map(|(idem, _)| idem.clone())
    }
}

fn act(entry: &Entry) -> [String; 3] {
    ["run", "item", "step"].map(|key| entry.text(key).unwrap_or_default().to_owned())
}

/// A process that has written: where it stood when it last did.
struct Process {
    boot: String,
    mono: u64,
}

/// The starts of the program. Several may write at once, each with its own number.
#[derive(Default)]
struct Processes {
    seen: BTreeMap<u64, Process>,
    /// The machine's counter at the last entry, of any process.
    last: Option<(String, u64)>,
    /// The latest long silence: from where to where it lasted.
    silence: Option<(u64, u64)>,
}

impl Processes {
    fn see(&mut self, entry: &Entry, findings: &mut Findings) {
        self.see_number(entry, findings);
        self.see_silence(entry, findings);
        let process = Process { boot: entry.boot().to_owned(), mono: entry.mono() };
        self.last = Some((process.boot.clone(), process.mono));
        self.seen.insert(entry.ep(), process);
    }

    /// A number that was never seen must be one more than the largest; a process does not outlive the machine's start.
    fn see_number(&self, entry: &Entry, findings: &mut Findings) {
        let now = entry.ep();
        let Some((&newest, _)) = self.seen.last_key_value() else { return };
        let same_boot = self.seen.get(&now).map(|process| process.boot == entry.boot());
        let what = match same_boot {
            Some(false) => {
                format!("起動番号(ep)が {newest} から {now} に戻っています。機械の起動より前のプロセスです")
            }
            None if now < newest => {
                format!(
                    "起動番号(ep)が {newest} から {now} に戻っています。古いプロセスが書いた疑いがあります"
                )
            }
            None if now > newest + 1 => format!("起動番号(ep)が {newest} から {now} に飛んでいます"),
            Some(true) | None => return,
        };
        findings.warn(Some(entry.seq()), what);
    }

    /// Nobody wrote for long although this process lived before and after.
    fn see_silence(&mut self, entry: &Entry, findings: &mut Findings) {
        let Some((boot, last)) = &self.last else { return };
        if boot != entry.boot() {
            self.silence = None;
            return;
        }
        if entry.mono().saturating_sub(*last) > SILENCE_NS {
            self.silence = Some((*last, entry.mono()));
        }
        let Some((from, to)) = self.silence else { return };
        let before = self.seen.get(&entry.ep()).is_some_and(|p| p.boot == *boot && p.mono <= from);
        if before {
            let minutes = (to - from) / 60_000_000_000;
            findings.warn(Some(entry.seq()), format!("動いている間に {minutes} 分、記録が途切れています"));
            self.silence = None;
        }
    }
}
