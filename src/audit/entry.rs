//! Entries: a draft says what happened, sealing gives it its place and time, parsing reads it back.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use super::event::Event;
use super::schema::{Field, Kind, Refused, check_members, need};
use super::tree::{Hash, leaf};
use super::value::{DUPLICATE, Value};

/// The longest line, in bytes without its LF: the length of a tlog-tiles entry is 16 bits.
pub const MAX_LINE: usize = 65_535;

/// Members every entry has.
const COMMON: &[Field] = &[
    need(
        "actor",
        Kind::Map(&[
            need("id", Kind::Name),
            need("kind", Kind::OneOf(&["user", "schedule", "api", "system"])),
        ]),
    ),
    need("boot", Kind::Boot),
    need("ep", Kind::Int),
    need("ev", Kind::Code),
    need("mono", Kind::Counter),
    need("seq", Kind::Counter),
    need("ts", Kind::Moment),
    need("v", Kind::Int),
];

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, by a personal id, never a shared account.
    User(String),
    /// A schedule, by the id of its scenario.
    Schedule(String),
    /// A program that called the API, by its account.
    Api(String),
    /// A part of shoki itself.
    System(String),
}

impl Actor {
    fn value(&self) -> Value {
        let (kind, id) = match self {
            Self::User(id) => ("user", id),
            Self::Schedule(id) => ("schedule", id),
            Self::Api(id) => ("api", id),
            Self::System(id) => ("system", id),
        };
        Value::map([("id", id.as_str().into()), ("kind", kind.into())])
    }
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// As intended.
    Ok,
    /// Not as intended.
    Ng,
    /// Nobody knows yet.
    Unknown,
    /// Not done, on purpose.
    Skipped,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Ng => "ng",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
        }
    }
}

/// How many items of a run ended which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Settled as intended.
    pub ok: u64,
    /// Stopped or failed.
    pub ng: u64,
    /// In doubt.
    pub unknown: u64,
    /// Seen before.
    pub skipped: u64,
    /// Held.
    pub held: u64,
    /// Waiting for a person.
    pub waiting: u64,
}

/// When and by which process an entry is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The wall clock; kept in milliseconds, never used for order.
    pub ts: Timestamp,
    /// Nanoseconds since the machine was started.
    pub mono: u64,
    /// The first eight hexadecimal characters of the kernel's boot id.
    pub boot: String,
    /// The number of this start of the program: one more each time.
    pub ep: u64,
}

/// An entry before it has its place: what happened, by whom, to what.
#[derive(Clone)]
pub struct Draft {
    event: Event,
    members: BTreeMap<String, Value>,
    data: BTreeMap<String, Value>,
}

impl Draft {
    /// An entry of this type by this actor.
    #[must_use]
    pub fn new(event: Event, actor: &Actor) -> Self {
        let members = BTreeMap::from([
            ("actor".to_owned(), actor.value()),
            ("ev".to_owned(), event.name().into()),
            ("v".to_owned(), Value::Int(1)),
        ]);
        Self { event, members, data: BTreeMap::new() }
    }

    /// The type.
    #[must_use]
    pub fn event(&self) -> Event {
        self.event
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.members.insert(key.to_owned(), value);
        self
    }

    /// The run, a ULID.
    #[must_use]
    pub fn run(self, run: &str) -> Self {
        self.with("run", run.into())
    }

    /// The item, by an opaque number or code; never a name, never a My Number.
    #[must_use]
    pub fn item(self, item: &str) -> Self {
        self.with("item", item.into())
    }

    /// The step, by its id in the scenario.
    #[must_use]
    pub fn step(self, step: &str) -> Self {
        self.with("step", step.into())
    }

    /// The scenario: id, version, SHA-256 (hexadecimal) of the exact file, who approved it.
    #[must_use]
    pub fn scenario(self, id: &str, version: u64, sha256: &str, approver: Option<&str>) -> Self {
        let value = Value::map([("id", id.into()), ("sha256", sha256.into()), ("ver", version.into())]);
        self.with("scn", with_optional(value, "appr", approver))
    }

    /// Where the effect goes: system, the robot account used, operation, and the reference that system has shown.
    /// A reference that [`recordable`] refuses must be left out.
    #[must_use]
    pub fn target(self, system: &str, account: &str, operation: &str, reference: Option<&str>) -> Self {
        let value = Value::map([("acct", account.into()), ("op", operation.into()), ("sys", system.into())]);
        self.with("target", with_optional(value, "ref", reference))
    }

    /// The id of this effect, a ULID that stays the same over retries.
    #[must_use]
    pub fn idem(self, idem: &str) -> Self {
        self.with("idem", idem.into())
    }

    /// How it ended, and a code that says why.
    #[must_use]
    pub fn res(self, status: Status, code: Option<&str>) -> Self {
        let value = Value::map([("status", status.word().into())]);
        self.with("res", with_optional(value, "code", code))
    }

    /// How a run ended.
    #[must_use]
    pub fn counts(self, status: Status, counts: &Counts) -> Self {
        let mut value = Value::map([
            ("ng", counts.ng.into()),
            ("ok", counts.ok.into()),
            ("status", status.word().into()),
            ("unknown", counts.unknown.into()),
        ]);
        for (key, count) in [("held", counts.held), ("skipped", counts.skipped), ("waiting", counts.waiting)]
        {
            value = with_optional(value, key, (count > 0).then_some(count));
        }
        self.with("res", value)
    }

    /// One more piece of evidence: its kind, its commitment (64 hexadecimal characters) and its length in bytes.
    #[must_use]
    pub fn evidence(mut self, kind: &str, commitment: &str, len: u64) -> Self {
        let piece = Value::map([("c", commitment.into()), ("k", kind.into()), ("len", len.into())]);
        match self.members.get_mut("evd") {
            Some(Value::List(pieces)) => pieces.push(piece),
            _ => return self.with("evd", Value::List(vec![piece])),
        }
        self
    }

    /// A member of `data`.
    #[must_use]
    pub fn data(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.data.insert(key.to_owned(), value.into());
        self
    }

    /// A number in `data`.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<u64> {
        self.data.get(key).and_then(Value::as_int)
    }

    /// Gives the entry its place and time, and its bytes.
    ///
    /// # Errors
    /// When it holds something that may not stand in the log. Then nothing may be done that it would have reported.
    ///
    /// # Panics
    /// Never: what was checked can be written as JSON.
    pub fn seal(&self, seq: u64, stamp: &Stamp) -> Result<Line, Refused> {
        let mut members = self.members.clone();
        members.insert("seq".to_owned(), seq.into());
        members.insert("ts".to_owned(), format!("{:.3}", stamp.ts).into());
        members.insert("mono".to_owned(), stamp.mono.into());
        members.insert("boot".to_owned(), stamp.boot.as_str().into());
        members.insert("ep".to_owned(), stamp.ep.into());
        if !self.data.is_empty() {
            members.insert("data".to_owned(), Value::Map(self.data.clone()));
        }
        check_entry(&members, self.event)?;
        let text = serde_json::to_string(&Value::Map(members)).expect("a value with text keys is JSON");
        Line::of(seq, text)
    }
}

/// Shows the type only: what a draft holds has not been checked yet.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Draft({})", self.event.name())
    }
}

/// A sealed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place in the log, from 0.
    pub seq: u64,
    /// The line without its LF.
    pub text: String,
    /// Its leaf in the tree.
    pub leaf: Hash,
}

impl Line {
    fn of(seq: u64, text: String) -> Result<Self, Refused> {
        if text.len() > MAX_LINE {
            return Err(Refused::TooLong(text.len()));
        }
        let leaf = leaf(text.as_bytes());
        Ok(Self { seq, text, leaf })
    }
}

/// An entry read back from its line.
#[derive(Clone)]
pub struct Entry {
    event: Event,
    value: Value,
    ts: Timestamp,
}

impl Entry {
    /// Reads one line (without its LF) and checks everything that was checked when it was written.
    ///
    /// # Errors
    /// When it is not an entry of `shoki-audit/1`.
    ///
    /// # Panics
    /// Never: a time that was checked can be read.
    pub fn parse(line: &[u8]) -> Result<Self, Refused> {
        if line.len() > MAX_LINE {
            return Err(Refused::TooLong(line.len()));
        }
        let value: Value = serde_json::from_slice(line).map_err(|error| refused_syntax(&error))?;
        let Value::Map(members) = &value else { return Err(Refused::Syntax) };
        if members.get("v") != Some(&Value::Int(1)) {
            return Err(Refused::Version);
        }
        let event = members.get("ev").and_then(Value::as_text).and_then(Event::named);
        let event = event.ok_or(Refused::UnknownEvent)?;
        check_entry(members, event)?;
        let ts = members["ts"].as_text().and_then(|text| text.parse().ok());
        let ts = ts.expect("a checked moment parses");
        Ok(Self { event, value, ts })
    }

    /// The type.
    #[must_use]
    pub fn event(&self) -> Event {
        self.event
    }

    /// Its place in the log, from 0.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.int("seq")
    }

    /// The wall clock of the writer.
    #[must_use]
    pub fn ts(&self) -> Timestamp {
        self.ts
    }

    /// Nanoseconds since the machine was started.
    #[must_use]
    pub fn mono(&self) -> u64 {
        self.int("mono")
    }

    /// Which start of the program wrote it.
    #[must_use]
    pub fn ep(&self) -> u64 {
        self.int("ep")
    }

    /// Which start of the machine it was written in.
    #[must_use]
    pub fn boot(&self) -> &str {
        self.text("boot").unwrap_or_default()
    }

    /// A member that is a text: `run`, `item`, `step`, `idem`.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.value.get(key).and_then(Value::as_text)
    }

    /// A member of `data`.
    #[must_use]
    pub fn data(&self, key: &str) -> Option<&Value> {
        self.value.get("data").and_then(|data| data.get(key))
    }

    /// The whole entry.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    fn int(&self, key: &str) -> u64 {
        self.value.get(key).and_then(Value::as_int).unwrap_or_default()
    }
}

/// Shows place and type only.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({} {})", self.seq(), self.event.name())
    }
}

/// Whether a code from outside, such as a receipt number, may stand in the log (`target.ref`, `res.code`).
#[must_use]
pub fn recordable(code: &str) -> bool {
    let members = BTreeMap::from([("ref".to_owned(), code.into())]);
    check_members(&members, &[&[need("ref", Kind::Code)]], "").is_ok()
}

fn with_optional<T: Into<Value>>(mut map: Value, key: &str, value: Option<T>) -> Value {
    if let (Value::Map(members), Some(value)) = (&mut map, value) {
        members.insert(key.to_owned(), value.into());
    }
    map
}

fn check_entry(members: &BTreeMap<String, Value>, event: Event) -> Result<(), Refused> {
    let spec = event.spec();
    let needed = spec.data.iter().any(|field| field.needed);
    let data = [Field { key: "data", kind: Kind::Map(spec.data), needed }];
    let data = if spec.data.is_empty() { &[][..] } else { &data[..] };
    check_members(members, &[COMMON, spec.fields, data], "")
}

fn refused_syntax(error: &serde_json::Error) -> Refused {
    if error.to_string().starts_with(DUPLICATE) { Refused::DuplicateKey } else { Refused::Syntax }
}
