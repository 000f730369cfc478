//! One key, other contents: a case that was entered comes again with other values. It is not entered again, and not passed over
//! in silence either: a person is told.
//!
//! What an act was done with is kept as a keyed print. It is made of what the list gave alone, so that it can be made again
//! before anything is done; what a day, a screen or a reader of paper gave is not in it.

use super::{
    EngineError,
    dispatcher::{Pass, item_id},
    item::Work,
    scope,
};
use crate::{
    audit::{Event, Status},
    expr,
    run::{ItemState, Question, folded, is_other},
    scenario::{Frame, Role, Step},
    step::{Ask, AskKind, Effect, Failure},
    store::{CheckKind, Intent, Item, Moved, NewCheck, NewItem, Tx},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The code of a case that comes again with other values.
const CODE: &str = "SHK0738";

/// What a person is asked of a case that was entered and ends here.
const DIFFERS: &str = "登録済みの内容との違い";

/// What a person is asked of a case that was entered and goes on behind its act.
const GOES_ON: &str = "引き継ぐ内容の違い";

/// What lists of files say of a file besides its case.
const OF_FILE: [&str; 7] = ["file", "name", "page", "pages", "sha256", "size", "written"];

/// The print that becomes the known one when a person is told: of which act, and which.
pub(super) type Renewed = (String, String);

/// An act that was done with other values than an item brings.
struct Other {
    known: Intent,
    print: String,
}

fn is_in_turn(step: &Step) -> bool {
    step.frames.iter().any(|frame| matches!(frame, Frame::Turn { .. }))
}

/// Whether a print is made of it: an act on a screen, once for an item.
fn is_told(step: &Step) -> bool {
    step.action.effect == Effect::Irreversible && step.on.is_some() && !is_in_turn(step)
}

/// What a step only calculates from its arguments; none where it does something else.
fn calculated(step: &Step, with: Value) -> Option<Value> {
    match (&step.role, with) {
        (Role::Arguments(_), Value::Object(mut with)) => {
            let mut all = with.remove("defaults")?;
            let Some(Value::Object(given)) = with.remove("values") else { return None };
            all.as_object_mut()?.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
            Some(all)
        }
        (Role::Act, with) if step.action.name == "value.set" => Some(with),
        _ => None,
    }
}

/// What the list says of the case: of a file its name, place and time say nothing, for a second scan has others.
fn of_case(input: &Value) -> Value {
    let mut input = input.clone();
    if let Some(facts) = input.as_object_mut().filter(|facts| facts.contains_key("sha256")) {
        facts.retain(|name, _| !OF_FILE.contains(&name.as_str()));
    }
    input
}

/// The names a step sees that come from the list alone.
fn seen(step: &Step, input: &Value, outputs: &Map<String, Value>) -> expr::Scope {
    let copied = |prefix: &str| -> Map<String, Value> {
        scope::spelled(scope::below(outputs, prefix), |_| true).collect()
    };
    let mut names = copied("");
    names.insert("item".into(), input.clone());
    for frame in &step.frames {
        if let Frame::Part(id) = frame {
            names = Map::new();
            names.insert("with".into(), outputs.get(&format!("{id}.with")).cloned().unwrap_or_default());
        }
        names.extend(copied(&frame.prefix()));
    }
    names.into()
}

/// Every text in `value` that has an expression, in order.
fn templates(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) if text.contains("${{") => vec![text],
        Value::Array(list) => list.iter().flat_map(templates).collect(),
        Value::Object(map) => map.values().flat_map(templates).collect(),
        _ => Vec::new(),
    }
}

/// What the act at `at` is done with, as far as the list gives it: what is asked, and what is said; none where it gives nothing.
fn contents(steps: &[Step], at: usize, input: &Value) -> Option<(String, String)> {
    let (act, input) = (&steps[at], &of_case(input));
    let on_screen = |step: &Step| step.on == act.on && !is_in_turn(step);
    let before = steps[..at].iter().rposition(|s| on_screen(s) && s.action.effect == Effect::Irreversible);
    let (from, mut outputs) = (before.map_or(0, |last| last + 1), Map::new());
    let (mut asked, mut said) = (String::new(), String::new());
    for (n, step) in steps[..=at].iter().enumerate().filter(|(_, step)| !is_in_turn(step)) {
        let names = seen(step, input, &outputs);
        if let Some(value) = expr::render(&step.with, &names).ok().and_then(|with| calculated(step, with)) {
            outputs.insert(step.id.clone(), value);
        }
        // A file is another one under each name.
        let types = step.action.effect != Effect::Read && !step.action.name.ends_with(".upload");
        if n < from || !on_screen(step) || !types {
            continue;
        }
        let left_out = step.condition.as_ref().is_some_and(|c| expr::truth(c, &names) == Ok(false));
        for template in templates(&step.with) {
            let Ok(value) = expr::render(&Value::String(template.to_owned()), &names) else { continue };
            // An empty cell is nothing on one night and an empty text on another.
            let value = match &value {
                Value::Null => String::new(),
                Value::String(text) => folded(text),
                value => value.to_string(),
            };
            asked.extend([step.id.as_str(), "\0", template, "\0"]);
            said.extend([if left_out { "" } else { value.as_str() }, "\0"]);
        }
    }
    (!said.is_empty()).then_some((asked, said))
}

/// What a person is told.
fn told(known: &Intent) -> String {
    let receipt = known.receipt.as_deref().map(|r| format!("、受付番号 {r}")).unwrap_or_default();
    let (run, n) = (&known.run_id[known.run_id.len().saturating_sub(6)..], known.n);
    format!(
        "同じ番号で内容の違う件です。登録したときの内容（実行 …{run} の {n} 件目{receipt}）と、今回の内容が違います。\
         登録はしていません。"
    )
}

fn question(field: &str, known: &Intent) -> Question {
    let end = if field == GOES_ON {
        "承認すると、登録はせずに後の手順を続けます。"
    } else {
        "承認すると、登録はせずにこの件を終えます。"
    };
    let ask = format!("{}対象システムの内容を確かめ、違うところは職員が直してください。{end}", told(known));
    Question::plain(field, json!(true), ask)
}

impl Pass {
    /// The print of the act `step` of an item for which the list gave `input`.
    pub(super) fn print(&self, step: &str, input: &Value) -> Option<String> {
        let steps = &self.scenario.steps;
        let at = steps.iter().position(|s| s.id == step && is_told(s))?;
        let (asked, said) = contents(steps, at, input)?;
        Some(self.engine.store.print(&asked, &said))
    }

    /// Tells people of those of `new` whose case was entered with other values, instead of passing them over; says which.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx<'_>,
        new: &[NewItem],
        at: &str,
    ) -> Result<BTreeSet<u32>, EngineError> {
        let mut told = BTreeSet::new();
        if self.scenario.items.is_none() || !self.scenario.steps.iter().any(is_told) {
            return Ok(told);
        }
        let acts = tx.done_acts(&self.scenario.id, new).await?;
        for item in new {
            let other = acts.get(&item.n).into_iter().flatten().find_map(|known| {
                let print = self.print(&known.step, &item.input)?;
                is_other(known.print.as_deref()?, &print).then(|| Other { known: known.clone(), print })
            });
            if let Some(other) = other {
                self.ask_beside(tx, item, &other, at).await?;
                told.insert(item.n);
            }
        }
        Ok(told)
    }

    /// Puts the item on record as one that a person is asked about. The one that was entered keeps the key.
    async fn ask_beside(
        &self,
        tx: &mut Tx<'_>,
        item: &NewItem,
        other: &Other,
        at: &str,
    ) -> Result<(), EngineError> {
        let (run, n, step) = (self.run.id.as_str(), item.n, other.known.step.as_str());
        tx.add_beside(run, item, at).await?;
        let reason = told(&other.known);
        for next in [ItemState::Running, ItemState::Approval] {
            let (step, code, reason) = (Some(step), Some(CODE), Some(reason.as_str()));
            tx.move_item(&Moved { run, n, next, step, code, reason, at }).await?;
        }
        let (key, input) = (item.key.clone(), item.input.clone());
        let (run_id, state) = (run.to_owned(), ItemState::Approval);
        let whole = Item { run_id, n, key, input, state, step: None, code: None, reason: None };
        let check = NewCheck {
            run_id: run.to_owned(),
            scenario: self.scenario.id.clone(),
            n,
            label: scope::label(&whole),
            step: step.to_owned(),
            kind: CheckKind::Approval,
            questions: vec![question(DIFFERS, &other.known)],
            paper: None,
        };
        tx.add_check(&check, at).await?;
        Ok(tx.renew_print(&other.known.idem, &other.print).await?)
    }

    /// The entry of an item that a person is asked about before anything was done with it.
    pub(super) fn told_entry(&self, n: u32) -> crate::audit::Draft {
        let draft = self.engine.log.system(Event::ItemEnd).run(&self.run.id).item(&item_id(n));
        draft.res(Status::Ng, Some(CODE)).data("state", ItemState::Approval.word())
    }
}

impl Work<'_> {
    /// The print of the act `step` of this item.
    pub(super) fn print(&self, step: &Step) -> Option<String> {
        self.pass.print(&step.id, self.names.get("item")?)
    }

    /// Asks a person where the act was done with other values than this item's; `goes_on`: the item goes on behind it. Once
    /// they have answered they are not asked again.
    pub(super) fn tell(&mut self, step: &Step, known: &Intent, goes_on: bool) -> Option<Failure> {
        let field = if goes_on { GOES_ON } else { DIFFERS };
        let print = self.print(step)?;
        let is_known = self.answers.get(&step.id).is_some_and(|answer| answer.get(field).is_some());
        if is_known || !is_other(known.print.as_deref()?, &print) {
            return None;
        }
        self.renewed = Some((known.idem.clone(), print));
        let ask = Ask { kind: AskKind::Approval, questions: vec![question(field, known)], paper: None };
        Some(Failure::ask(CODE, told(known), ask))
    }

    /// How the item ends that a person was told of, by the step and what they said; none: it goes on.
    pub(super) fn told_end(&self) -> Option<(String, Result<String, Failure>)> {
        self.answers.iter().find_map(|(step, answer)| {
            let said = |field: &str| answer.get(field).and_then(Value::as_bool);
            let refused =
                "同じ番号で内容の違う件です。職員が却下したため、この件を中止しました。登録はしていません。";
            match (said(DIFFERS), said(GOES_ON)) {
                (Some(true), _) => {
                    let known = "同じ番号で内容の違う件です。職員が内容を確かめました。登録はしていません。";
                    Some((step.clone(), Ok(known.to_owned())))
                }
                (Some(false), _) | (_, Some(false)) => {
                    Some((step.clone(), Err(Failure::stop(CODE, refused))))
                }
                _ => None,
            }
        })
    }
}
