//! One kind of step, and the list of all kinds.

use super::{BoxFuture, Failure, Shape, StepContext, filled};
use crate::form::Forms;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{any::Any, future::Future};

/// What an action does outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing changes.
    Read,
    /// Something changes, and doing it again gives the same state.
    Repeatable,
    /// Something changes that cannot be undone; needs `once`, an intent before and a receipt after.
    Irreversible,
}

/// One kind of step. Everything a person or a program may want to know about it is here, so that the schema,
/// the reference and the checks can be derived.
///
/// The fields of the implementing struct are the keys of the step's `with:`.
pub trait Action: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The word after `do:`, as `noun.verb`. The file has the same name with `_`.
    const NAME: &'static str;
    /// One line in Japanese, for people choosing an action.
    const SUMMARY: &'static str;
    /// A `with:` that parses, as YAML. A test parses it; the reference shows it.
    const EXAMPLE: &'static str;
    /// What happens outside.
    const EFFECT: Effect;
    /// Whether the step acts in a signed-in session and therefore needs `on:`.
    const NEEDS_SESSION: bool = false;
    /// What later steps may refer to. An `Irreversible` action's output has a key `receipt` (text or null). Large tables are
    /// best given as a [`Value`], which is not copied.
    type Output: Serialize + 'static;

    /// The shape of the output as far as the arguments tell, so that `${{ 読取.氏名 }}` is checked at load.
    fn shape(&self, _forms: &Forms) -> Shape {
        Shape::Any
    }

    /// Does the work. Does not name itself or its step in a failure: the engine adds both.
    fn run(&self, cx: &StepContext) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// A step's action with its arguments read, its type forgotten.
pub trait Prepared: Send + Sync {
    /// See [`Action::run`].
    fn run<'a>(&'a self, cx: &'a StepContext) -> BoxFuture<'a, Result<Value, Failure>>;
    /// See [`Action::shape`].
    fn shape(&self, forms: &Forms) -> Shape;
}

impl<A: Action> Prepared for A {
    fn run<'a>(&'a self, cx: &'a StepContext) -> BoxFuture<'a, Result<Value, Failure>> {
        Box::pin(async move {
            let output = Action::run(self, cx).await?;
            as_value(output).map_err(|e| Failure::stop("SHK0901", format!("動作の結果を記録できません: {e}")))
        })
    }

    fn shape(&self, forms: &Forms) -> Shape {
        Action::shape(self, forms)
    }
}

/// An output as a value; one that is a value already stays as it is.
fn as_value<T: Serialize + 'static>(output: T) -> serde_json::Result<Value> {
    let mut held = Some(output);
    if let Some(value) = (&mut held as &mut dyn Any).downcast_mut::<Option<Value>>() {
        return Ok(value.take().unwrap_or_default());
    }
    serde_json::to_value(held)
}

/// The facts of one action.
#[derive(Clone, Copy)]
pub struct ActionDef {
    /// See [`Action::NAME`].
    pub name: &'static str,
    /// See [`Action::SUMMARY`].
    pub summary: &'static str,
    /// See [`Action::EXAMPLE`].
    pub example: &'static str,
    /// See [`Action::EFFECT`].
    pub effect: Effect,
    /// See [`Action::NEEDS_SESSION`].
    pub needs_session: bool,
    parse: fn(Value) -> Result<Box<dyn Prepared>, String>,
    schema: fn() -> Schema,
}

impl ActionDef {
    /// The facts of `A`.
    #[must_use]
    pub const fn of<A: Action>() -> Self {
        Self {
            name: A::NAME,
            summary: A::SUMMARY,
            example: A::EXAMPLE,
            effect: A::EFFECT,
            needs_session: A::NEEDS_SESSION,
            parse: parse::<A>,
            schema: || SchemaGenerator::default().into_root_schema_for::<A>(),
        }
    }

    /// Reads a `with:`. Keys and types were checked against [`Self::schema`] at load; this is the same check by `serde`.
    ///
    /// # Errors
    /// What does not fit, in the words of `serde`.
    pub fn parse(&self, with: Value) -> Result<Box<dyn Prepared>, String> {
        (self.parse)(with)
    }

    /// Reads a `with:` whose expressions were worked out: none is left in it, whatever its texts look like.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_filled(&self, with: Value) -> Result<Box<dyn Prepared>, String> {
        filled(|| (self.parse)(with))
    }

    /// The JSON Schema of `with:`.
    #[must_use]
    pub fn schema(&self) -> Schema {
        (self.schema)()
    }
}

fn parse<A: Action>(with: Value) -> Result<Box<dyn Prepared>, String> {
    serde_json::from_value::<A>(with).map(|a| Box::new(a) as Box<dyn Prepared>).map_err(|e| e.to_string())
}

/// All actions that exist, sorted by name.
#[derive(Clone, Copy)]
pub struct Catalog(pub &'static [ActionDef]);

impl Catalog {
    /// The action of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'static ActionDef> {
        self.0.iter().find(|a| a.name == name)
    }
}
