//! People confirm readings: one person at a time, nothing typed is lost, two who must agree, on both databases.

use crate::Memory;
use serde_json::{Value, json};
use shoki::{
    clock::{Clock, ManualClock},
    control::{
        AuditLog, LogPlace,
        acts::{self, ActError, Answer},
        checks::{self, Finished, Save},
    },
    run::{ItemState, Manner, Paper, Question, REQUIRED, RunState, unreadable},
    store::{
        CheckKind, Listed, Moved, NewCheck, NewItem, NewRun, StepResult, Store, Strength, Tally, Whose,
        Worklist,
    },
};
use std::{sync::Arc, time::Instant};
use test_database::{Disk, Server};

const RUN: &str = "01KAH0000000000000000000C1";
const AT: &str = "2026-11-20T21:00:00.000Z";

/// An office with its clock.
struct Desk {
    store: Arc<Store>,
    log: AuditLog,
    clock: Arc<ManualClock>,
    _dir: tempfile::TempDir,
}

impl Desk {
    async fn of(memory: &Memory) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(AT.parse().unwrap()));
        let store = memory.open().await;
        let place = LogPlace {
            dir: dir.path().join("audit"),
            keys: dir.path().join("keys"),
            origin: "shoki.invalid/test/host".into(),
            program: "0".repeat(64),
            config: "0".repeat(64),
            outside: None,
        };
        for folder in [&place.dir, &place.keys] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let clock_of_log: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let log = AuditLog::open(Arc::clone(&store), place, clock_of_log).await.unwrap();
        let desk = Self { store, log, clock, _dir: dir };
        desk.begin_run().await;
        desk
    }

    async fn begin_run(&self) {
        let run = NewRun {
            id: RUN.into(),
            scenario: "転入".into(),
            sha256: "0".repeat(64),
            date: "2026-11-20".into(),
            settings: json!({}),
            actor: json!({}),
            at: AT.into(),
        };
        let mut tx = self.store.begin(Strength::Power).await.unwrap();
        tx.add_run(&run).await.unwrap();
        tx.move_run(RUN, RunState::Running, None, AT).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// An item whose paper waits for a person. Says the check's number.
    async fn ask(&self, n: u32, questions: Vec<Question>) -> i64 {
        let mut tx = self.store.begin(Strength::Power).await.unwrap();
        let new = NewItem { n, key: format!("k{n}"), input: json!({ "file": "受付/届.pdf" }) };
        tx.add_item("転入", RUN, &new, AT).await.unwrap();
        tx.claim_item(RUN, AT).await.unwrap().unwrap();
        let others = vec![question("同意", "checkbox", json!(true), Manner::default())];
        let check = NewCheck {
            run_id: RUN.into(),
            scenario: "転入".into(),
            n,
            label: format!("受付/届{n}.pdf"),
            step: "確認".into(),
            kind: CheckKind::Check,
            questions,
            paper: Some(Paper { form: "住民異動届".into(), page: 1, size: Paper::a4(), others }),
        };
        let id = tx.add_check(&check, AT).await.unwrap();
        let moved = Moved {
            run: RUN,
            n,
            next: ItemState::Check,
            step: Some("確認"),
            code: None,
            reason: None,
            at: AT,
        };
        tx.move_item(&moved).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    fn wait(&self, minutes: i64) {
        self.clock.advance(jiff::SignedDuration::from_mins(minutes));
    }

    async fn open(&self, id: i64, by: &str) -> Result<checks::Case, ActError> {
        checks::open(&self.store, &self.log, id, by).await
    }

    async fn save(&self, save: Save) -> Result<checks::Saved, ActError> {
        checks::save(&self.store, &self.log, &save).await
    }

    async fn finish(&self, id: i64, by: &str, turn: u32) -> Result<Finished, ActError> {
        checks::finish(&self.store, &self.log, id, by, turn).await
    }

    async fn log_of(&self, event: &str) -> Vec<Value> {
        let lines = self.store.log_lines("shoki.invalid/test/host", 2026, 0, 1000).await.unwrap();
        let entries = lines.iter().map(|l| serde_json::from_str::<Value>(l).unwrap());
        entries.filter(|e| e["ev"] == event).collect()
    }
}

fn question(field: &str, kind: &str, value: Value, manner: Manner) -> Question {
    let manner = Manner { kind: kind.into(), ..manner };
    Question { manner, rect: Some([1.0, 2.0, 30.0, 8.0]), ..Question::plain(field, value, "薄い字です") }
}

fn name() -> Question {
    question("氏名", "person_name", json!("高橋"), Manner::default())
}

fn day(two: bool) -> Question {
    question("異動日", "date", json!("2026-11-02"), Manner { two, required: true, ..Manner::default() })
}

fn typed(id: i64, by: &str, turn: u32, field: &str, text: &str) -> Save {
    let (by, field, text) = (by.to_owned(), field.to_owned(), json!(text));
    Save { id, by, turn, field, text, again: None, done: true, ms: 1200, seen: None }
}

async fn one_person_at_a_time(desk: &Desk) {
    let id = desk.ask(1, vec![name(), day(false)]).await;
    let case = desk.open(id, "a").await.unwrap();
    assert_eq!((case.left(), case.fields.len()), (2, 3));
    assert!(matches!(desk.open(id, "b").await, Err(ActError::Held { who, .. }) if who == "a"));
    // In the middle of a word the session ends: what was typed is there.
    let half = Save { done: false, ..typed(id, "a", case.turn, "氏名", "髙") };
    assert_eq!(desk.save(half).await.unwrap().complaint, None);
    desk.wait(11);
    let theirs = desk.open(id, "b").await.unwrap();
    assert_eq!(theirs.turn, case.turn + 1);
    assert_eq!(theirs.fields[0].earlier.as_ref().unwrap().text, json!("髙"), "b goes on where a stopped");
    // Both save the same case: both are told, and what a typed is kept.
    let late = desk.save(typed(id, "a", case.turn, "氏名", "髙橋")).await.unwrap_err();
    assert!(matches!(&late, ActError::Held { who, .. } if who == "b"), "{late}");
    let saved = desk.save(typed(id, "b", theirs.turn, "氏名", "高橋")).await.unwrap();
    assert_eq!(saved.told.iter().map(|t| t.who.as_str()).collect::<Vec<_>>(), ["a"]);
    let again = desk.save(typed(id, "b", theirs.turn, "氏名", "高橋")).await.unwrap();
    assert!(again.told.is_empty(), "told once");
    assert_eq!(checks::release(&desk.store, "b", None).await.unwrap(), 1);
    let back = desk.open(id, "a").await.unwrap();
    assert_eq!(back.fields[0].typed.as_ref().unwrap().text, json!("髙橋"));
    assert!(matches!(desk.save(typed(id, "b", theirs.turn, "氏名", "x")).await, Err(ActError::Held { .. })));
    assert!(matches!(desk.finish(id, "a", back.turn).await, Err(ActError::Missing(f)) if f == "氏名"));
    answered_and_taken_back(desk, id, back.turn).await;
}

async fn answered_and_taken_back(desk: &Desk, id: i64, turn: u32) {
    let bad = desk.save(typed(id, "a", turn, "異動日", "令和8年2月30日")).await.unwrap();
    assert!(bad.complaint.unwrap().contains("令和8年4月1日"));
    desk.save(typed(id, "a", turn, "氏名", "髙橋")).await.unwrap();
    let good = desk.save(typed(id, "a", turn, "異動日", "令和8年11月2日")).await.unwrap();
    let elsewhere =
        Save { seen: Some(good.version - 1), ..typed(id, "a", turn, "異動日", "令和8年11月9日") };
    assert!(matches!(desk.save(elsewhere).await, Err(ActError::Elsewhere { .. })));
    let undone = checks::undo(&desk.store, &desk.log, id, "a", turn).await.unwrap().unwrap();
    assert_eq!((undone.field.as_str(), undone.text), ("異動日", json!("令和8年11月2日")));
    assert!(matches!(desk.finish(id, "a", turn).await, Err(ActError::Missing(_))));
    desk.save(typed(id, "a", turn, "異動日", "令和8年11月2日")).await.unwrap();
    assert_eq!(desk.finish(id, "a", turn).await.unwrap(), Finished::Answered);
    let answer = desk.store.check(id).await.unwrap().unwrap().answer.unwrap();
    assert_eq!(answer, json!({ "氏名": "髙橋", "異動日": "令和8年11月2日" }));
    assert!(matches!(desk.save(typed(id, "b", turn, "氏名", "x")).await, Err(ActError::Answered(_))));
    assert_eq!(checks::told(&desk.store, "a").await.unwrap()[0].who, "b");
    assert!(desk.store.typed(id).await.unwrap().iter().all(|t| t.text.is_null()), "texts go, times stay");
    assert!(matches!(checks::reopen(&desk.store, &desk.log, id, "b").await, Err(ActError::GoneOn(_))));
    checks::reopen(&desk.store, &desk.log, id, "a").await.unwrap();
    let case = desk.open(id, "a").await.unwrap();
    assert_eq!((case.left(), case.fields[0].typed.as_ref().unwrap().text.clone()), (0, json!("髙橋")));
    assert_eq!(desk.finish(id, "a", case.turn).await.unwrap(), Finished::Answered);
    let mut tx = desk.store.begin(Strength::Process).await.unwrap();
    tx.claim_item(RUN, AT).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let gone = checks::reopen(&desk.store, &desk.log, id, "a").await;
    assert!(matches!(gone, Err(ActError::GoneOn(_))), "the item has gone on");
    let states: Vec<Value> =
        desk.log_of("ocr.confirm").await.into_iter().map(|e| e["data"]["state"].clone()).collect();
    assert_eq!(states, [Value::Null, json!("undone"), Value::Null]);
}

async fn two_must_agree(desk: &Desk) {
    let id = desk.ask(2, vec![name(), day(true)]).await;
    let first = desk.open(id, "a").await.unwrap();
    desk.save(typed(id, "a", first.turn, "氏名", "髙橋")).await.unwrap();
    desk.save(typed(id, "a", first.turn, "異動日", "2026-11-02")).await.unwrap();
    let passed = desk.finish(id, "a", first.turn).await.unwrap();
    assert_eq!(passed, Finished::Second(vec!["異動日".into()]));
    assert!(matches!(desk.open(id, "a").await, Err(ActError::OwnLook(_))), "never the first");
    let second = desk.open(id, "b").await.unwrap();
    let day = &second.fields[1];
    assert!(second.second && day.open && day.earlier.is_none(), "who looks second does not see it");
    assert!(!second.fields[0].open, "what one person may settle is settled");
    let other = desk.save(typed(id, "b", second.turn, "異動日", "2026-11-20")).await.unwrap();
    assert_eq!(other.disagrees.unwrap().person, "a");
    assert_eq!(desk.finish(id, "b", second.turn).await.unwrap(), Finished::Disagreed(vec!["異動日".into()]));
    let third = desk.open(id, "a").await.unwrap();
    assert_eq!(third.fields[1].earlier.as_ref().unwrap().person, "b", "the disagreement is shown");
    desk.save(typed(id, "a", third.turn, "異動日", "令和8年11月20日")).await.unwrap();
    assert_eq!(desk.finish(id, "a", third.turn).await.unwrap(), Finished::Answered);
    let said = desk.log_of("ocr.confirm").await;
    assert_eq!(said.last().unwrap()["data"]["second"], "b");
    let log = format!("{said:?}");
    assert!(!log.contains("髙橋") && !log.contains("11月20日"), "no value is in the log");
}

async fn the_command_line_keeps_the_same_rules(desk: &Desk) {
    let twice = Manner { twice: true, two: true, ..Manner::default() };
    let id = desk.ask(3, vec![name(), question("口座", "digits", json!("123"), twice)]).await;
    let answer = |by: &str, account: &str, again: Option<&str>| {
        let values = json!({ "口座": account }).as_object().unwrap().clone();
        let again = again.map_or(json!({}), |again| json!({ "口座": again })).as_object().unwrap().clone();
        acts::answer(&desk.store, &desk.log, Answer { id, values, again, as_read: true, by: by.to_owned() })
    };
    assert!(matches!(answer("a", "123", None).await, Err(ActError::Unfit { .. })), "typed once only");
    assert!(matches!(answer("a", "123", Some("124")).await, Err(ActError::Unfit { .. })));
    assert!(matches!(answer("a", "123", Some("１２３")).await.unwrap().1, Finished::Second(_)));
    assert!(matches!(answer("a", "123", Some("123")).await, Err(ActError::OwnLook(_))));
    assert_eq!(answer("b", "123", Some("123")).await.unwrap().1, Finished::Answered);
}

async fn what_cannot_be_read_is_an_answer(desk: &Desk) {
    let id = desk.ask(4, vec![day(false)]).await;
    let case = desk.open(id, "a").await.unwrap();
    let save = Save { text: unreadable("faint").unwrap(), ..typed(id, "a", case.turn, "異動日", "") };
    assert_eq!(desk.save(save).await.unwrap().complaint, None);
    assert_eq!(desk.finish(id, "a", case.turn).await.unwrap(), Finished::Answered);
    let spent = desk.store.spent().await.unwrap();
    assert_eq!(spent.len(), 1);
    assert!(spent[0].scenario == "転入" && spent[0].month == "2026-11" && spent[0].ms >= 1200 * 8);
}

/// An answer is not taken back once its step has used it, also while the item waits for something else.
async fn what_was_used_stays(desk: &Desk) {
    let id = desk.ask(6, vec![name()]).await;
    let case = desk.open(id, "a").await.unwrap();
    desk.save(typed(id, "a", case.turn, "氏名", "髙橋")).await.unwrap();
    assert_eq!(desk.finish(id, "a", case.turn).await.unwrap(), Finished::Answered);
    let offered = async || desk.store.last_answered("a").await.unwrap().map(|(id, _)| id);
    assert_eq!(offered().await, Some(id));
    let mut tx = desk.store.begin(Strength::Power).await.unwrap();
    let used = StepResult { step: "確認".into(), output: json!({}), receipted: false };
    tx.add_result(RUN, 6, &used, AT).await.unwrap();
    assert_eq!(tx.item_state(RUN, 6).await.unwrap(), ItemState::Waiting);
    tx.commit().await.unwrap();
    assert_eq!(offered().await, None, "what cannot be done is not offered");
    assert!(matches!(checks::reopen(&desk.store, &desk.log, id, "a").await, Err(ActError::GoneOn(_))));
    assert!(desk.store.check(id).await.unwrap().unwrap().answer.is_some());
}

/// Who only stays gets nothing: not what nobody has, and not what another has let lie.
async fn staying_takes_nothing(desk: &Desk) {
    let id = desk.ask(7, vec![name()]).await;
    let stay = async |by: &str, turn: u32| checks::stay(&desk.store, &desk.log, id, by, turn).await;
    assert!(matches!(stay("b", 0).await, Err(ActError::Passed { .. })));
    assert_eq!(desk.store.listed(id).await.unwrap().unwrap().held_by, None);
    let case = desk.open(id, "a").await.unwrap();
    assert!(matches!(stay("b", case.turn).await, Err(ActError::Held { .. })));
    desk.wait(11);
    assert!(matches!(stay("b", case.turn).await, Err(ActError::Passed { who, .. }) if who == "a"));
    assert!(stay("a", case.turn).await.is_ok(), "who comes back from a rest goes on");
    assert!(matches!(desk.open(id, "b").await, Err(ActError::Held { .. })), "and has it again");
    desk.save(typed(id, "a", case.turn, "氏名", "髙橋")).await.unwrap();
    assert_eq!(desk.finish(id, "a", case.turn).await.unwrap(), Finished::Answered);
}

/// An answer taken back stands as it stood, whoever typed it.
async fn what_another_confirmed_comes_back(desk: &Desk) {
    let id = desk.ask(60, vec![name(), day(false)]).await;
    let theirs = desk.open(id, "a").await.unwrap();
    desk.save(typed(id, "a", theirs.turn, "氏名", "髙橋")).await.unwrap();
    desk.save(typed(id, "a", theirs.turn, "異動日", "2026-11-09")).await.unwrap();
    checks::release(&desk.store, "a", Some(id)).await.unwrap();
    let case = desk.open(id, "b").await.unwrap();
    desk.save(typed(id, "b", case.turn, "異動日", "2026-11-02")).await.unwrap();
    assert_eq!(desk.finish(id, "b", case.turn).await.unwrap(), Finished::Answered);
    let answer = async || desk.store.check(id).await.unwrap().unwrap().answer;
    let before = answer().await;
    checks::reopen(&desk.store, &desk.log, id, "b").await.unwrap();
    let known = desk.store.typed(id).await.unwrap();
    assert!(known.iter().all(|t| !t.text.is_null()), "nobody stands for what is not known");
    let case = desk.open(id, "b").await.unwrap();
    assert_eq!(case.left(), 0);
    assert_eq!(desk.finish(id, "b", case.turn).await.unwrap(), Finished::Answered);
    assert_eq!(answer().await, before);
    assert_eq!(before, Some(json!({ "氏名": "髙橋", "異動日": "2026-11-02" })));
}

/// Two who agreed agree again when the second takes the answer back.
async fn two_stand_again(desk: &Desk) {
    let id = desk.ask(61, vec![name(), day(true)]).await;
    let first = desk.open(id, "a").await.unwrap();
    desk.save(typed(id, "a", first.turn, "氏名", "髙橋")).await.unwrap();
    desk.save(typed(id, "a", first.turn, "異動日", "2026-11-09")).await.unwrap();
    assert!(matches!(desk.finish(id, "a", first.turn).await.unwrap(), Finished::Second(_)));
    let second = desk.open(id, "b").await.unwrap();
    desk.save(typed(id, "b", second.turn, "異動日", "令和8年11月9日")).await.unwrap();
    assert_eq!(desk.finish(id, "b", second.turn).await.unwrap(), Finished::Answered);
    checks::reopen(&desk.store, &desk.log, id, "b").await.unwrap();
    let case = desk.open(id, "b").await.unwrap();
    assert_eq!((case.second, case.left()), (true, 0));
    assert_eq!(desk.finish(id, "b", case.turn).await.unwrap(), Finished::Answered);
    let answer = desk.store.check(id).await.unwrap().unwrap().answer.unwrap();
    assert_eq!(answer, json!({ "氏名": "髙橋", "異動日": "令和8年11月9日" }));
    assert_eq!(desk.log_of("ocr.confirm").await.last().unwrap()["data"]["second"], "a");
}

/// What another window of the first person still sends does not take back the look that is on record.
async fn a_look_on_record_stays(desk: &Desk) {
    let id = desk.ask(62, vec![name(), day(true)]).await;
    let first = desk.open(id, "a").await.unwrap();
    desk.save(typed(id, "a", first.turn, "氏名", "髙橋")).await.unwrap();
    desk.save(typed(id, "a", first.turn, "異動日", "2026-11-02")).await.unwrap();
    assert!(matches!(desk.finish(id, "a", first.turn).await.unwrap(), Finished::Second(_)));
    let before = desk.store.typed(id).await.unwrap();
    let late = async || desk.save(typed(id, "a", first.turn, "異動日", "2026-11-09")).await;
    assert!(matches!(late().await, Err(ActError::OwnLook(_))));
    assert_eq!(desk.store.typed(id).await.unwrap(), before);
    let second = desk.open(id, "b").await.unwrap();
    assert!(matches!(late().await, Err(ActError::Held { .. })));
    assert_eq!(desk.store.typed(id).await.unwrap(), before, "also while the second looks");
    desk.save(typed(id, "b", second.turn, "異動日", "2026-11-02")).await.unwrap();
    assert_eq!(desk.finish(id, "b", second.turn).await.unwrap(), Finished::Answered);
}

/// What somebody has changed and not confirmed is neither sent nor dropped.
async fn what_was_changed_is_confirmed(desk: &Desk) {
    let id = desk.ask(63, vec![name()]).await;
    let case = desk.open(id, "a").await.unwrap();
    desk.save(typed(id, "a", case.turn, "氏名", "髙橋")).await.unwrap();
    let consent = |done: bool| Save { text: json!(false), done, ..typed(id, "a", case.turn, "同意", "") };
    desk.save(consent(false)).await.unwrap();
    assert!(matches!(desk.finish(id, "a", case.turn).await, Err(ActError::Missing(f)) if f == "同意"));
    let open = desk.open(id, "a").await.unwrap();
    assert!(open.left() == 1 && open.fields[1].open && !open.fields[1].asked);
    desk.save(consent(true)).await.unwrap();
    assert_eq!(desk.finish(id, "a", case.turn).await.unwrap(), Finished::Answered);
    let answer = desk.store.check(id).await.unwrap().unwrap().answer.unwrap();
    assert_eq!(answer, json!({ "氏名": "髙橋", "同意": false }));
}

/// Nothing where something has to stand is said to be so, never only passed over.
async fn a_required_field_is_not_blank(desk: &Desk) {
    let id = desk.ask(64, vec![day(false)]).await;
    let case = desk.open(id, "a").await.unwrap();
    let blank = |done: bool| Save { done, ..typed(id, "a", case.turn, "異動日", "　") };
    assert_eq!(desk.save(blank(false)).await.unwrap().complaint, None, "who is typing is not disturbed");
    assert_eq!(desk.save(blank(true)).await.unwrap().complaint, Some(REQUIRED));
    assert!(matches!(desk.finish(id, "a", case.turn).await, Err(ActError::Missing(_))));
    let missing = Save { text: unreadable("missing").unwrap(), ..blank(true) };
    assert_eq!(desk.save(missing).await.unwrap().complaint, None);
    assert_eq!(desk.finish(id, "a", case.turn).await.unwrap(), Finished::Answered);
}

async fn one_of_four_gets_it(desk: &Desk) {
    let id = desk.ask(5, vec![name()]).await;
    let (a, b, c, d) =
        tokio::join!(desk.open(id, "p"), desk.open(id, "q"), desk.open(id, "r"), desk.open(id, "s"));
    assert_eq!([a, b, c, d].iter().filter(|got| got.is_ok()).count(), 1);
}

#[tokio::test]
async fn people_confirm() {
    let server = Arc::new(Server::start(Disk::Fast));
    for (name, memory) in Memory::both(&server, "confirming") {
        println!("{name}");
        let desk = Desk::of(&memory).await;
        one_person_at_a_time(&desk).await;
        two_must_agree(&desk).await;
        the_command_line_keeps_the_same_rules(&desk).await;
        what_cannot_be_read_is_an_answer(&desk).await;
        Box::pin(one_of_four_gets_it(&desk)).await;
        the_list_is_filtered(&desk).await;
        Box::pin(counts_hold(&desk)).await;
        Box::pin(what_was_used_stays(&desk)).await;
        Box::pin(staying_takes_nothing(&desk)).await;
        Box::pin(what_another_confirmed_comes_back(&desk)).await;
        Box::pin(two_stand_again(&desk)).await;
        Box::pin(a_look_on_record_stays(&desk)).await;
        Box::pin(what_was_changed_is_confirmed(&desk)).await;
        Box::pin(a_required_field_is_not_blank(&desk)).await;
    }
}

/// What is kept of the counts of a run is what counting gives, whatever people do meanwhile.
async fn counts_hold(desk: &Desk) {
    let same = async |what: &str| {
        let run = desk.store.run(RUN).await.unwrap().unwrap();
        // Twice: counted, and as it was kept.
        for _ in 0..2 {
            let tally = desk.store.tally(&run).await.unwrap();
            assert_eq!(tally.counts, desk.store.item_counts(RUN).await.unwrap(), "{what}");
            assert_eq!(tally.reasons, desk.store.item_reasons(RUN).await.unwrap(), "{what}");
            assert_eq!((tally.total(), tally.bad()), (tally.done() + tally.people() + waiting(&tally), 0));
        }
    };
    let rest = async |state: RunState| {
        desk.wait(1);
        let mut tx = desk.store.begin(Strength::Power).await.unwrap();
        tx.move_run(RUN, state, None, &desk.log.now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    same("running").await;
    let id = desk.ask(40, vec![name()]).await;
    same("one more").await;
    rest(RunState::WaitingForPeople).await;
    same("at rest").await;
    let case = desk.open(id, "a").await.unwrap();
    desk.save(typed(id, "a", case.turn, "氏名", "髙橋")).await.unwrap();
    assert_eq!(desk.finish(id, "a", case.turn).await.unwrap(), Finished::Answered);
    same("answered").await;
    checks::reopen(&desk.store, &desk.log, id, "a").await.unwrap();
    same("taken back").await;
    let case = desk.open(id, "a").await.unwrap();
    assert_eq!(desk.finish(id, "a", case.turn).await.unwrap(), Finished::Answered);
    rest(RunState::Running).await;
    let mut tx = desk.store.begin(Strength::Power).await.unwrap();
    while let Some(item) = tx.claim_item(RUN, &desk.log.now()).await.unwrap() {
        let (next, at) = (ItemState::Done, desk.log.now());
        let moved = Moved { run: RUN, n: item.n, next, step: None, code: None, reason: None, at: &at };
        tx.move_item(&moved).await.unwrap();
    }
    tx.commit().await.unwrap();
    same("under way").await;
    rest(RunState::WaitingForPeople).await;
    same("at rest again").await;
    let run = desk.store.run(RUN).await.unwrap().unwrap();
    let sums = desk.store.recent_sums(0).await.unwrap();
    assert_eq!((sums.runs, sums.done, sums.bad), (1, desk.store.tally(&run).await.unwrap().done(), 0));
    assert!(desk.store.recent_runs(0, true, 9).await.unwrap().is_empty(), "nothing is wrong with it");
    assert_eq!(
        desk.store.recent_runs(u64::MAX >> 20, false, 9).await.unwrap().len(),
        1,
        "not at rest for good"
    );
}

fn waiting(tally: &Tally) -> u32 {
    let open = [ItemState::Waiting, ItemState::Running];
    tally.counts.iter().filter(|(state, _)| open.contains(state)).map(|(_, n)| n).sum()
}

async fn the_list_is_filtered(desk: &Desk) {
    for n in 10..20 {
        desk.ask(n, vec![name(), day(true)]).await;
    }
    let all = Worklist { person: "a".into(), now: desk.clock.now().as_millisecond(), ..Worklist::default() };
    let ids = |list: &[Listed]| list.iter().map(|l| l.id).collect::<Vec<_>>();
    let (first, count) = desk.store.worklist(&all, 0, 4).await.unwrap();
    let (rest, _) = desk.store.worklist(&all, 4, 100).await.unwrap();
    assert_eq!((first.len(), count), (4, 11));
    assert_eq!(rest.len(), 7);
    assert!(ids(&first).is_sorted() && ids(&first).last() < ids(&rest).first());
    let found = |words: &str| Worklist { words: Some(words.into()), ..all.clone() };
    for words in ["届12.PDF", "届１２．ｐｄｆ", " 届12 "] {
        assert_eq!(desk.store.worklist(&found(words), 0, 9).await.unwrap().1, 1, "{words}");
    }
    let (part, many) = desk.store.worklist(&found("届1"), 3, 4).await.unwrap();
    assert_eq!((part.len(), many), (4, 10), "page by page");
    let after = desk.store.next_free(&found("届1"), part[0].id).await.unwrap().unwrap();
    assert_eq!(after.id, part[1].id);
    assert_eq!(desk.store.worklist(&found("%"), 0, 9).await.unwrap().1, 0);
    assert_eq!(desk.store.worklist(&found(&rest[0].id.to_string()), 0, 9).await.unwrap().0[0].id, rest[0].id);
    desk.open(rest[1].id, "a").await.unwrap();
    let whose = |whose: Whose| Worklist { whose, ..all.clone() };
    assert_eq!(ids(&desk.store.worklist(&whose(Whose::Mine), 0, 9).await.unwrap().0), [rest[1].id]);
    assert_eq!(desk.store.worklist(&whose(Whose::Others), 0, 9).await.unwrap().1, 1);
    assert_eq!(desk.store.worklist(&whose(Whose::Free), 0, 9).await.unwrap().1, 10);
    let next = desk.store.next_free(&all, rest[1].id).await.unwrap().unwrap();
    assert_eq!(next.id, rest[2].id);
    let last = *ids(&rest).last().unwrap();
    assert!(desk.store.next_free(&all, last).await.unwrap().unwrap().id < last, "from the start again");
    let waiting = desk.store.waiting("a", all.now).await.unwrap();
    assert_eq!((waiting.all, waiting.free, waiting.fields), (11, 10, 21));
    assert_eq!(desk.store.waiting_by_scenario().await.unwrap()[0].2, 11);
    let begin = Instant::now();
    desk.store.worklist(&all, 0, 50).await.unwrap();
    assert!(begin.elapsed().as_secs() < 2);
}
