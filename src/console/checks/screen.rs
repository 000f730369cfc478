//! One case: the picture of the page, its doubtful fields, and what a person says about them.

use super::{
    handled::handled,
    pictures::{self, Picture},
    view,
    view::FieldView,
};
use crate::{
    console::{Console, Page, Refusal, Signed, assets, page::show as shown},
    control::{
        acts::ActError,
        checks::{self, Case},
    },
    form::Form,
    run::{Paper, accept},
    store::{CheckKind, Listed},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};

#[derive(Template)]
#[template(path = "check.html")]
struct Screen {
    page: Page,
    style: &'static str,
    scripts: [&'static str; 2],
    id: i64,
    turn: u32,
    label: String,
    form: String,
    title: String,
    scenario: String,
    run: String,
    n: u32,
    second: bool,
    fields: Vec<FieldView>,
    faults: Vec<(String, String)>,
    cross: Vec<String>,
    pictures: Vec<Picture>,
    width: f64,
    height: f64,
    open: usize,
    asked: usize,
    last: Option<(i64, String)>,
}

#[derive(Template)]
#[template(path = "decide.html")]
struct Decide {
    page: Page,
    id: i64,
    label: String,
    title: String,
    run: String,
    n: u32,
    approval: bool,
    questions: Vec<(String, String, Vec<String>)>,
    free: bool,
}

#[derive(Template)]
#[template(path = "check_closed.html")]
struct Closed {
    page: Page,
    id: i64,
    label: String,
    standing: String,
    free: bool,
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<i64>,
) -> Result<Response, Refusal> {
    render(&console, &signed, id, &BTreeMap::new()).await
}

/// The screen of a case, with what is wrong with what was sent, by field.
pub(super) async fn render(
    console: &Console,
    signed: &Signed,
    id: i64,
    faults: &BTreeMap<String, &'static str>,
) -> Result<Response, Refusal> {
    handled(console, signed, id).await?;
    let case = checks::look(&console.store, id, &signed.id).await?;
    let listed = console.store.listed(id).await?.ok_or(ActError::Answered(id))?;
    let label = if listed.label.is_empty() { format!("{} 件目", listed.n) } else { listed.label.clone() };
    let now = console.log.moment().as_millisecond();
    if case.check.kind != CheckKind::Check {
        return decide(console, signed, &case, &listed, label).await;
    }
    if listed.holder(now) != Some(&signed.id) {
        return closed(console, signed, &listed, label).await;
    }
    let pictures = pictures::of(console, &case).await?;
    let mut fields: Vec<FieldView> =
        case.fields.iter().enumerate().map(|(at, f)| FieldView::of(at, f, case.second)).collect();
    let (width, height) = case.check.paper.as_ref().map_or(Paper::a4(), |p| p.size);
    let form = form(console, &case);
    let listed_fields = form.iter().flat_map(|f| f.places()).filter(|f| f.lexicon.is_some());
    let listed_fields: Vec<String> = listed_fields.map(|f| f.name).collect();
    for field in &mut fields {
        field.listed = listed_fields.contains(&field.name);
    }
    let faults = faults.iter().map(|(field, why)| (field.clone(), (*why).to_owned())).collect();
    let page = Page::of(console, signed, "確認", "/checks").await?;
    shown(&Screen {
        page,
        style: assets::address("check.css"),
        scripts: ["check.js", "check_help.js"].map(assets::address),
        id,
        turn: case.turn,
        label,
        form: form.as_ref().map_or_else(|| listed.form.clone(), |f| f.title.clone()),
        title: console.title(&listed.scenario),
        scenario: listed.scenario,
        run: listed.run_id,
        n: listed.n,
        second: case.second,
        open: case.left(),
        // A field that passed is open as well once somebody has typed something else into it.
        asked: case.fields.iter().filter(|f| f.asked || f.open).count(),
        cross: cross(console, &case),
        last: console.store.last_answered(&signed.id).await?,
        fields,
        faults,
        pictures,
        width,
        height,
    })
}

async fn closed(
    console: &Console,
    signed: &Signed,
    listed: &Listed,
    label: String,
) -> Result<Response, Refusal> {
    let now = console.log.moment().as_millisecond();
    let standing = match listed.holder(now) {
        Some(who) => {
            format!("{who} さんが確認中です。終わるか、10分間操作がないと、ここから引き継げます。")
        }
        None if listed.passed_by.as_deref() == Some(&signed.id) => {
            "あなたの確認は記録されました。2人で確かめる項目があるため、別の職員の確認を待っています。"
                .to_owned()
        }
        None => "まだ誰も作業していません。".to_owned(),
    };
    let page = Page::of(console, signed, "確認", "/checks").await?;
    let free = listed.is_free_for(&signed.id, now);
    shown(&Closed { page, id: listed.id, label, standing, free })
}

async fn decide(
    console: &Console,
    signed: &Signed,
    case: &Case,
    listed: &Listed,
    label: String,
) -> Result<Response, Refusal> {
    let questions = case.fields.iter().map(|f| {
        let q = &f.question;
        (q.field.clone(), view::for_people(&q.value), q.reasons.clone())
    });
    let now = console.log.moment().as_millisecond();
    shown(&Decide {
        page: Page::of(console, signed, case.check.kind.label(), "/checks").await?,
        id: listed.id,
        label,
        title: console.title(&listed.scenario),
        run: listed.run_id.clone(),
        n: listed.n,
        approval: case.check.kind == CheckKind::Approval,
        questions: questions.collect(),
        free: listed.is_free_for(&signed.id, now),
    })
}

/// The form of the case, as the office has it now.
fn form(console: &Console, case: &Case) -> Option<Arc<Form>> {
    let paper = case.check.paper.as_ref()?;
    console.forms.get(&paper.form).cloned()
}

/// What does not hold between the fields as they stand on the screen.
pub(super) fn cross(console: &Console, case: &Case) -> Vec<String> {
    let Some(form) = form(console, case) else { return Vec::new() };
    let mut values = Map::new();
    for field in &case.fields {
        let (name, manner) = (&field.question.field, &field.question.manner);
        let typed = field.typed.as_ref().map(|t| &t.text);
        let text = typed.or(field.earlier.as_ref().map(|e| &e.text)).unwrap_or(&field.question.value);
        let value = accept(&manner.kind, &manner.options, text).unwrap_or_default();
        put(&mut values, name, if value.is_object() { Value::Null } else { value });
    }
    for rows in &form.rows {
        values.entry(rows.name.clone()).or_insert_with(|| json!([]));
    }
    form.failed_checks(&values).iter().map(|check| check.otherwise.clone()).collect()
}

/// Puts `value` under `届出日`, or under `異動者[1].氏名` in the list of that name.
fn put(values: &mut Map<String, Value>, name: &str, value: Value) {
    let place = name.split_once('[').and_then(|(list, rest)| {
        let (n, field) = rest.split_once("].")?;
        Some((list, n.parse::<usize>().ok().filter(|n| (1..=1000).contains(n))?, field))
    });
    let Some((list, n, field)) = place else {
        values.insert(name.to_owned(), value);
        return;
    };
    let list = values.entry(list).or_insert_with(|| json!([]));
    let Some(list) = list.as_array_mut() else { return };
    while list.len() < n {
        list.push(json!({}));
    }
    list[n - 1][field] = value;
}
