//! A scenario as it is after every check: what the engine runs.

use crate::{
    calendar::{Hours, Schedule},
    step::{ActionDef, Effect, HardCopy},
};
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
    /// SHA-256 over the file, its parts and the forms it names, in hex: what an approval fixes.
    pub seal: String,
    /// The parts it uses, each once, in the order of their first use.
    pub parts: Vec<PartFile>,
    /// The file.
    pub file: PathBuf,
    /// The file's text, for pointing at a line at run time.
    pub text: Arc<str>,
}

/// A file that a scenario shares with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartFile {
    /// Where it lies.
    pub file: PathBuf,
    /// What it is for.
    pub title: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
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

/// A legacy system; its texts may hold `${{ settings.… }}`.
#[derive(Clone)]
pub struct System {
    /// Its word.
    pub id: String,
    /// Where it begins.
    pub url: String,
    /// The account that signs in.
    pub account: Option<String>,
    /// When it may be used; never acts outside.
    pub hours: Option<Hours>,
    /// When pictures may be kept.
    pub hard_copy: HardCopy,
    /// How many may be signed in at once, at least 1.
    pub sessions: usize,
    /// Done whenever a session starts.
    pub sign_in: Vec<Step>,
    /// Done in each session that is still good before it ends.
    pub sign_out: Vec<Step>,
    /// The account for HTTP authentication, asked for before the first page.
    pub basic_auth: Option<String>,
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
    /// The next step runs; the output is null. It covers failures of this one step only, after its retries are spent: technical
    /// ones, timeouts among them, and those by which the case is not right. It does not cover a question to a person, an item
    /// that is held, a stop by a person, or an irreversible step of which nobody knows whether it happened: these end the
    /// item's turn as they do without it. A step with `use` or `each` cannot have it; the steps inside can, each for itself.
    Continue,
}

/// How to find out whether an irreversible step already happened. The last step's output has `found` (true or false) and,
/// where the screen shows it, `receipt`.
pub type Probe = Vec<Step>;

/// One entry of a scenario.
#[derive(Clone)]
pub struct Step {
    /// The name of its output; `手順3` where the author gave none. Inside a part `人.検索`, inside a repetition `通知[2].検索`
    /// (`通知[].検索` before it is known how often).
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
    /// Names of accounts whose user and password its arguments may use.
    pub secret: Vec<String>,
    /// The parts and repetitions around it, outermost first.
    pub frames: Vec<Frame>,
    /// What it is besides an action.
    pub role: Role,
    /// Where it stands in the file, in bytes; of a step of a part, where the part is used.
    pub at: Range<usize>,
}

/// What stands around a step and decides which names it sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A part: sees its arguments as `with`, its own steps, and nothing of the scenario around it.
    Part(String),
    /// One turn of a repetition: sees what is around it, the element under a name, and the steps of its turn.
    Turn {
        /// The id of the repetition.
        each: String,
        /// Which turn, from 1; 0 before it is known how many there are.
        n: usize,
        /// The name of the element.
        name: String,
    },
}

impl Frame {
    /// What the ids of the steps directly inside begin with.
    #[must_use]
    pub fn prefix(&self) -> String {
        match self {
            Self::Part(id) => format!("{id}."),
            Self::Turn { each, n: 0, .. } => format!("{each}[]."),
            Self::Turn { each, n, .. } => format!("{each}[{n}]."),
        }
    }
}

/// What a step is besides an action.
#[derive(Clone, Default)]
pub enum Role {
    /// Nothing else.
    #[default]
    Act,
    /// Gives the arguments of the part with this id; null where the part is left out.
    Arguments(String),
    /// Gives the list of a repetition; its turns follow.
    Each(Arc<Each>),
    /// Gathers the outputs of the turns of the repetition with this id.
    Gather,
}

/// Steps for each element of a list.
#[derive(Clone)]
pub struct Each {
    /// The id of the repetition.
    pub id: String,
    /// The name of the element.
    pub name: String,
    /// The steps of one turn.
    pub steps: Vec<Step>,
}

impl Each {
    /// The steps of the `n`-th turn, from 1.
    #[must_use]
    pub fn turn(&self, n: usize) -> Vec<Step> {
        let (open, numbered) = (format!("{}[]", self.id), format!("{}[{n}]", self.id));
        self.steps.iter().map(|step| step.numbered(&open, &numbered, n)).collect()
    }
}

impl Step {
    /// The same step in a turn whose number is known.
    fn numbered(&self, open: &str, numbered: &str, n: usize) -> Self {
        let renamed = |id: &str| {
            id.strip_prefix(open).map_or_else(|| id.to_owned(), |rest| format!("{numbered}{rest}"))
        };
        let frame = |frame: &Frame| match frame {
            Frame::Turn { each, name, .. } if format!("{each}[]") == open => {
                Frame::Turn { each: each.clone(), n, name: name.clone() }
            }
            Frame::Turn { each, n, name } => Frame::Turn { each: renamed(each), n: *n, name: name.clone() },
            Frame::Part(id) => Frame::Part(renamed(id)),
        };
        let inner = |steps: &[Self]| steps.iter().map(|s| s.numbered(open, numbered, n)).collect();
        let role = match &self.role {
            Role::Each(each) => Role::Each(Arc::new(Each {
                id: renamed(&each.id),
                name: each.name.clone(),
                steps: inner(&each.steps),
            })),
            Role::Arguments(part) => Role::Arguments(renamed(part)),
            other => other.clone(),
        };
        Self {
            id: renamed(&self.id),
            frames: self.frames.iter().map(frame).collect(),
            probe: inner(&self.probe),
            role,
            ..self.clone()
        }
    }

    /// Whether it, or a step of its repetition, cannot be undone.
    #[must_use]
    pub fn is_irreversible(&self) -> bool {
        match &self.role {
            Role::Each(each) => each.steps.iter().any(Self::is_irreversible),
            _ => self.action.effect == Effect::Irreversible,
        }
    }
}
