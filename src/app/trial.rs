//! Trying a scenario: one item only, up to a step, or step by step. The scenario itself is changed for the one run, so that the
//! engine needs to know nothing of it; what was recorded is taken up by `shoki resume` with the scenario as it is.

use crate::{
    scenario::{OnFailure, Retry, Role, Scenario, Step},
    step::{Action, ActionDef, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, Write};

/// How a scenario is tried.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    /// Only this item of the list, from 1.
    pub item: Option<usize>,
    /// Nothing after this step.
    pub until: Option<String>,
    /// Asks before each step.
    pub step: bool,
}

/// A scenario cannot be tried like that.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// No such step.
    #[error("「{name}」という手順はありません。手順: {known}")]
    NoStep {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The scenario has no list.
    #[error("このシナリオには件の一覧（items）がないため、`--item` は使えません。")]
    NoItems,
}

impl Trial {
    /// The scenario as it is tried.
    ///
    /// # Errors
    /// When there is no such step, or no list of items.
    pub fn of(&self, scenario: &Scenario) -> Result<Scenario, TrialError> {
        let mut tried = scenario.clone();
        if let Some(wanted) = self.item {
            let items = tried.items.as_mut().ok_or(TrialError::NoItems)?;
            let source = &items.source;
            items.source.with = json!({ "do": source.action.name, "with": source.with, "n": wanted });
            items.source.action = &ONE_ITEM;
        }
        if let Some(name) = &self.until {
            tried.steps = until(&tried.steps, name)?;
            tried.after.clear();
        }
        if self.step {
            tried.steps = tried.steps.iter().flat_map(|step| [question(step), step.clone()]).collect();
        }
        Ok(tried)
    }
}

/// The steps up to the one of that name, then a stop.
fn until(steps: &[Step], name: &str) -> Result<Vec<Step>, TrialError> {
    let at = steps.iter().rposition(|s| s.id == name).ok_or_else(|| TrialError::NoStep {
        name: name.to_owned(),
        known: steps.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join("、"),
    })?;
    let mut all = steps[..=at].to_vec();
    let message = format!("手順「{name}」まで行って止めました。`shoki resume` で続きから行えます。");
    all.push(plain(&format!("{name}の後"), &STOP, json!({ "message": message })));
    Ok(all)
}

/// A step that asks whether the next one may be done.
fn question(step: &Step) -> Step {
    let with = if step.secret.is_empty() { step.with.clone() } else { Value::Null };
    let with = json!({ "step": step.id, "do": step.action.name, "on": step.on, "with": with });
    let asking = plain(&format!("{}の前", step.id), &ASK, with);
    Step { frames: step.frames.clone(), condition: step.condition.clone(), at: step.at.clone(), ..asking }
}

/// A step with nothing but an action.
pub(super) fn plain(id: &str, action: &'static ActionDef, with: Value) -> Step {
    Step {
        id: id.to_owned(),
        action,
        with,
        on: None,
        condition: None,
        retry: Retry::default(),
        timeout: None,
        on_failure: OnFailure::StopItem,
        once: None,
        probe: Vec::new(),
        secret: Vec::new(),
        frames: Vec::new(),
        role: Role::Act,
        at: 0..0,
    }
}

/// Does the action called `name` with these arguments.
pub(super) async fn act(name: &str, with: Value, cx: &StepContext) -> Result<Value, Failure> {
    let wrong = |e: String| Failure::stop("SHK0725", format!("引数の値が合いません: {e}"));
    let action = super::catalog().get(name).ok_or_else(|| wrong(name.to_owned()))?;
    action.parse_filled(with).map_err(wrong)?.run(cx).await
}

static ONE_ITEM: ActionDef = ActionDef::of::<OneItem>();
static STOP: ActionDef = ActionDef::of::<Stop>();
static ASK: ActionDef = ActionDef::of::<AskBefore>();

/// One element of a list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OneItem {
    r#do: String,
    with: Value,
    n: usize,
}

impl Action for OneItem {
    const NAME: &'static str = "try.item";
    const SUMMARY: &'static str = "件の一覧から一つだけを取り出します。";
    const EXAMPLE: &'static str = "do: document.pages\nwith: { folder: 受付 }\nn: 1\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Vec<Value>;

    async fn run(&self, cx: &StepContext) -> Result<Vec<Value>, Failure> {
        let list = match act(&self.r#do, self.with.clone(), cx).await? {
            Value::Object(mut table) => table.remove("rows").unwrap_or_default(),
            other => other,
        };
        let list = list.as_array().cloned().unwrap_or_default();
        let found = self.n.checked_sub(1).and_then(|at| list.get(at)).cloned();
        found.map(|item| vec![item]).ok_or_else(|| {
            let message = format!("{} 件目はありません（一覧は {} 件です）。", self.n, list.len());
            Failure::stop("SHK0736", message)
        })
    }
}

/// Ends the item for now.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stop {
    message: String,
}

impl Action for Stop {
    const NAME: &'static str = "try.stop";
    const SUMMARY: &'static str = "ここで止めます。";
    const EXAMPLE: &'static str = "message: 止めました\n";
    const EFFECT: Effect = Effect::Read;
    type Output = ();

    async fn run(&self, _cx: &StepContext) -> Result<(), Failure> {
        Err(Failure::hold("SHK0736", &self.message))
    }
}

/// Asks at the terminal before a step.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AskBefore {
    step: String,
    r#do: String,
    on: Option<String>,
    with: Value,
}

impl Action for AskBefore {
    const NAME: &'static str = "try.ask";
    const SUMMARY: &'static str = "次の手順に進むかを尋ねます。";
    const EXAMPLE: &'static str = "step: 照会\ndo: browser.search\nwith: {}\n";
    const EFFECT: Effect = Effect::Read;
    type Output = ();

    async fn run(&self, _cx: &StepContext) -> Result<(), Failure> {
        let on = self.on.as_ref().map(|on| format!("（{on}）")).unwrap_or_default();
        let argument = |(name, value): (&String, &Value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let short: String = value.chars().take(120).collect();
            format!("  {name}: {short}\n")
        };
        let arguments: String = self.with.as_object().into_iter().flatten().map(argument).collect();
        let (step, action) = (&self.step, &self.r#do);
        let text = format!(
            "\n次の手順: {step}  {action}{on}\n{arguments}Enter で進みます。q と Enter で止めます > "
        );
        let answer = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            let mut out = std::io::stderr();
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).ok();
            std::io::stdin().lock().read_line(&mut line).map(|_| line)
        });
        match answer.await {
            Ok(Ok(line)) if line.ends_with('\n') && !line.trim().eq_ignore_ascii_case("q") => Ok(()),
            _ => {
                let message =
                    format!("手順「{}」の前で止めました。`shoki resume` で続きから行えます。", self.step);
                Err(Failure::hold("SHK0736", message))
            }
        }
    }
}
