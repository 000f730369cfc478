//! What scenario files said when they were last read, kept in `state/`: a start does not check hundreds of files anew that
//! nobody has touched. Every file is looked at by its content; a scenario that starts is read and checked in full anyway.

use crate::app::{Office, Planned, sha256_hex};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// The file in `state/`.
const FILE: &str = "plans.json";

/// Good scenarios, by their files.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// Under which program, settings and forms they were good.
    world: String,
    files: BTreeMap<PathBuf, Planned>,
}

impl Remembered {
    /// What was kept, as far as it still holds.
    pub(super) fn of(office: &Office) -> Self {
        let kept =
            fs::read(office.state().join(FILE)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let (kept, world): (Self, String) = (kept.unwrap_or_default(), world(office));
        if kept.world == world { kept } else { Self { world, files: BTreeMap::new() } }
    }

    /// What the file says, if it and all its parts are as they were.
    pub(super) fn planned(&self, file: &Path) -> Option<Planned> {
        let known = self.files.get(file)?;
        let as_it_was = |file: &Path, sha256: &str| digest(file).is_some_and(|now| now == sha256);
        let all =
            as_it_was(file, &known.sha256) && known.parts.iter().all(|(part, sha)| as_it_was(part, sha));
        all.then(|| known.clone())
    }

    /// Keeps `planned` for the next start. What cannot be kept is read anew then.
    pub(super) fn keep<'p>(self, office: &Office, planned: impl Iterator<Item = &'p Planned>) {
        let files = planned.map(|p| (p.file.clone(), p.clone())).collect();
        let new = Self { world: self.world.clone(), files };
        if new == self {
            return;
        }
        let state = office.state();
        let written = tempfile::NamedTempFile::new_in(&state).and_then(|mut file| {
            file.write_all(&serde_json::to_vec(&new)?)?;
            file.persist(state.join(FILE)).map_err(|e| e.error)
        });
        if let Err(error) = written {
            tracing::warn!(%error, "what scenarios say could not be kept for the next start");
        }
    }
}

fn digest(file: &Path) -> Option<String> {
    fs::read(file).ok().map(|bytes| sha256_hex(&bytes))
}

/// What decides, beside a scenario's own files, whether it is good: this program, `shoki.toml`, the forms.
fn world(office: &Office) -> String {
    let mut all = format!("{}\n{}\n", env!("CARGO_PKG_VERSION"), office.config_digest);
    if let Ok(facts) = std::env::current_exe().and_then(|program| program.metadata()) {
        let at = facts.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let _ = writeln!(all, "{} {}", facts.len(), at.map_or(0, |at| at.as_nanos()));
    }
    let forms = fs::read_dir(office.root.join("forms")).into_iter().flatten();
    let mut forms: Vec<PathBuf> = forms.filter_map(|f| f.ok().map(|f| f.path())).collect();
    forms.sort();
    for form in forms {
        let _ = writeln!(all, "{} {}", form.display(), digest(&form).unwrap_or_default());
    }
    sha256_hex(all.as_bytes())
}
