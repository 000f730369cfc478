//! The scenarios of an office and when they come due.

use super::Office;
use crate::{
    calendar::{Moment, OfficeCalendar, Schedule},
    drivers::browser::origin_of,
    problem::Problem,
    scenario::Scenario,
};
use jiff::Zoned;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// What a schedule needs of a scenario; the scenario itself is read again when it starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The scenario's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its file.
    pub file: PathBuf,
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// Its seal, with all its forms and parts.
    pub seal: String,
    /// When it should start; may be never.
    pub schedule: Vec<Schedule>,
    /// The origins of its systems.
    pub hosts: Vec<String>,
    /// The files of the parts it uses, and SHA-256 of their bytes, hex.
    pub parts: Vec<(PathBuf, String)>,
}

/// All scenarios of an office: those that can be planned, and what is wrong with the others.
#[derive(Debug, Clone, Default)]
pub struct Timetable {
    /// By their ids.
    pub scenarios: Vec<Planned>,
    /// Every Problem of the others. Their schedules are refused.
    pub problems: Vec<Problem>,
}

impl Office {
    /// The files of `scenarios/`, a folder of its own for each or not. None when it cannot be read.
    #[must_use]
    pub fn scenario_files(&self) -> Vec<PathBuf> {
        self.read_scenario_files().unwrap_or_default()
    }

    /// As [`Self::scenario_files`], for those to whom a folder that cannot be read is not an empty one.
    ///
    /// # Errors
    /// When the folder cannot be read, or is not there.
    pub fn read_scenario_files(&self) -> std::io::Result<Vec<PathBuf>> {
        let yaml = |p: &PathBuf| p.extension().is_some_and(|e| e == "yaml" || e == "yml");
        let mut files = Vec::new();
        for file in std::fs::read_dir(self.root.join("scenarios"))? {
            let path = file?.path();
            if path.is_dir() {
                files.push(path.join("scenario.yaml"));
            } else if yaml(&path) {
                files.push(path);
            }
        }
        files.retain(|p| p.is_file());
        files.sort();
        Ok(files)
    }

    /// Reads every scenario of the office.
    #[must_use]
    pub fn timetable(&self) -> Timetable {
        let mut plan = Timetable { problems: self.form_problems.clone(), ..Timetable::default() };
        let mut known = BTreeSet::new();
        for file in self.scenario_files() {
            match self.planned(&file) {
                Err(problems) => plan.problems.extend(problems),
                Ok(planned) if known.insert(planned.id.clone()) => plan.scenarios.push(planned),
                Ok(planned) => plan.problems.push(planned.doubled()),
            }
        }
        plan
    }

    /// Reads one scenario for its schedule.
    ///
    /// # Errors
    /// Every Problem of the file.
    pub fn planned(&self, file: &Path) -> Result<Planned, Vec<Problem>> {
        let loaded = crate::scenario::load(file, &super::catalog(), &self.forms, &self.facts());
        let file = file.to_owned();
        let planned = |s: Scenario| Planned {
            id: s.id,
            title: s.title,
            file,
            sha256: s.sha256,
            seal: s.seal,
            schedule: s.schedule,
            hosts: s.systems.values().filter_map(|system| origin_of(&system.url)).collect(),
            parts: s.parts.into_iter().map(|part| (part.file, part.sha256)).collect(),
        };
        Ok(planned(loaded?))
    }
}

impl Planned {
    /// That another scenario has the same id.
    #[must_use]
    pub fn doubled(&self) -> Problem {
        let message = format!("id「{}」はほかのシナリオでも使われています", self.id);
        Problem::of_file("SHK0142", &self.file, message)
            .with_help("id は庁の中で1つだけにします。写して作ったシナリオは id を変えます")
    }

    /// Its moments after `after` and not after `until`, in order. One that several of its schedules share comes once.
    #[must_use]
    pub fn moments(&self, calendar: &OfficeCalendar, after: &Zoned, until: &Zoned) -> Vec<Moment> {
        let mut all: Vec<Moment> =
            self.schedule.iter().flat_map(|s| s.moments(calendar, after, until)).collect();
        all.sort_by(|a, b| a.at.cmp(&b.at));
        all.dedup_by(|b, a| a.at == b.at && a.standing == b.standing);
        all
    }
}
