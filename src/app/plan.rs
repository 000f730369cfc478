//! What a run would do, without doing it: paper is really read and screens are really looked at, but nothing irreversible happens
//! and no file of the office changes. The scenario is changed for the one run; its memory is a folder that is thrown away.

use super::{
    Office, OfficeError, private_folder,
    trial::{act, plain},
};
use crate::{
    actions::{Means, submit_means},
    control::{AuditLog, LogPlace, acts, evidence::Vault},
    drivers::browser::{BrowserError, Session},
    engine::{Brake, Engine, Watch},
    run::{ItemState, RunState},
    scenario::{Each, Role, Scenario, Step},
    step::{Action, ActionDef, Effect, Failure, FailureKind, Folder, StepContext},
    store::{ContentKey, Item, NewItem, NewRun, Store, Strength},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// What the folder of a plan begins with, below `state/`.
const SCRATCH: &str = "plan-";

/// What a step would do, or whom it would ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The item; none in `before` and `after`.
    pub item: Option<u32>,
    /// The step.
    pub step: String,
    /// Its action.
    pub action: String,
    /// What it would type, write or ask: names and values.
    pub values: Vec<(String, String)>,
    /// What kind of note it is.
    pub kind: NoteKind,
}

/// What kind of note it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// Typed into a screen that is not sent.
    Typed,
    /// Would be registered.
    Registered,
    /// Would be asked of a person.
    Asked,
    /// A file would be written, moved or copied.
    Written,
}

/// What was noted while planning.
#[derive(Default)]
pub struct Notes(Mutex<Vec<Note>>);

impl Notes {
    fn add(&self, cx: &StepContext, action: &str, kind: NoteKind, values: Vec<(String, String)>) {
        let step = cx.place.step.clone();
        let note = Note { item: cx.place.item, step, action: action.to_owned(), values, kind };
        let mut all = self.0.lock().expect("no panic while a note is added");
        // A step that was tried again, or done again in a fresh session, would still be done once.
        if !all.contains(&note) {
            all.push(note);
        }
    }
}

/// What came out.
pub struct Plan {
    /// The items where they came to rest.
    pub items: Vec<Item>,
    /// What would be done, in the order of the steps of each item.
    pub notes: Vec<Note>,
    /// Workbooks that would be written, and how they would look: the name of each and the trial copy.
    pub files: Vec<(String, PathBuf)>,
    /// Why the run as a whole would not come to its end.
    pub reason: Option<String>,
    /// Where the trial copies lie; gone when this is dropped.
    _scratch: tempfile::TempDir,
}

impl Office {
    /// Plans a run of `scenario`. The caller holds the office's lock.
    ///
    /// # Errors
    /// When the office cannot be worked in.
    ///
    /// # Panics
    /// When a step panicked while it noted something.
    pub async fn plan(
        &self,
        scenario: &Scenario,
        watch: Watch,
        stop: Arc<Brake>,
    ) -> Result<Plan, OfficeError> {
        let state = self.state();
        private_folder(&state)?;
        clear_away(&state);
        let made = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(&state);
        let scratch =
            made.map_err(|error| OfficeError::Folder { place: state.display().to_string(), error })?;
        let notes = Arc::new(Notes::default());
        let engine = self.scratch_engine(scratch.path(), &notes, watch, stop).await?;
        self.known_items(scenario, &engine.store).await?;
        let inside = scratch.path().strip_prefix(&self.root).unwrap_or(scratch.path()).to_owned();
        let planned = Arc::new(planned(scenario, &inside));
        let actor = json!({ "kind": "user", "id": "plan" });
        let date = engine.clock.today().to_string();
        let run = acts::start(&engine.store, &engine.log, &planned, actor, date, json!({})).await;
        let run = run.map_err(|e| OfficeError::Folder {
            place: "plan".into(),
            error: std::io::Error::other(e.to_string()),
        })?;
        let id = run.id.clone();
        let broken = |e: crate::engine::EngineError| OfficeError::Folder {
            place: "plan".into(),
            error: std::io::Error::other(e.to_string()),
        };
        Arc::clone(&engine).execute(run, planned).await.map_err(broken)?;
        let run = engine.store.run(&id).await?;
        let (outputs, reason) = run.map(|r| (r.outputs, r.reason)).unwrap_or_default();
        let prefix = format!("{}/", inside.display());
        let written = outputs.iter().filter_map(|file| file.strip_prefix(&prefix));
        let files = written.map(|file| (file.to_owned(), scratch.path().join(file))).collect();
        let mut items = engine.store.items(&id).await?;
        for item in items.iter_mut().filter(|i| i.state == ItemState::Skipped) {
            item.reason = Some("以前の実行で処理済みです。".into());
        }
        let notes = std::mem::take(&mut *notes.0.lock().expect("no panic while a note is added"));
        Ok(Plan { items, notes, files, reason, _scratch: scratch })
    }

    /// An engine whose memory is a folder of its own.
    async fn scratch_engine(
        &self,
        scratch: &Path,
        notes: &Arc<Notes>,
        watch: Watch,
        stop: Arc<Brake>,
    ) -> Result<Arc<Engine>, OfficeError> {
        let store = Arc::new(Store::open_with(&scratch.join("plan.db"), &ContentKey::Passing).await?);
        let place = LogPlace {
            dir: scratch.join("audit"),
            keys: scratch.join("keys"),
            origin: "shoki.invalid/plan/scratch".into(),
            program: "0".repeat(64),
            config: "0".repeat(64),
            outside: None,
        };
        private_folder(&place.dir)?;
        private_folder(&place.keys)?;
        let log = Arc::new(AuditLog::open(Arc::clone(&store), place, super::clock()).await?);
        let engine = self.engine_with(store, log, watch, stop).await?;
        let resources = engine.resources.clone().with(Arc::clone(notes));
        let folder = Arc::new(Folder::new(self.root.clone()).planning(scratch.to_owned()));
        Ok(Arc::new(Engine { resources, folder, vault: Vault::of(scratch), ..engine }))
    }

    /// Items that earlier runs have settled are settled here too.
    async fn known_items(&self, scenario: &Scenario, scratch: &Store) -> Result<(), OfficeError> {
        let real = self.store().await?;
        let at = super::clock().now().to_string();
        let old = NewRun {
            id: "earlier".into(),
            scenario: scenario.id.clone(),
            sha256: scenario.sha256.clone(),
            date: at.clone(),
            settings: json!({}),
            actor: json!({}),
            at: at.clone(),
        };
        let mut tx = scratch.begin(Strength::Process).await?;
        tx.add_run(&old).await?;
        for (n, key) in (1..).zip(real.known_keys(&scenario.id).await?) {
            let known = NewItem { n, key, input: Value::Null };
            tx.add_item(&scenario.id, &old.id, &known, &at).await?;
        }
        for state in [RunState::Running, RunState::Done] {
            tx.move_run(&old.id, state, None, &at).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Takes away what a plan left that was killed: it holds pictures of paper. The caller holds the office's lock.
fn clear_away(state: &Path) {
    let inside = std::fs::read_dir(state).into_iter().flatten().flatten();
    for old in inside.filter(|f| f.file_name().to_str().is_some_and(|name| name.starts_with(SCRATCH))) {
        if let Err(error) = std::fs::remove_dir_all(old.path()) {
            tracing::warn!(%error, "a plan's folder cannot be taken away");
        }
    }
}

/// The scenario with every step replaced that would change something.
fn planned(scenario: &Scenario, scratch: &Path) -> Scenario {
    let steps = |list: &[Step]| list.iter().map(|step| planned_step(step, scratch)).collect();
    Scenario {
        before: steps(&scenario.before),
        steps: steps(&scenario.steps),
        after: steps(&scenario.after),
        ..scenario.clone()
    }
}

fn planned_step(step: &Step, scratch: &Path) -> Step {
    if let Role::Each(each) = &step.role {
        let steps = each.steps.iter().map(|s| planned_step(s, scratch)).collect();
        let each = Each { id: each.id.clone(), name: each.name.clone(), steps };
        return Step { role: Role::Each(Arc::new(each)), ..step.clone() };
    }
    let secret = !step.secret.is_empty();
    let wrapped = |action: &'static ActionDef| {
        let with = json!({ "do": step.action.name, "with": step.with, "once": step.once, "secret": secret });
        Step { with, action, once: None, probe: Vec::new(), ..step.clone() }
    };
    match (step.action.name, step.action.effect) {
        ("person.check" | "person.approve", _) => wrapped(&PERSON),
        ("browser.fill" | "browser.select", _) => wrapped(&TYPING),
        ("excel.write" | "csv.write", _) => {
            let mut copy = step.clone();
            if let Some(Value::String(file)) = copy.with.get_mut("file") {
                *file = format!("{}/{file}", scratch.display());
            }
            copy
        }
        ("browser.submit", _) => wrapped(&SUBMIT),
        (name, Effect::Irreversible) => without_session(wrapped(&LEFT_OUT), name),
        (_, Effect::Repeatable) if !step.action.needs_session => wrapped(&LEFT_OUT),
        ("browser.upload", _) => wrapped(&LEFT_OUT),
        _ => step.clone(),
    }
}

/// What is left out needs no screen.
fn without_session(step: Step, _name: &str) -> Step {
    let bare = plain(&step.id, step.action, step.with.clone());
    Step { condition: step.condition, frames: step.frames, at: step.at, ..bare }
}

static PERSON: ActionDef = ActionDef::of::<PlannedPerson>();
static TYPING: ActionDef = ActionDef::of::<PlannedTyping>();
static SUBMIT: ActionDef = ActionDef::of::<PlannedSubmit>();
static LEFT_OUT: ActionDef = ActionDef::of::<LeftOut>();

/// What a plan shows in place of the values of a step that may use a password.
const SECRET: &str = "（秘密）";

/// A value as a plan shows it.
fn shown_as(value: &Value, secret: bool) -> String {
    match value {
        _ if secret => SECRET.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Texts of arguments, for a table.
fn shown(with: &Value, secret: bool) -> Vec<(String, String)> {
    let all = with.as_object().into_iter().flatten();
    all.map(|(name, value)| (name.clone(), shown_as(value, secret))).collect()
}

/// A person who would be asked: goes on with what was read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlannedPerson {
    r#do: String,
    with: Value,
    #[serde(rename = "once")]
    _once: Option<Value>,
    #[serde(default)]
    secret: bool,
}

impl Action for PlannedPerson {
    const NAME: &'static str = "plan.person";
    const SUMMARY: &'static str = "職員に尋ねる内容を控え、読取値のまま進みます。";
    const EXAMPLE: &'static str = "do: person.approve\nwith: { title: よいですか }\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let failure = match act(&self.r#do, self.with.clone(), cx).await {
            Err(failure) if failure.kind == FailureKind::Ask => failure,
            other => return other,
        };
        let questions = failure.ask.as_ref().map(|ask| ask.questions.clone()).unwrap_or_default();
        let value = |q: &crate::run::Question| match &q.value {
            Value::Null => q.reasons.join(" "),
            value => shown_as(value, self.secret),
        };
        let values = questions.iter().map(|q| (q.field.clone(), value(q))).collect();
        cx.driver::<Notes>()?.add(cx, &self.r#do, NoteKind::Asked, values);
        let approve = self.r#do == "person.approve";
        let value = |q: &crate::run::Question| if approve { json!(true) } else { q.value.clone() };
        let answer: Map<String, Value> = questions.iter().map(|q| (q.field.clone(), value(q))).collect();
        let again = StepContext {
            folder: Arc::clone(&cx.folder),
            forms: Arc::clone(&cx.forms),
            clock: Arc::clone(&cx.clock),
            place: cx.place.clone(),
            resources: cx.resources.clone(),
            system: cx.system.clone(),
            session: cx.session.clone(),
            answer: Some(Value::Object(answer)),
            kept: Mutex::default(),
        };
        act(&self.r#do, self.with.clone(), &again).await
    }
}

/// Types into a screen and notes what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlannedTyping {
    r#do: String,
    with: Value,
    #[serde(rename = "once")]
    _once: Option<Value>,
    #[serde(default)]
    secret: bool,
}

impl Action for PlannedTyping {
    const NAME: &'static str = "plan.typing";
    const SUMMARY: &'static str = "画面に入れる値を控えます。";
    const EXAMPLE: &'static str = "do: browser.fill\nwith: { field: 氏名, value: 山田 }\n";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        cx.driver::<Notes>()?.add(cx, &self.r#do, NoteKind::Typed, vec![self.typed()]);
        act(&self.r#do, self.with.clone(), cx).await
    }
}

impl PlannedTyping {
    /// The field, and what goes into it.
    fn typed(&self) -> (String, String) {
        let value = ["value", "option", "checked"].into_iter().find_map(|key| self.with.get(key));
        let field = self.with.get("field").map(|field| shown_as(field, false));
        let value = value.map(|value| shown_as(value, self.secret));
        (field.unwrap_or_default(), value.unwrap_or_default())
    }
}

/// A press that cannot be undone: its button, or the field for its keys, is looked for and left alone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlannedSubmit {
    r#do: String,
    with: Value,
    once: Option<Value>,
    #[serde(default)]
    secret: bool,
}

impl Action for PlannedSubmit {
    const NAME: &'static str = "plan.submit";
    const SUMMARY: &'static str = "登録のボタンが押せるかを確かめ、押さずに内容を控えます。";
    const EXAMPLE: &'static str = "do: browser.submit\nwith: { press: 登録, expect: 登録しました }\n";
    const EFFECT: Effect = Effect::Read;
    const NEEDS_SESSION: bool = true;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        let said = |looked: Result<(), BrowserError>| {
            looked.map_or_else(|e| e.to_string(), |()| "押せる状態です。押していません。".into())
        };
        let (what, seen) = match submit_means(self.with.clone()) {
            Ok(Means::Button(press)) => ("ボタンの確認", said(screen.look_at(&press).await)),
            Ok(Means::Keys(keys)) => {
                let seen = match &keys.field {
                    Some(field) => said(screen.look_at_field(field).await),
                    None => {
                        "押す欄の指定がないため、押せるかどうかは確かめていません。押していません。".into()
                    }
                };
                ("キーの確認", seen)
            }
            Err(e) => ("ボタンの確認", e),
        };
        drop(screen);
        let mut values = shown(&self.with, self.secret);
        values.extend(
            self.once.as_ref().and_then(Value::as_str).map(|once| ("once".to_owned(), once.to_owned())),
        );
        values.push((what.into(), seen));
        cx.driver::<Notes>()?.add(cx, &self.r#do, NoteKind::Registered, values);
        Ok(json!({ "receipt": null, "planned": true }))
    }
}

/// What is not done, only noted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    r#do: String,
    with: Value,
    once: Option<Value>,
    #[serde(default)]
    secret: bool,
}

impl Action for LeftOut {
    const NAME: &'static str = "plan.left_out";
    const SUMMARY: &'static str = "行わずに、行うはずの内容だけを控えます。";
    const EXAMPLE: &'static str = "do: file.move\nwith: { file: 受付/a.pdf, to: 済/ }\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let mut values = shown(&self.with, self.secret);
        values.extend(
            self.once.as_ref().and_then(Value::as_str).map(|once| ("once".to_owned(), once.to_owned())),
        );
        let act = self.r#do.starts_with("file.");
        let kind = if act { NoteKind::Written } else { NoteKind::Registered };
        cx.driver::<Notes>()?.add(cx, &self.r#do, kind, values);
        let to = self.with.get("to").or_else(|| self.with.get("file")).cloned().unwrap_or_default();
        Ok(json!({ "receipt": null, "planned": true, "file": to, "before": false }))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    #[tokio::test]
    async fn what_a_plan_sees_is_thrown_away_with_it() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(crate::config::FILE), "").unwrap();
        let office = Office::open(Some(dir.path())).unwrap();
        let scratch = office.state().join("plan-now");
        private_folder(&scratch).unwrap();
        let (watch, stop): (Watch, Arc<Brake>) = (Arc::new(|_| {}), Arc::default());
        let engine = office.scratch_engine(&scratch, &Arc::default(), watch, stop).await.unwrap();
        engine.vault.put("run", "0001.png", b"a picture").unwrap();
        assert!(!office.root.join("evidence").exists() && !office.state().join("keys").exists());
        clear_away(&office.state());
        assert!(!scratch.exists());
    }

    #[test]
    fn a_password_is_typed_and_not_shown() {
        let fill = super::super::catalog().get("browser.fill").unwrap();
        let with = json!({ "field": "パスワード", "value": "${{ secret.juki.password }}" });
        let step = Step { secret: vec!["juki".into()], ..plain("入力", fill, with) };
        let mut with = planned_step(&step, Path::new("plan")).with;
        // As the engine fills it.
        with["with"]["value"] = json!("himitsu");
        let typing: PlannedTyping = serde_json::from_value(with.clone()).unwrap();
        assert_eq!(typing.typed(), ("パスワード".into(), SECRET.into()));
        assert_eq!(typing.with["value"], "himitsu", "it is typed all the same");
        let left_out: LeftOut = serde_json::from_value(with).unwrap();
        assert!(shown(&left_out.with, left_out.secret).iter().all(|(_, value)| value == SECRET));
        let open = planned_step(&Step { secret: vec![], ..step }, Path::new("plan")).with;
        let typing: PlannedTyping = serde_json::from_value(open).unwrap();
        assert_eq!(typing.typed().1, "${{ secret.juki.password }}");
    }
}
