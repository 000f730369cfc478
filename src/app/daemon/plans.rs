//! The scenario files of the office, read again when they change. Only what a schedule needs stays in memory.

use super::remembered::Remembered;
use crate::{
    app::{Live, Office, Planned, sha256_hex},
    control::changes::Found,
    problem::Problem,
    scenario::Scenario,
    schedule::Watched,
    store::Run,
};
use jiff::Zoned;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Size and time of a file.
type Stamp = (u64, Option<SystemTime>);
/// A file with its stamp.
type Stamped = (PathBuf, Stamp);

/// The code of the Problem of a file whose id is another's.
const DOUBLED: &str = "SHK0142";

/// Stamps of the forms; SHA-256 of what of `shoki.toml` is only read at the start.
type Fixed = (BTreeMap<PathBuf, Stamp>, String);

/// What is known of one scenario file.
struct Known {
    stamp: Stamp,
    /// The parts it uses: whoever changes one changes the scenario.
    parts: Vec<Stamped>,
    /// Its scenario; none while it has mistakes.
    planned: Option<Planned>,
    problems: Vec<Problem>,
    /// The id it had when it was last good.
    id: Option<String>,
}

/// The scenario files of an office.
pub(super) struct Plans {
    office: Arc<Office>,
    known: BTreeMap<PathBuf, Known>,
    /// Stamps of the forms, and what of `shoki.toml` is only read at the start.
    fixed: Fixed,
    /// Changes that are not on record yet, the oldest first, each with when it was found.
    untold: Vec<(Zoned, Change)>,
    /// Why the folder of the scenarios cannot be read.
    unread: Option<String>,
}

/// What has changed.
#[derive(Default, Clone)]
pub(super) struct Change {
    pub(super) watched: Vec<Watched>,
    /// Ids whose file has mistakes now.
    pub(super) spoiled: Vec<String>,
    /// Ids whose file is gone.
    pub(super) gone: Vec<String>,
}

impl Change {
    /// An id that one file left and another has now is neither spoiled nor gone.
    fn settle(&mut self) {
        let has = |id: &String| self.watched.iter().any(|watched| watched.id == *id);
        self.spoiled.retain(|id| !has(id));
        self.gone.retain(|id| !has(id));
    }
}

impl Plans {
    pub(super) fn new(office: Arc<Office>) -> Self {
        let fixed = fixed(&office);
        Self { office, known: BTreeMap::new(), fixed, untold: Vec::new(), unread: None }
    }

    /// What of `shoki.toml` holds now.
    pub(super) fn live(&self) -> Arc<Live> {
        self.office.live()
    }

    /// Looks at all files, and reads those that are not as they were at the last start.
    pub(super) fn read(&mut self) -> Vec<Watched> {
        let remembered = Remembered::of(&self.office);
        let change = self.news(&remembered).unwrap_or_default();
        remembered.keep(&self.office, self.known.values().filter_map(|k| k.planned.as_ref()));
        change.watched
    }

    /// Reads the files that are new or changed. Says all changes that are not on record yet, the oldest first, each with
    /// when it was found.
    pub(super) fn changed(&mut self, now: &Zoned) -> Vec<(Zoned, Change)> {
        let news = self.news(&Remembered::default());
        self.untold.extend(news.map(|change| (now.clone(), change)));
        self.untold.clone()
    }

    /// What [`Self::changed`] said is on record.
    pub(super) fn told(&mut self) {
        self.untold.clear();
    }

    /// The scenario files that are there; none when nobody can tell.
    fn files(&mut self) -> Option<Vec<PathBuf>> {
        let files = self.office.read_scenario_files();
        // An office that has no scenarios yet need not have the folder.
        self.unread = match &files {
            Err(error) if !self.known.is_empty() || error.kind() != ErrorKind::NotFound => {
                Some(error.to_string())
            }
            _ => None,
        };
        files.ok()
    }

    fn news(&mut self, remembered: &Remembered) -> Option<Change> {
        let files = self.files()?;
        let there: BTreeSet<&PathBuf> = files.iter().collect();
        let gone: Vec<PathBuf> =
            self.known.keys().filter(|f| !there.contains(f) && is_gone(f)).cloned().collect();
        let fresh = |f: &&PathBuf| {
            let changed = |known: &Known| {
                known.stamp != stamp(f) || known.parts.iter().any(|(p, was)| *was != stamp(p))
            };
            self.known.get(*f).is_none_or(changed)
        };
        let new: Vec<PathBuf> = files.iter().filter(fresh).cloned().collect();
        if gone.is_empty() && new.is_empty() {
            return None;
        }
        let mut change = Change::default();
        for file in gone {
            change.gone.extend(self.known.remove(&file).and_then(|known| known.id));
        }
        for file in new {
            self.read_one(file, remembered, &mut change);
        }
        // The id that was another's may be free now; the stamp of the file does not tell.
        for file in self.doubled() {
            self.read_one(file, remembered, &mut change);
        }
        change.settle();
        Some(change)
    }

    /// The files whose id was another's when they were read.
    fn doubled(&self) -> Vec<PathBuf> {
        let doubled = |known: &Known| known.problems.iter().any(|problem| problem.code == DOUBLED);
        self.known.iter().filter(|(_, known)| doubled(known)).map(|(file, _)| file.clone()).collect()
    }

    fn read_one(&mut self, file: PathBuf, remembered: &Remembered, change: &mut Change) {
        let before = self.known.remove(&file).and_then(|known| known.id);
        let stamp = stamp(&file);
        let parts =
            |planned: &Planned| planned.parts.iter().map(|(p, _)| (p.clone(), self::stamp(p))).collect();
        let mut known = match remembered.planned(&file).map_or_else(|| self.office.planned(&file), Ok) {
            Ok(planned) => Known {
                stamp,
                parts: parts(&planned),
                id: Some(planned.id.clone()),
                planned: Some(planned),
                problems: Vec::new(),
            },
            Err(problems) => Known { stamp, parts: Vec::new(), planned: None, problems, id: before.clone() },
        };
        let taken = |id: &String| self.known.values().any(|k| k.id.as_ref() == Some(id));
        if let Some(planned) = known.planned.take_if(|planned| taken(&planned.id)) {
            known.problems = vec![planned.doubled()];
            known.id = None;
        }
        match &known.planned {
            Some(planned) => change.watched.push(watched(planned)),
            None => change.spoiled.extend(before.clone()),
        }
        change.gone.extend(before.filter(|before| known.id.as_ref().is_some_and(|id| id != before)));
        self.known.insert(file, known);
    }

    /// SHA-256 of every scenario that can be run.
    pub(super) fn digests(&self) -> Vec<String> {
        self.known.values().filter_map(|k| k.planned.as_ref()).map(|p| p.sha256.clone()).collect()
    }

    /// What every good scenario says, for the record.
    pub(super) fn found(&self) -> Vec<Found> {
        let found = |planned: &Planned| Found {
            id: planned.id.clone(),
            seal: planned.seal.clone(),
            schedule: (!planned.schedule.is_empty()).then(|| schedule_digest(planned)),
            hosts: planned.hosts.clone(),
        };
        self.known.values().filter_map(|k| k.planned.as_ref()).map(found).collect()
    }

    /// What is wrong with scenarios that are not planned.
    pub(super) fn problems(&self) -> Vec<&Problem> {
        self.known.values().flat_map(|k| &k.problems).collect()
    }

    /// What a person should know about the files.
    pub(super) fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        let broken = self.known.values().filter(|k| k.planned.is_none()).count();
        if broken > 0 {
            reasons.push(format!("{broken} 件のシナリオに誤りがあり、予定に入っていません。`shoki schedule next` で確かめてください。"));
        }
        if let Some(why) = &self.unread {
            reasons.push(format!(
                "scenarios フォルダーを読めません（{why}）。前に読んだシナリオのまま動いています。"
            ));
        }
        if fixed(&self.office) != self.fixed {
            reasons.push("shoki.toml か帳票定義が変わりました。`systemctl restart` などで書記を始め直すと反映されます。".into());
        }
        reasons
    }

    /// The scenario of a run, if its file still says the same.
    pub(super) fn scenario(&self, run: &Run) -> Option<Scenario> {
        let known = self.known.values().filter_map(|k| k.planned.as_ref()).find(|p| p.id == run.scenario)?;
        self.office.scenario(&known.file).ok().filter(|s| s.sha256 == run.sha256)
    }
}

fn watched(planned: &Planned) -> Watched {
    let digest = schedule_digest(planned);
    let fixed = Some((planned.sha256.clone(), planned.seal.clone()));
    let (id, schedule) = (planned.id.clone(), planned.schedule.clone());
    Watched { id, fixed, digest, schedule }
}

fn schedule_digest(planned: &Planned) -> String {
    sha256_hex(format!("{:?}", planned.schedule).as_bytes())
}

fn stamp(file: &Path) -> Stamp {
    file.metadata().map_or((0, None), |facts| (facts.len(), facts.modified().ok()))
}

/// Whether a file is not there any more: one that cannot be asked for is.
fn is_gone(file: &Path) -> bool {
    match file.metadata() {
        Ok(facts) => !facts.is_file(),
        Err(error) => matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
    }
}

/// What is only read at the start.
fn fixed(office: &Office) -> Fixed {
    let forms = std::fs::read_dir(office.root.join("forms")).into_iter().flatten();
    let files = forms.filter_map(|f| f.ok().map(|f| f.path()));
    (files.map(|file| (file.clone(), stamp(&file))).collect(), office.live().rest.clone())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    /// An office with these files of `scenarios/`, each with its id, as they were found at first.
    fn found(files: &[(&str, &str)]) -> (TempDir, Plans) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("scenarios")).unwrap();
        fs::write(dir.path().join(crate::config::FILE), "").unwrap();
        for (name, id) in files {
            let text = format!(
                "shoki: 1\nid: {id}\ntitle: 試験\nowner: 試験課\nretention: 1y\nschedule: [{{ at: \"30 20 * * *\" }}]\nsteps: [{{ do: value.require, with: {{ that: \"${{{{ today != run.id }}}}\", else: 同じです }} }}]\n"
            );
            fs::write(file(&dir, name), text).unwrap();
        }
        let mut plans = Plans::new(Arc::new(Office::open(Some(dir.path())).unwrap()));
        let [(_, change)]: [(Zoned, Change); 1] = plans.changed(&noon()).try_into().ok().unwrap();
        assert!(!change.watched.is_empty(), "{:?}", plans.problems());
        plans.told();
        (dir, plans)
    }

    fn noon() -> Zoned {
        "2026-11-20T12:00[+09:00]".parse().unwrap()
    }

    fn file(dir: &TempDir, name: &str) -> PathBuf {
        dir.path().join("scenarios").join(name)
    }

    /// The ids of what is watched, spoiled and gone since the last look.
    fn news(plans: &mut Plans) -> [Vec<String>; 3] {
        let [(_, change)]: [(Zoned, Change); 1] = plans.changed(&noon()).try_into().ok().unwrap();
        plans.told();
        [change.watched.into_iter().map(|w| w.id).collect(), change.spoiled, change.gone]
    }

    #[test]
    fn a_file_that_gets_another_name_stays_watched() {
        let (dir, mut plans) = found(&[("a.yaml", "nightly")]);
        fs::rename(file(&dir, "a.yaml"), file(&dir, "b.yaml")).unwrap();
        assert_eq!(news(&mut plans), [vec!["nightly".to_owned()], vec![], vec![]]);
        fs::create_dir(file(&dir, "own")).unwrap();
        fs::rename(file(&dir, "b.yaml"), file(&dir, "own/scenario.yaml")).unwrap();
        assert_eq!(news(&mut plans), [vec!["nightly".to_owned()], vec![], vec![]]);
        assert!(plans.changed(&noon()).is_empty());
        fs::remove_file(file(&dir, "own/scenario.yaml")).unwrap();
        assert_eq!(news(&mut plans), [vec![], vec![], vec!["nightly".to_owned()]]);
    }

    #[test]
    fn a_copy_is_watched_once_its_original_is_gone() {
        let (dir, mut plans) = found(&[("a.yaml", "nightly")]);
        fs::copy(file(&dir, "a.yaml"), file(&dir, "b.yaml")).unwrap();
        assert_eq!(news(&mut plans), [const { Vec::<String>::new() }; 3]);
        assert_eq!(plans.problems().iter().map(|p| p.code).collect::<Vec<_>>(), [DOUBLED]);
        fs::remove_file(file(&dir, "a.yaml")).unwrap();
        assert_eq!(news(&mut plans), [vec!["nightly".to_owned()], vec![], vec![]]);
        assert!(plans.problems().is_empty() && plans.changed(&noon()).is_empty());
    }

    #[test]
    fn two_files_may_change_their_ids_for_each_others() {
        // Of different length: a file is read again when its size or its time is another.
        let (dir, mut plans) = found(&[("a.yaml", "day"), ("b.yaml", "nightly")]);
        for (from, to) in [("a.yaml", "aside"), ("b.yaml", "a.yaml"), ("aside", "b.yaml")] {
            fs::rename(file(&dir, from), file(&dir, to)).unwrap();
        }
        assert_eq!(news(&mut plans), [vec!["day".to_owned(), "nightly".to_owned()], vec![], vec![]]);
        assert!(plans.problems().is_empty());
    }

    #[test]
    fn a_change_is_said_until_it_is_on_record() {
        let (dir, mut plans) = found(&[("a.yaml", "day"), ("b.yaml", "nightly")]);
        fs::remove_file(file(&dir, "a.yaml")).unwrap();
        assert_eq!(plans.changed(&noon()).len(), 1);
        // The database was away, and meanwhile another file goes.
        fs::remove_file(file(&dir, "b.yaml")).unwrap();
        let later = noon().checked_add(jiff::SignedDuration::from_secs(10)).unwrap();
        let untold = plans.changed(&later);
        let gone: Vec<_> = untold.iter().map(|(at, change)| (at, change.gone.as_slice())).collect();
        assert_eq!(gone, [(&noon(), &["day".to_owned()][..]), (&later, &["nightly".to_owned()][..])]);
        plans.told();
        assert!(plans.changed(&later).is_empty());
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_no_empty_one() {
        let (dir, mut plans) = found(&[("a.yaml", "nightly")]);
        let (folder, aside) = (dir.path().join("scenarios"), dir.path().join("aside"));
        fs::rename(&folder, &aside).unwrap();
        assert!(plans.changed(&noon()).is_empty());
        assert!(
            plans.reasons().iter().any(|why| why.contains("scenarios フォルダー")),
            "{:?}",
            plans.reasons()
        );
        fs::rename(&aside, &folder).unwrap();
        assert!(plans.changed(&noon()).is_empty());
        assert_eq!(plans.reasons(), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_cannot_be_asked_for_is_not_gone() {
        let (dir, mut plans) = found(&[("a.yaml", "nightly")]);
        let (known, aside) = (file(&dir, "a.yaml"), dir.path().join("aside"));
        fs::rename(&known, &aside).unwrap();
        std::os::unix::fs::symlink(&known, &known).unwrap();
        assert!(plans.changed(&noon()).is_empty());
        fs::remove_file(&known).unwrap();
        fs::rename(&aside, &known).unwrap();
        assert!(plans.changed(&noon()).is_empty());
    }
}
