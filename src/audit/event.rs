//! The closed list of event types, and what an entry of each type may hold.

use super::schema::{Field, Kind, may, need};

/// What an entry reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// First entry of a log.
    LogOpen,
    /// A process began to write: program, configuration, version.
    LogEpoch,
    /// The writer is alive.
    Heartbeat,
    /// A torn last line was cut at start-up; or, with `size`, a person went on after a restore although a checkpoint of that
    /// size is known outside.
    LogRecover,
    /// Last entry of a log.
    LogClose,
    /// A checkpoint was taken out of the machine.
    CheckpointAnchor,
    /// A witness has cosigned.
    CheckpointWitness,
    /// Signed in.
    AuthOk,
    /// Sign-in refused.
    AuthNg,
    /// Signed out.
    AuthOut,
    /// An act was refused for want of permission.
    AuthzDeny,
    /// A user was added.
    UserAdd,
    /// A user was changed.
    UserSet,
    /// A user was disabled.
    UserOff,
    /// A role was given.
    RoleGrant,
    /// A role was taken.
    RoleRevoke,
    /// A person has looked through accesses or the log.
    ReviewDone,
    /// A scenario was saved.
    ScenarioSave,
    /// A scenario was submitted for approval.
    ScenarioSubmit,
    /// A scenario was approved.
    ScenarioApprove,
    /// A scenario was rejected.
    ScenarioReject,
    /// A scenario was put to work.
    ScenarioDeploy,
    /// A scenario was retired.
    ScenarioRetire,
    /// A schedule was set.
    ScheduleSet,
    /// A setting was changed.
    ConfigSet,
    /// The list of allowed hosts or folders was changed.
    AllowSet,
    /// A schedule came due.
    ScheduleDue,
    /// A due moment was missed.
    ScheduleMiss,
    /// A due moment is held for a person.
    ScheduleHold,
    /// A run began or was resumed.
    RunStart,
    /// A run ended, or waits for people.
    RunEnd,
    /// Emergency stop.
    RunStop,
    /// An item was begun.
    ItemOpen,
    /// An item was settled.
    ItemEnd,
    /// An irreversible step is about to be done.
    StepIntent,
    /// What came of it.
    StepResult,
    /// It is not known what came of it.
    StepUnknown,
    /// A person or a probe has decided what came of it.
    StepResolve,
    /// Fields were read from paper.
    OcrRead,
    /// A person has confirmed readings.
    OcrConfirm,
    /// A person has allowed or refused something.
    PersonApprove,
    /// A file came in.
    FileIn,
    /// A file went out.
    FileOut,
    /// Evidence was kept.
    EvidenceKeep,
    /// Evidence was looked at.
    EvidenceView,
    /// Evidence was destroyed.
    EvidencePurge,
    /// A secret was used.
    SecretUse,
    /// A rule of the office refused an act.
    PolicyDeny,
    /// The log of a fiscal year was disposed of.
    RetentionPurge,
}

/// What an entry of one type holds besides the fields every entry has.
pub(super) struct Spec {
    pub(super) event: Event,
    /// The word in `ev`.
    pub(super) name: &'static str,
    /// Members of the entry.
    pub(super) fields: &'static [Field],
    /// Members of `data`; without any there is no `data`.
    pub(super) data: &'static [Field],
}

const fn spec(event: Event, name: &'static str, fields: &'static [Field], data: &'static [Field]) -> Spec {
    Spec { event, name, fields, data }
}

const RUN: Field = need("run", Kind::Ulid);
const ITEM: Field = need("item", Kind::ItemId);
const STEP: Field = need("step", Kind::Name);
const IN_RUN: Field = may("run", Kind::Ulid);
const IN_ITEM: Field = may("item", Kind::ItemId);
const IN_STEP: Field = may("step", Kind::Name);
const IDEM: Field = may("idem", Kind::Ulid);
const REASON: Field = may("reason", Kind::Reason);

const PIECES: Kind =
    Kind::List(&Kind::Map(&[need("c", Kind::Sha256), need("k", Kind::Code), need("len", Kind::Int)]));
const EVIDENCE: Field = may("evd", PIECES);
const EVIDENCE_KEPT: Field = need("evd", PIECES);
const SCENARIO: Field = need(
    "scn",
    Kind::Map(&[
        may("appr", Kind::Code),
        need("id", Kind::Name),
        need("sha256", Kind::Sha256),
        need("ver", Kind::Int),
    ]),
);
const TARGET: Kind = Kind::Map(&[
    need("acct", Kind::Name),
    need("op", Kind::Name),
    may("ref", Kind::Code),
    need("sys", Kind::Name),
]);
const OUTCOME: Field = need(
    "res",
    Kind::Map(&[
        may("code", Kind::Code),
        may("n", Kind::Int),
        need("status", Kind::OneOf(&["ok", "ng", "unknown", "skipped"])),
    ]),
);
const COUNTS: Field = need(
    "res",
    Kind::Map(&[
        may("code", Kind::Code),
        may("held", Kind::Int),
        need("ng", Kind::Int),
        need("ok", Kind::Int),
        may("skipped", Kind::Int),
        need("status", Kind::OneOf(&["ok", "ng", "unknown", "skipped"])),
        need("unknown", Kind::Int),
        may("waiting", Kind::Int),
    ]),
);
const ITEM_STATES: Kind =
    Kind::OneOf(&["done", "check", "approval", "stopped", "failed", "in_doubt", "skipped", "held"]);
const RUN_STATES: Kind =
    Kind::OneOf(&["waiting_for_people", "done", "done_with_exceptions", "stopped", "failed"]);
const SIGN_IN: Kind = Kind::OneOf(&["password", "card", "os", "api"]);
const FILE: &[Field] =
    &[need("class", Kind::Code), may("len", Kind::Int), may("rows", Kind::Int), need("sha256", Kind::Sha256)];
const CONFIDENCE: Kind =
    Kind::List(&Kind::Map(&[need("f", Kind::Name), need("p", Kind::Int), may("pass", Kind::Bool)]));
const CHANGED: Kind = Kind::List(&Kind::Map(&[need("changed", Kind::Bool), need("f", Kind::Name)]));

/// One line per event type, in the order of [`Event`].
pub(super) const SPECS: &[Spec] = &[
    spec(
        Event::LogOpen,
        "log.open",
        &[],
        &[
            need("fy", Kind::Int),
            need("origin", Kind::Origin),
            need("prev", Kind::NoteOrNull),
            REASON,
            need("spec", Kind::OneOf(&["shoki-audit/1"])),
        ],
    ),
    spec(
        Event::LogEpoch,
        "log.epoch",
        &[],
        &[need("binary", Kind::Sha256), need("config", Kind::Sha256), need("version", Kind::Code)],
    ),
    spec(Event::Heartbeat, "hb", &[], &[may("free_mib", Kind::Int), may("runs", Kind::Int)]),
    spec(
        Event::LogRecover,
        "log.recover",
        &[],
        &[need("bytes", Kind::Int), REASON, need("sha256", Kind::Sha256), may("size", Kind::Int)],
    ),
    spec(Event::LogClose, "log.close", &[], &[REASON]),
    spec(
        Event::CheckpointAnchor,
        "cp.anchor",
        &[],
        &[
            need("by", Kind::OneOf(&["paper", "share", "auditor"])),
            may("place", Kind::Code),
            need("root", Kind::Root),
            need("size", Kind::Int),
        ],
    ),
    spec(
        Event::CheckpointWitness,
        "cp.witness",
        &[],
        &[need("name", Kind::Origin), need("size", Kind::Int), need("time", Kind::Int)],
    ),
    spec(Event::AuthOk, "auth.ok", &[], &[need("by", SIGN_IN), may("session", Kind::Sha256)]),
    spec(Event::AuthNg, "auth.ng", &[], &[need("by", SIGN_IN), need("code", Kind::Code)]),
    spec(Event::AuthOut, "auth.out", &[], &[need("why", Kind::OneOf(&["user", "idle", "expired", "admin"]))]),
    spec(Event::AuthzDeny, "authz.deny", &[IN_RUN], &[may("code", Kind::Code), need("op", Kind::Code)]),
    spec(Event::UserAdd, "user.add", &[], &[REASON, need("user", Kind::Code)]),
    spec(Event::UserSet, "user.set", &[], &[REASON, need("user", Kind::Code)]),
    spec(Event::UserOff, "user.off", &[], &[REASON, need("user", Kind::Code)]),
    spec(
        Event::RoleGrant,
        "role.grant",
        &[],
        &[REASON, need("role", Kind::Code), may("until", Kind::Date), need("user", Kind::Code)],
    ),
    spec(
        Event::RoleRevoke,
        "role.revoke",
        &[],
        &[REASON, need("role", Kind::Code), need("user", Kind::Code)],
    ),
    spec(
        Event::ReviewDone,
        "review.done",
        &[],
        &[
            need("from", Kind::Date),
            need("kind", Kind::OneOf(&["access", "log"])),
            REASON,
            need("to", Kind::Date),
        ],
    ),
    spec(Event::ScenarioSave, "scn.save", &[SCENARIO], &[]),
    spec(Event::ScenarioSubmit, "scn.submit", &[SCENARIO], &[REASON]),
    spec(Event::ScenarioApprove, "scn.approve", &[SCENARIO], &[REASON]),
    spec(Event::ScenarioReject, "scn.reject", &[SCENARIO], &[need("reason", Kind::Reason)]),
    spec(Event::ScenarioDeploy, "scn.deploy", &[SCENARIO], &[]),
    spec(Event::ScenarioRetire, "scn.retire", &[SCENARIO], &[REASON]),
    spec(
        Event::ScheduleSet,
        "sched.set",
        &[SCENARIO],
        &[need("on", Kind::Bool), may("sha256", Kind::Sha256)],
    ),
    spec(Event::ConfigSet, "cfg.set", &[], &[need("key", Kind::Code), REASON, need("sha256", Kind::Sha256)]),
    spec(
        Event::AllowSet,
        "allow.set",
        &[],
        &[
            need("kind", Kind::OneOf(&["host", "folder"])),
            need("op", Kind::OneOf(&["add", "remove"])),
            REASON,
            need("sha256", Kind::Sha256),
            may("value", Kind::Code),
        ],
    ),
    spec(Event::ScheduleDue, "sched.due", &[IN_RUN], &[need("due", Kind::Moment)]),
    spec(
        Event::ScheduleMiss,
        "sched.miss",
        &[IN_RUN],
        &[need("due", Kind::Moment), need("rule", Kind::OneOf(&["hold", "run_once", "skip"]))],
    ),
    spec(Event::ScheduleHold, "sched.hold", &[IN_RUN], &[need("due", Kind::Moment), REASON]),
    spec(
        Event::RunStart,
        "run.start",
        &[RUN, SCENARIO],
        &[may("items", Kind::Int), may("plan", Kind::Bool), may("resume", Kind::Bool)],
    ),
    spec(Event::RunEnd, "run.end", &[RUN, COUNTS], &[may("state", RUN_STATES)]),
    spec(Event::RunStop, "run.stop", &[IN_RUN], &[need("reason", Kind::Reason)]),
    spec(Event::ItemOpen, "item.open", &[RUN, ITEM], &[may("key", Kind::Sha256)]),
    spec(Event::ItemEnd, "item.end", &[RUN, ITEM, OUTCOME], &[may("state", ITEM_STATES)]),
    spec(
        Event::StepIntent,
        "step.intent",
        &[RUN, ITEM, STEP, need("idem", Kind::Ulid), need("target", TARGET)],
        &[],
    ),
    spec(
        Event::StepResult,
        "step.result",
        &[RUN, ITEM, STEP, OUTCOME, EVIDENCE, IDEM, may("target", TARGET)],
        &[],
    ),
    spec(Event::StepUnknown, "step.unknown", &[RUN, ITEM, STEP, EVIDENCE, IDEM], &[may("code", Kind::Code)]),
    spec(
        Event::StepResolve,
        "step.resolve",
        &[RUN, ITEM, STEP, EVIDENCE, IDEM, may("target", TARGET)],
        &[need("by", Kind::OneOf(&["person", "probe"])), need("done", Kind::Bool), REASON],
    ),
    spec(
        Event::OcrRead,
        "ocr.read",
        &[RUN, ITEM, STEP, EVIDENCE],
        &[need("fields", CONFIDENCE), need("form", Kind::Name)],
    ),
    spec(
        Event::OcrConfirm,
        "ocr.confirm",
        &[RUN, ITEM, IN_STEP],
        &[
            need("fields", CHANGED),
            may("second", Kind::Code),
            // None: the case is answered.
            may("state", Kind::OneOf(&["disagreed", "first", "undone"])),
        ],
    ),
    spec(Event::PersonApprove, "person.approve", &[RUN, ITEM, STEP], &[need("done", Kind::Bool), REASON]),
    spec(Event::FileIn, "file.in", &[IN_RUN, IN_ITEM, IN_STEP], FILE),
    spec(Event::FileOut, "file.out", &[IN_RUN, IN_ITEM, IN_STEP], FILE),
    spec(Event::EvidenceKeep, "evd.keep", &[RUN, ITEM, STEP, EVIDENCE_KEPT], &[]),
    // `f`: the field whose number a person was shown, where it was not the whole picture.
    spec(
        Event::EvidenceView,
        "evd.view",
        &[IN_RUN, IN_ITEM],
        &[need("c", Kind::Sha256), may("f", Kind::Name)],
    ),
    spec(
        Event::EvidencePurge,
        "evd.purge",
        &[RUN],
        // `what`: none for pictures; the contents of the database: readings, answers, outputs.
        &[
            may("appr", Kind::Code),
            need("count", Kind::Int),
            need("rule", Kind::Code),
            may("what", Kind::OneOf(&["contents"])),
        ],
    ),
    spec(Event::SecretUse, "secret.use", &[IN_RUN, IN_ITEM, IN_STEP], &[need("name", Kind::Name)]),
    spec(
        Event::PolicyDeny,
        "policy.deny",
        &[IN_RUN, IN_ITEM, IN_STEP],
        &[may("code", Kind::Code), need("rule", Kind::Code)],
    ),
    spec(
        Event::RetentionPurge,
        "retention.purge",
        &[],
        &[
            need("appr", Kind::Code),
            need("fy", Kind::Int),
            need("root", Kind::Root),
            need("rule", Kind::Code),
            // Runs of the database that went with the log.
            may("runs", Kind::Int),
            need("size", Kind::Int),
        ],
    ),
];

impl Event {
    /// Every event type, in the order of the specification.
    pub fn all() -> impl Iterator<Item = Self> {
        SPECS.iter().map(|spec| spec.event)
    }

    /// The word in `ev`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The event type with this word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        SPECS.iter().find(|spec| spec.name == name).map(|spec| spec.event)
    }

    pub(super) fn spec(self) -> &'static Spec {
        &SPECS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifications_stand_in_the_order_of_events_and_keys_are_sorted() {
        for (at, spec) in SPECS.iter().enumerate() {
            assert_eq!(spec.event as usize, at, "{}", spec.name);
            assert_eq!(Event::named(spec.name), Some(spec.event));
            assert!(spec.data.is_sorted_by_key(|field| field.key), "{}", spec.name);
        }
    }
}
