//! What stands in the office's files is changed with an editor, not through us. Whoever watches the files puts on record what
//! is found changed: a scenario, when it starts by itself, which hosts it may reach.

use super::{AuditLog, LogError};
use crate::{
    audit::{Draft, Event, recordable, tree},
    store::{Store, Strength},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A scenario as its file has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// Its seal.
    pub seal: String,
    /// SHA-256 of its schedule, hex; none: it never starts by itself.
    pub schedule: Option<String>,
    /// The origins it may reach: `http://host:port`.
    pub hosts: Vec<String>,
}

/// What was found when the files were last looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// Seals by scenario; of those that are gone, too, the last.
    seals: BTreeMap<String, String>,
    schedules: BTreeMap<String, String>,
    hosts: BTreeSet<String>,
}

impl Known {
    fn now(&self, found: &[Found]) -> Self {
        let mut seals = self.seals.clone();
        seals.extend(found.iter().map(|f| (f.id.clone(), f.seal.clone())));
        let schedules = found.iter().filter_map(|f| Some((f.id.clone(), f.schedule.clone()?)));
        let hosts = found.iter().flat_map(|f| f.hosts.iter().cloned());
        Self { seals, schedules: schedules.collect(), hosts: hosts.collect() }
    }

    fn scenario(&self, draft: Draft, id: &str) -> Draft {
        draft.scenario(id, 1, &self.seals[id], None)
    }

    /// What to write, `before` having been known.
    fn drafts(&self, before: &Self, log: &AuditLog) -> Vec<Draft> {
        let saved = self.seals.iter().filter(|(id, seal)| before.seals.get(*id) != Some(seal));
        let saved = saved.map(|(id, _)| self.scenario(log.system(Event::ScenarioSave), id));
        let set = |id: &String, digest: Option<&String>| {
            let draft = self.scenario(log.system(Event::ScheduleSet), id).data("on", digest.is_some());
            digest.map_or(draft.clone(), |digest| draft.data("sha256", digest.as_str()))
        };
        let on = self.schedules.iter().filter(|(id, digest)| before.schedules.get(*id) != Some(digest));
        let on = on.map(|(id, digest)| set(id, Some(digest)));
        let off = before.schedules.keys().filter(|id| !self.schedules.contains_key(*id));
        let off = off.map(|id| set(id, None));
        let added = self.hosts.difference(&before.hosts).map(|host| allow(log, "add", host));
        let removed = before.hosts.difference(&self.hosts).map(|host| allow(log, "remove", host));
        saved.chain(on).chain(off).chain(added).chain(removed).collect()
    }
}

fn allow(log: &AuditLog, op: &'static str, host: &str) -> Draft {
    let sha256 = tree::hex(&tree::sha256(host.as_bytes()).0);
    let draft = log.system(Event::AllowSet).data("kind", "host").data("op", op).data("sha256", sha256);
    let draft = draft.data("reason", "シナリオの systems が変わりました。");
    if recordable(host) { draft.data("value", host) } else { draft }
}

/// Puts on record what is not as it was found before; says how much that is.
///
/// # Errors
/// When nothing can be recorded.
///
/// # Panics
/// Never: what is known is plain data.
pub async fn note(store: &Store, log: &AuditLog, found: &[Found]) -> Result<usize, LogError> {
    let key = format!("files/{}", log.place().origin);
    let mut tx = store.begin(Strength::Power).await?;
    let before = tx.meta(&key).await?.and_then(|text| serde_json::from_str(&text).ok());
    let before: Known = before.unwrap_or_default();
    let now = before.now(found);
    if now == before {
        return Ok(0);
    }
    let drafts = now.drafts(&before, log);
    for draft in &drafts {
        log.write(&mut tx, draft).await?;
    }
    tx.set_meta(&key, &serde_json::to_string(&now).expect("what is known is plain data")).await?;
    tx.commit().await?;
    Ok(drafts.len())
}
