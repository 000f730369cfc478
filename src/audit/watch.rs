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
    last: Option<Entry>,
    newest: Option<Timestamp>,
    open: BTreeMap<String, Open>,
}

impl Watch {
    pub(super) fn see(&mut self, entry: Entry, findings: &mut Findings) {
        self.see_clock(&entry, findings);
        if let Some(last) = &self.last {
            see_process(last, &entry, findings);
        }
        self.see_act(&entry, findings);
        self.newest = self.newest.max(Some(entry.ts()));
        self.last = Some(entry);
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
        let Some(last) = self.last.as_ref().map(Entry::ts) else { return };
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

fn see_process(last: &Entry, entry: &Entry, findings: &mut Findings) {
    let (before, now) = (last.ep(), entry.ep());
    if now < before {
        let what =
            format!("起動番号(ep)が {before} から {now} に戻っています。古いプロセスが書いた疑いがあります");
        findings.warn(Some(entry.seq()), what);
    } else if now > before + 1 {
        findings.warn(Some(entry.seq()), format!("起動番号(ep)が {before} から {now} に飛んでいます"));
    }
    let same = now == before && last.boot() == entry.boot();
    let silent = entry.mono().saturating_sub(last.mono());
    if same && silent > SILENCE_NS {
        let minutes = silent / 60_000_000_000;
        findings.warn(Some(entry.seq()), format!("動いている間に {minutes} 分、記録が途切れています"));
    }
}
