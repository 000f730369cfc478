//! What a running action is given.

use super::{Failure, Folder, SessionHandle, SystemFacts};
use crate::{clock::Clock, form::Forms};
use serde_json::Value;
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Which step of which item of which run is acting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The run's id.
    pub run: String,
    /// The scenario's id.
    pub scenario: String,
    /// The item's number in its run; none in `before` and `after`.
    pub item: Option<u32>,
    /// The step's id.
    pub step: String,
    /// 1 for the first try.
    pub attempt: u32,
}

/// Something worth keeping beside the record: a picture, a crop, a copy of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// What it is, as a file ending: `crop.png`, `screen.png`.
    pub kind: &'static str,
    /// For which field, where it is a crop.
    pub field: Option<String>,
    /// The bytes, already masked.
    pub bytes: Vec<u8>,
}

/// The drivers, found by their type. Filled once by the composition root.
#[derive(Clone, Default)]
pub struct Resources(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Resources {
    /// Adds a driver.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, driver: Arc<T>) -> Self {
        self.0.insert(TypeId::of::<T>(), driver);
        self
    }

    /// The driver of that type.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.get(&TypeId::of::<T>()).and_then(|d| Arc::clone(d).downcast().ok())
    }
}

/// Says whether this process may still act: another machine may have been given its work while it stood still.
pub struct Permit(pub Box<dyn Fn() -> bool + Send + Sync>);

/// What a running action is given.
pub struct StepContext {
    /// The office folder.
    pub folder: Arc<Folder>,
    /// The forms of the office.
    pub forms: Arc<Forms>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is acting.
    pub place: Place,
    /// The drivers.
    pub resources: Resources,
    /// The system of `on:`.
    pub system: Option<Arc<SystemFacts>>,
    /// The signed-in session of that system.
    pub session: Option<SessionHandle>,
    /// What a person answered to this step's questions: field → value. None on the first try.
    pub answer: Option<Value>,
    /// What the action wants kept; taken by the engine after the step, whatever its end.
    pub kept: Mutex<Vec<Blob>>,
}

impl StepContext {
    /// The driver of that type.
    ///
    /// # Errors
    /// When the program was put together without it.
    pub fn driver<T: Any + Send + Sync>(&self) -> Result<Arc<T>, Failure> {
        let name = std::any::type_name::<T>();
        self.resources
            .get()
            .ok_or_else(|| Failure::stop("SHK0902", format!("この構成では使えない動作です（{name}）。")))
    }

    /// The session of `on:`, as the driver's own type.
    ///
    /// # Errors
    /// When the step has no `on:`.
    pub fn session<T: Any + Send + Sync>(&self) -> Result<Arc<T>, Failure> {
        let session = self.session.as_ref().and_then(SessionHandle::get);
        session.ok_or_else(|| Failure::stop("SHK0903", "この手順には on:（対象システム）が必要です。"))
    }

    /// An irreversible action asks this in the moment before it acts.
    ///
    /// # Errors
    /// When the work of this process may have been given to another machine.
    pub fn may_act(&self) -> Result<(), Failure> {
        let permit = self.resources.get::<Permit>();
        if permit.is_none_or(|permit| (permit.0)()) {
            return Ok(());
        }
        let message = "この機械からの更新が途絶えていたため、登録せずに止めました。";
        Err(Failure { untouched: true, ..Failure::again("SHK0751", message) })
    }

    /// Keeps a blob as evidence.
    ///
    /// # Panics
    /// When another thread panicked while keeping one.
    pub fn keep(&self, blob: Blob) {
        self.kept.lock().expect("no panic while evidence is added").push(blob);
    }
}
