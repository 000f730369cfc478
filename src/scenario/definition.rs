//! A scenario as it is after every check: what the engine runs.

use crate::step::{ActionDef, HardCopy};
use serde_json::Value;
use std::{collections::BTreeMap, ops::Range, path::PathBuf, sync::Arc, time::Duration};

/// A checked scenario file.
#[derive(Clone)]
pub struct Scenario {
    /// Its word: `resident-move-notices`.
    pub id: String,
    /// Its title in Japanese.
    pub title: String,
    /// The section that answers for it.
    pub owner: String,
    /// How long its records are kept.
    pub retention: Retention,
    /// What it saves.
    pub saves: Option<Savings>,
    /// When it should start.
    pub schedule: Vec<Schedule>,
    /// Names of values the office supplies.
    pub settings: Vec<String>,
    /// Legacy systems by their word.
    pub systems: BTreeMap<String, System>,
    /// Steps at the start, once.
    pub before: Vec<Step>,
    /// Where the items come from; none: the run is one item.
    pub items: Option<Items>,
    /// Steps of each item.
    pub steps: Vec<Step>,
    /// Steps when no item can move any more without a person.
    pub after: Vec<Step>,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
    /// The file.
    pub file: PathBuf,
    /// The file's text, for pointing at a line at run time.
    pub text: Arc<str>,
}

/// 保存年限, in years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention(pub u8);

/// What a scenario saves.
#[derive(Debug, Clone, PartialEq)]
pub struct Savings {
    /// Minutes one item takes by hand.
    pub minutes_by_hand: f64,
    /// When and how that was measured.
    pub note: Option<String>,
}

/// On which days a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// 開庁日.
    Open,
    /// 閉庁日.
    Closed,
    /// 毎日.
    All,
}

/// Where a due moment on an unsuitable day goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// It is left out.
    None,
    /// To the previous open day.
    Previous,
    /// To the next open day.
    Next,
}

/// What happens with a moment the daemon slept through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissedPolicy {
    /// Shown to a person.
    Hold,
    /// Started once.
    RunOnce,
    /// Left out.
    Skip,
}

/// When a scenario should start.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Cron, five fields, the office's time.
    pub at: String,
    /// On which days.
    pub days: Days,
    /// Where it moves.
    pub shift: Shift,
    /// When missed.
    pub missed: MissedPolicy,
}

/// A legacy system; its texts may hold `${{ settings.… }}`.
#[derive(Clone)]
pub struct System {
    /// Its word.
    pub id: String,
    /// Where it begins.
    pub url: String,
    /// The account that signs in.
    pub account: Option<String>,
    /// From and to, as minutes of the day; never acts outside.
    pub hours: Option<Range<u16>>,
    /// When pictures may be kept.
    pub hard_copy: HardCopy,
    /// How many may be signed in at once, at least 1.
    pub sessions: usize,
    /// Done whenever a session starts.
    pub sign_in: Vec<Step>,
    /// Titles of windows that may appear by themselves.
    pub notices: Vec<String>,
    /// Texts of a page that says the session has run out.
    pub expired_when: Vec<String>,
    /// Texts of a page that says somebody else holds the record.
    pub locked_when: Vec<String>,
    /// Labels painted over in pictures.
    pub mask: Vec<String>,
}

/// Where items come from.
#[derive(Clone)]
pub struct Items {
    /// A step whose output is a list.
    pub source: Step,
    /// Identity over all runs of the scenario, a text with `${{ item.… }}`.
    pub key: String,
}

/// How often and after what wait a step is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Tries in all, at least 1.
    pub times: u32,
    /// The first wait; each later one is twice as long.
    pub wait: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { times: 2, wait: Duration::from_secs(2) }
    }
}

/// What a failure does to the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// The item ends there.
    #[default]
    StopItem,
    /// A person is asked.
    Ask,
    /// The next step runs; the output is null.
    Continue,
}

/// How to find out whether an irreversible step already happened. The last step's output has `found` (true or false) and,
/// where the screen shows it, `receipt`.
pub type Probe = Vec<Step>;

/// One entry of a scenario.
#[derive(Clone)]
pub struct Step {
    /// The name of its output; `手順3` where the author gave none.
    pub id: String,
    /// What it does.
    pub action: &'static ActionDef,
    /// The arguments, texts with `${{ }}` as written.
    pub with: Value,
    /// The system in whose session it acts.
    pub on: Option<String>,
    /// An expression without its `${{ }}`; false: the step is left out and its output is null.
    pub condition: Option<String>,
    /// Tries.
    pub retry: Retry,
    /// How long one try may take.
    pub timeout: Option<Duration>,
    /// What a failure does.
    pub on_failure: OnFailure,
    /// The business key of an irreversible step, a text with `${{ }}`.
    pub once: Option<String>,
    /// How to look it up.
    pub probe: Probe,
    /// Where it stands in the file, in bytes.
    pub at: Range<usize>,
}
