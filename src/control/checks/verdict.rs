//! Whether the fields of a case are settled. Pure.
//!
//! A field is settled by the newest value that a person stands for. Where two must agree it is settled when two different
//! people stand for the same value, whoever they are.

use super::Earlier;
use crate::{
    run::{Question, accept, is_blank},
    store::{Check, Typed},
};
use serde_json::{Map, Value};

/// What the typed values come to.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// A field the person has to confirm and has not, or has changed without confirming it.
    Missing(String),
    /// Every field has its value; `second`: who else stands for those that need two.
    Settled {
        /// Field → value, in the person's own spelling.
        values: Map<String, Value>,
        /// The other person.
        second: Option<String>,
    },
    /// Nobody else has looked at these fields.
    Second(Vec<String>),
    /// Others stand for something else in these fields.
    Disagreed(Vec<String>),
}

/// What a text means under its question. Two spellings of one value are one value.
fn meaning(question: &Question, text: &Value) -> Value {
    accept(&question.manner.kind, &question.manner.options, text).unwrap_or_else(|_| text.clone())
}

/// Who stands for what in a field, oldest first.
fn standing<'a>(question: &Question, typed: &'a [Typed]) -> Vec<&'a Typed> {
    let mut all: Vec<&Typed> = typed.iter().filter(|t| t.done && t.field == question.field).collect();
    all.sort_by_key(|t| t.seq);
    all
}

/// Two of them that mean the same: the newer, the older.
fn agreed<'a>(question: &Question, standing: &[&'a Typed]) -> Option<(&'a Typed, &'a Typed)> {
    let mut newest_first = standing.iter().rev();
    newest_first.find_map(|a| {
        let same =
            |b: &&&Typed| b.person != a.person && meaning(question, &b.text) == meaning(question, &a.text);
        standing.iter().find(same).map(|b| (*a, *b))
    })
}

/// Whether a field needs nothing more of `by`.
pub(super) fn is_settled(question: &Question, typed: &[Typed], by: &str) -> bool {
    let standing = standing(question, typed);
    if question.manner.two {
        return agreed(question, &standing).is_some() || standing.iter().any(|t| t.person == by);
    }
    !standing.is_empty()
}

/// What counts for a field as long as nobody confirms anything else: the newest confirmed value, else the reading.
pub(super) fn stands<'a>(question: &'a Question, typed: &'a [Typed]) -> &'a Value {
    standing(question, typed).last().map_or(&question.value, |t| &t.text)
}

/// Whether `by` has typed something else than what counts, and has not confirmed it.
pub(super) fn is_left(question: &Question, typed: &[Typed], by: &str) -> bool {
    let stands = meaning(question, stands(question, typed));
    // Where the value is not shown, the field is blank before anybody types.
    let manner = &question.manner;
    let blind = manner.two || manner.twice || manner.kind == "my_number";
    let mut drafts = typed.iter().filter(|t| t.person == by && !t.done && t.field == question.field);
    drafts.any(|t| {
        let draft = meaning(question, &t.text);
        draft != stands && !(blind && is_blank(&draft))
    })
}

/// The value of another person that `new` does not agree with, where two must.
pub(super) fn disagrees(question: &Question, typed: &[Typed], new: &Typed) -> Option<Earlier> {
    let others: Vec<&Typed> =
        standing(question, typed).into_iter().filter(|t| t.person != new.person).collect();
    let same = |t: &&Typed| meaning(question, &t.text) == meaning(question, &new.text);
    if !question.manner.two || others.iter().any(same) {
        return None;
    }
    others.last().map(|t| Earlier { person: t.person.clone(), text: t.text.clone() })
}

/// What it comes to when `by` says that they are done.
pub(super) fn verdict(check: &Check, typed: &[Typed], by: &str) -> Verdict {
    let mut values = Map::new();
    let (mut alone, mut disagreed, mut second) = (Vec::new(), Vec::new(), None);
    let others = check.paper.iter().flat_map(|p| &p.others);
    let wanted = check.questions.iter().map(|q| (q, true)).chain(others.map(|q| (q, false)));
    for (question, asked) in wanted {
        if is_left(question, typed, by) {
            return Verdict::Missing(question.field.clone());
        }
        let standing = standing(question, typed);
        let Some(newest) = standing.last().copied() else {
            if asked {
                return Verdict::Missing(question.field.clone());
            }
            continue;
        };
        if !question.manner.two {
            values.insert(question.field.clone(), newest.text.clone());
            continue;
        }
        if let Some((a, b)) = agreed(question, &standing) {
            let other = if a.person == by { b } else { a };
            second = Some(other.person.clone());
            values.insert(question.field.clone(), a.text.clone());
        } else if standing.iter().all(|t| t.person != by) {
            return Verdict::Missing(question.field.clone());
        } else if standing.len() == 1 {
            alone.push(question.field.clone());
        } else {
            disagreed.push(question.field.clone());
        }
    }
    match (disagreed.is_empty(), alone.is_empty()) {
        (false, _) => Verdict::Disagreed(disagreed),
        (true, false) => Verdict::Second(alone),
        (true, true) => Verdict::Settled { values, second },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        run::{Manner, Paper},
        store::CheckKind,
    };
    use serde_json::json;

    fn question(field: &str, two: bool) -> Question {
        let manner = Manner { kind: "date".into(), two, ..Manner::default() };
        Question { manner, ..Question::plain(field, Value::Null, "") }
    }

    fn check() -> Check {
        Check {
            id: 1,
            run_id: "R".into(),
            scenario: "s".into(),
            n: 1,
            label: String::new(),
            step: "確認".into(),
            kind: CheckKind::Check,
            questions: vec![question("届出日", false), question("異動日", true)],
            paper: None,
            answer: None,
            answered_by: None,
            created_at: String::new(),
        }
    }

    fn typed(field: &str, person: &str, text: &str, seq: i64) -> Typed {
        Typed {
            field: field.into(),
            person: person.into(),
            text: json!(text),
            done: true,
            changed: false,
            seq,
            ms: 0,
            version: 1,
            at: String::new(),
        }
    }

    #[test]
    fn one_person_is_not_two() {
        let a = [typed("届出日", "a", "2026-11-01", 1), typed("異動日", "a", "2026-11-02", 2)];
        assert_eq!(verdict(&check(), &a[..1], "a"), Verdict::Missing("異動日".into()));
        assert_eq!(verdict(&check(), &a, "a"), Verdict::Second(vec!["異動日".into()]));
        let changed_mind = [&a[..], &[typed("異動日", "a", "2026-11-02", 3)]].concat();
        assert_eq!(verdict(&check(), &changed_mind, "b"), Verdict::Missing("異動日".into()));
    }

    #[test]
    fn what_was_changed_and_not_confirmed_is_missing() {
        let mut check = check();
        let passed = Question { value: json!("2026-10-01"), ..question("転出日", false) };
        check.questions.truncate(1);
        check.paper =
            Some(Paper { form: "f".into(), page: 1, size: Paper::a4(), others: vec![passed.clone()] });
        let draft = |person: &str, text: &str| Typed { done: false, ..typed("転出日", person, text, 0) };
        let day = typed("届出日", "a", "2026-11-01", 1);
        let of = |more: &[Typed]| verdict(&check, &[more, std::slice::from_ref(&day)].concat(), "a");
        let missing = || Verdict::Missing("転出日".into());
        assert_eq!(of(&[draft("a", "2026-10-09")]), missing());
        assert!(is_left(&passed, &[draft("a", "2026-10-09")], "a"));
        let settled = |said: Verdict| matches!(said, Verdict::Settled { .. });
        assert!(settled(of(&[draft("a", "令和8年10月1日")])), "it says what was read");
        assert!(settled(of(&[draft("b", "2026-10-09")])), "somebody else's");
        let theirs = typed("転出日", "b", "2026-10-09", 2);
        assert_eq!(of(&[theirs.clone(), draft("a", "2026-10-10")]), missing(), "over what b confirmed");
        assert!(settled(of(&[theirs, draft("a", "2026/10/09")])));
        let twice = Question { manner: Manner { twice: true, ..passed.manner.clone() }, ..passed };
        assert!(!is_left(&twice, &[draft("a", "")], "a"), "a blank field nobody began");
    }

    #[test]
    fn two_who_mean_the_same_settle_it_in_whatever_spelling() {
        let both = [
            typed("届出日", "a", "2026-11-01", 1),
            typed("異動日", "a", "2026-11-02", 2),
            typed("異動日", "b", "令和8年11月2日", 3),
        ];
        let Verdict::Settled { values, second } = verdict(&check(), &both, "b") else { panic!("settled") };
        assert_eq!((values.len(), second.as_deref()), (2, Some("a")));
    }

    #[test]
    fn two_who_disagree_are_told_and_a_third_decides() {
        let mut all = vec![
            typed("届出日", "a", "2026-11-01", 1),
            typed("異動日", "a", "2026-11-02", 2),
            typed("異動日", "b", "2026-11-20", 3),
        ];
        assert_eq!(verdict(&check(), &all, "b"), Verdict::Disagreed(vec!["異動日".into()]));
        let told = disagrees(&check().questions[1], &all[..2], &all[2]);
        assert_eq!(told.map(|t| t.person).as_deref(), Some("a"));
        all.push(typed("異動日", "c", "2026/11/20", 4));
        let Verdict::Settled { second, .. } = verdict(&check(), &all, "c") else { panic!("settled") };
        assert_eq!(second.as_deref(), Some("b"));
    }
}
