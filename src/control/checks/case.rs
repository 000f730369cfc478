//! A case as one person may see it.

use super::verdict;
use crate::{
    run::Question,
    store::{Check, Listed, Typed},
};
use serde_json::Value;

/// An open check with what was typed so far, for one person.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is asked.
    pub check: Check,
    /// The turn under which the person has it.
    pub turn: u32,
    /// Somebody has done a first look.
    pub second: bool,
    /// The asked fields, then those that passed by themselves.
    pub fields: Vec<CaseField>,
}

/// A field of a case.
#[derive(Debug, Clone)]
pub struct CaseField {
    /// What is asked.
    pub question: Question,
    /// Whether a person is asked at all; else it passed by itself.
    pub asked: bool,
    /// Whether this person still has to confirm it: it is asked for, or they changed it.
    pub open: bool,
    /// What the person typed.
    pub typed: Option<Typed>,
    /// What another person typed and this one may see.
    pub earlier: Option<Earlier>,
    /// Two people stand for different values.
    pub disagreed: bool,
}

/// What another person typed.
#[derive(Clone, PartialEq)]
pub struct Earlier {
    /// Who.
    pub person: String,
    /// As typed.
    pub text: Value,
}

impl std::fmt::Debug for Earlier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Earlier").field("person", &self.person).finish_non_exhaustive()
    }
}

impl Case {
    /// As `by` may see it.
    #[must_use]
    pub fn new(check: Check, listed: &Listed, typed: &[Typed], by: &str) -> Self {
        let others = check.paper.iter().flat_map(|p| &p.others);
        let all = check.questions.iter().map(|q| (q, true)).chain(others.map(|q| (q, false)));
        let fields = all.map(|(question, asked)| field(question, asked, typed, by)).collect();
        Self { turn: listed.turn, second: listed.passed_by.is_some(), fields, check }
    }

    /// How many fields the person has to confirm yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.fields.iter().filter(|f| f.open).count()
    }
}

fn field(question: &Question, asked: bool, typed: &[Typed], by: &str) -> CaseField {
    let of = |mine: bool| {
        let mut all: Vec<&Typed> =
            typed.iter().filter(|t| t.field == question.field && (t.person == by) == mine).collect();
        all.sort_by_key(|t| (t.done, t.seq));
        all.pop()
    };
    let (mine, other) = (of(true), of(false));
    let stands = mine.is_some_and(|t| t.done);
    let disagrees = mine.filter(|t| t.done).and_then(|mine| verdict::disagrees(question, typed, mine));
    let earlier = if question.manner.two {
        // Who does not know what the other typed looks at the paper.
        disagrees.clone()
    } else {
        other.map(|t| Earlier { person: t.person.clone(), text: t.text.clone() })
    };
    let settled = verdict::is_settled(question, typed, by);
    let left = verdict::is_left(question, typed, by);
    CaseField {
        question: question.clone(),
        asked,
        open: left || (asked && !settled && !stands),
        typed: mine.cloned(),
        earlier,
        disagreed: disagrees.is_some(),
    }
}
