//! 引継ぎ書: what a successor must know about a scenario, as one HTML page that prints well. Everything is taken from the scenario
//! itself, so that it cannot be out of date.

use super::{
    OnFailure, Role, Scenario, Step, System,
    flow::{escaped, flow_sheets, joined, told},
};
use crate::{
    calendar::{Days, Hours, MissedPolicy, OfMonth, Shift},
    form::Forms,
    step::{Effect, HardCopy},
};
use std::fmt::Write as _;

/// What the scenario itself does not know.
#[derive(Debug, Clone, Default)]
pub struct HandoverFacts {
    /// The city's name.
    pub office: String,
    /// The day, for the head of the page.
    pub date: String,
    /// Pictures of the forms with their boxes: the id of the form, and what stands in `src`.
    pub pictures: Vec<(String, String)>,
    /// What happened to the scenario: when, what, who.
    pub history: Vec<[String; 3]>,
}

/// The page.
#[must_use]
pub fn handover(scenario: &Scenario, forms: &Forms, facts: &HandoverFacts) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\"><title>引継ぎ書 {0}</title><style>{STYLE}</style></head><body>\n<header><p>{1}　業務自動化 引継ぎ書</p><h1>{0}</h1><p>{2} 作成</p></header>\n",
        escaped(&scenario.title),
        escaped(&facts.office),
        escaped(&facts.date)
    );
    section(&mut page, "1. 概要", &overview(scenario));
    section(&mut page, "2. いつ動くか", &schedule(scenario));
    section(&mut page, "3. 何を受け取り、何を作るか", &inputs(scenario));
    section(&mut page, "4. 操作する画面", &systems(scenario));
    let sheets = flow_sheets(scenario, BOXES).into_iter();
    section(&mut page, "5. 手順の流れ", &joined(sheets.map(|s| format!("<div class=\"flow\">{s}</div>"))));
    section(&mut page, "6. 人が決めること・止まる条件", &people(scenario));
    section(&mut page, "7. 取り消せない操作", &irreversible(scenario));
    section(&mut page, "8. 帳票", &pictures(scenario, forms, facts));
    section(&mut page, "9. 困ったとき", TROUBLE);
    section(&mut page, "10. 連絡先", &contacts(scenario));
    section(&mut page, "11. 変更の履歴", &history(scenario, facts));
    page + "</body></html>\n"
}

fn section(page: &mut String, heading: &str, body: &str) {
    let _ = writeln!(page, "<section><h2>{heading}</h2>\n{body}</section>");
}

/// A table of facts.
fn table(rows: &[(&str, String)]) -> String {
    let line = |(name, value): &(&str, String)| format!("<tr><th>{name}</th><td>{value}</td></tr>\n");
    format!("<table class=\"facts\">{}</table>\n", joined(rows.iter().map(line)))
}

/// A table with a head.
fn listed(head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return "<p>ありません。</p>\n".to_owned();
    }
    let cells = |row: &Vec<String>| joined(row.iter().map(|c| format!("<td>{}</td>", escaped(c))));
    let head: String = joined(head.iter().map(|h| format!("<th>{h}</th>")));
    let body: String = joined(rows.iter().map(|row| format!("<tr>{}</tr>\n", cells(row))));
    format!("<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>\n")
}

fn overview(scenario: &Scenario) -> String {
    let saves = scenario.saves.as_ref().map_or_else(
        || "書かれていません".to_owned(),
        |s| {
            format!(
                "手作業なら1件 {} 分。{}",
                s.minutes_by_hand,
                escaped(s.note.as_deref().unwrap_or_default())
            )
        },
    );
    let parts: Vec<String> = scenario.parts.iter().map(|p| escaped(&p.title)).collect();
    table(&[
        ("名前", escaped(&scenario.id)),
        ("担当課", escaped(&scenario.owner)),
        ("記録の保存年限", format!("{}年", scenario.retention.0)),
        ("効果", saves),
        ("使う部品", if parts.is_empty() { "なし".into() } else { parts.join("、") }),
        ("ファイル", escaped(&scenario.file.display().to_string())),
        ("内容の指紋（SHA-256）", format!("<code>{}</code>", scenario.sha256)),
    ])
}

fn schedule(scenario: &Scenario) -> String {
    let rows: Vec<Vec<String>> = scenario
        .schedule
        .iter()
        .map(|s| {
            let days = match s.days {
                Days::Open => "開庁日",
                Days::Closed => "閉庁日",
                Days::All => "毎日",
            };
            let shift = match s.shift {
                Shift::None => "動かさない",
                Shift::Previous => "前の開庁日に動かす",
                Shift::Next => "次の開庁日に動かす",
            };
            let missed = match s.missed {
                MissedPolicy::Hold => "職員に示して待つ",
                MissedPolicy::RunOnce => "一度だけ動かす",
                MissedPolicy::Skip => "省く",
            };
            let day = match s.of_month {
                Some(OfMonth::NthOpen(n)) if n > 0 => format!("毎月の第{n}開庁日"),
                Some(OfMonth::NthOpen(-1)) => "毎月の最後の開庁日".to_owned(),
                Some(OfMonth::NthOpen(n)) => format!("毎月の最後から{}番目の開庁日", n.unsigned_abs()),
                Some(OfMonth::End) => format!("毎月の末日（{days}）"),
                None => days.to_owned(),
            };
            let from = s.from.map(|d| format!("{d} から")).unwrap_or_default();
            let until = s.until.map(|d| format!("{d} まで")).unwrap_or_default();
            let day = [day, from, until].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("、");
            vec![at_in_words(s.at.as_str()), day, shift.into(), missed.into()]
        })
        .collect();
    if rows.is_empty() {
        return "<p>予定はありません。職員が <code>shoki run</code> で動かします。</p>\n".to_owned();
    }
    listed(&["時刻（分 時 日 月 曜日）", "動く日", "当たらない日", "止まっていて過ぎたとき"], &rows)
}

/// `30 20 * * *` → 毎日 20:30; other patterns stay as they are.
fn at_in_words(at: &str) -> String {
    let parts: Vec<&str> = at.split_whitespace().collect();
    match parts[..] {
        [minute, hour, "*", "*", "*"] => match (hour.parse::<u8>(), minute.parse::<u8>()) {
            (Ok(hour), Ok(minute)) => format!("{hour}:{minute:02}（{at}）"),
            _ => at.to_owned(),
        },
        _ => at.to_owned(),
    }
}

/// All steps, those inside repetitions too.
fn all_steps(scenario: &Scenario) -> Vec<&Step> {
    fn add<'s>(steps: &'s [Step], all: &mut Vec<&'s Step>) {
        for step in steps {
            all.push(step);
            if let Role::Each(each) = &step.role {
                add(&each.steps, all);
            }
        }
    }
    let mut all = Vec::new();
    add(&scenario.before, &mut all);
    all.extend(scenario.items.iter().map(|items| &items.source));
    add(&scenario.steps, &mut all);
    add(&scenario.after, &mut all);
    all
}

fn inputs(scenario: &Scenario) -> String {
    let mut rows = Vec::new();
    for step in all_steps(scenario) {
        for key in ["folder", "file", "to"] {
            let Some(place) = step.with.get(key).and_then(|v| v.as_str()) else { continue };
            let what = if step.action.effect == Effect::Read { "読む" } else { "書く" };
            rows.push(vec![
                what.to_owned(),
                place.to_owned(),
                step.id.clone(),
                step.action.summary.to_owned(),
            ]);
        }
    }
    let settings = if scenario.settings.is_empty() { "なし".into() } else { scenario.settings.join("、") };
    let given = table(&[("庁の設定（shoki.toml）から受け取る値", escaped(&settings))]);
    format!("{}{given}", listed(&["読む・書く", "場所", "手順", "内容"], &rows))
}

fn systems(scenario: &Scenario) -> String {
    let row = |s: &System| {
        let hours = s.hours.as_ref().map(Hours::in_words);
        let copy = match s.hard_copy {
            HardCopy::Allowed => "残してよい",
            HardCopy::OnFailure => "失敗したときだけ残す",
            HardCopy::Forbidden => "残さない",
        };
        vec![
            s.id.clone(),
            s.url.clone(),
            s.account.clone().unwrap_or_else(|| "なし".into()),
            hours.unwrap_or_else(|| "指定なし".into()),
            copy.into(),
            s.sessions.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = scenario.systems.values().map(row).collect();
    let facts = listed(&["名前", "接続先", "アカウント", "利用時間", "画面の写し", "同時に使う数"], &rows);
    format!("{facts}{}", joined(scenario.systems.values().map(habits_of_screens)))
}

/// What a successor must know of a system's screens besides its steps.
fn habits_of_screens(system: &System) -> String {
    let said = |texts: &[String]| (!texts.is_empty()).then(|| format!("「{}」", texts.join("」「")));
    let done =
        |steps: &[Step]| (!steps.is_empty()).then(|| steps.iter().map(told).collect::<Vec<_>>().join(" → "));
    let all = [
        ("画面の前の認証（HTTP 認証）のアカウント", system.basic_auth.clone()),
        ("ログインの手順", done(&system.sign_in)),
        ("実行の終わりのサインアウト", done(&system.sign_out)),
        ("ひとりでに開き、閉じてよい窓", said(&system.notices)),
        ("ログインし直してやり直す表示", said(&system.expired_when)),
        ("ほかの職員が使用中として待つ表示", said(&system.locked_when)),
        ("画面の写しで塗りつぶす項目", said(&system.mask)),
    ];
    let rows: Vec<(&str, String)> =
        all.into_iter().filter_map(|(name, value)| Some((name, escaped(&value?)))).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("<h3>{}</h3>\n{}", escaped(&system.id), table(&rows))
}

fn people(scenario: &Scenario) -> String {
    let mut rows = Vec::new();
    for step in all_steps(scenario) {
        let who = match step.action.name {
            "person.check" => "職員が読取値を確かめる",
            "person.approve" => "職員が承認する（しなければ中止）",
            "value.require" if step.with.get("state").and_then(|v| v.as_str()) == Some("held") => {
                "保留になる"
            }
            "value.require" => "中止になる",
            _ if step.on_failure == OnFailure::Ask => "失敗したら職員に尋ねる",
            _ => continue,
        };
        let when = step
            .condition
            .clone()
            .or_else(|| step.with.get("that").and_then(|v| v.as_str()).map(str::to_owned));
        rows.push(vec![step.id.clone(), who.to_owned(), told(step), when.unwrap_or_else(|| "いつも".into())]);
    }
    listed(&["手順", "どうなるか", "内容", "条件"], &rows)
}

fn irreversible(scenario: &Scenario) -> String {
    let steps = all_steps(scenario).into_iter().filter(|s| s.action.effect == Effect::Irreversible);
    let rows: Vec<Vec<String>> = steps
        .map(|s| {
            let probe = if s.probe.is_empty() {
                "職員が画面で確かめる"
            } else {
                "書記が画面で調べる"
            };
            vec![
                s.id.clone(),
                s.on.clone().unwrap_or_default(),
                told(s),
                s.once.clone().unwrap_or_default(),
                probe.into(),
            ]
        })
        .collect();
    listed(&["手順", "対象システム", "操作", "二重登録を防ぐキー", "結果が分からないとき"], &rows)
}

fn pictures(scenario: &Scenario, forms: &Forms, facts: &HandoverFacts) -> String {
    let used: Vec<&str> = all_steps(scenario)
        .into_iter()
        .filter_map(|s| s.with.get("form").and_then(|v| v.as_str()))
        .filter(|id| forms.contains_key(*id))
        .collect();
    let mut seen = Vec::new();
    let mut text = String::new();
    for id in used {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let form = &forms[id];
        let rows: Vec<Vec<String>> = form
            .fields
            .iter()
            .chain(form.rows.iter().flat_map(|r| &r.fields))
            .map(|f| {
                vec![
                    f.name.clone(),
                    f.kind.title().to_owned(),
                    if f.required { "必須".into() } else { String::new() },
                ]
            })
            .collect();
        let _ = writeln!(text, "<h3>{}</h3>", escaped(&form.title));
        if let Some((_, src)) = facts.pictures.iter().find(|(name, _)| name == id) {
            let _ = writeln!(
                text,
                "<img class=\"form\" alt=\"{}の読み取り位置\" src=\"{src}\">",
                escaped(&form.title)
            );
        }
        text += &listed(&["項目", "種類", "必須"], &rows);
    }
    if text.is_empty() { "<p>紙の帳票は使いません。</p>\n".into() } else { text }
}

const TROUBLE: &str = "<ul><li>状況を見る: <code>shoki runs</code>、<code>shoki run show 実行ID</code></li><li>職員の確認に答える: <code>shoki checks</code>、<code>shoki checks answer 番号 --set 項目=値</code></li><li>続きから動かす: <code>shoki resume 実行ID</code>（済んだ登録は繰り返しません）</li><li>番号の説明: <code>shoki explain SHK0101</code></li><li>変える前に: <code>shoki lint</code> で誤りを探し、<code>shoki plan</code> で何をするかを確かめます</li></ul>\n";

fn contacts(scenario: &Scenario) -> String {
    let blank = || "<span class=\"blank\">　</span>".to_owned();
    table(&[
        ("業務の担当", format!("{}　{}", escaped(&scenario.owner), blank())),
        ("情報システムの担当", blank()),
        ("対象システムの事業者", blank()),
        ("個人情報・監査の担当", blank()),
    ])
}

fn history(scenario: &Scenario, facts: &HandoverFacts) -> String {
    let rows: Vec<Vec<String>> = facts.history.iter().map(|row| row.to_vec()).collect();
    if rows.is_empty() {
        return format!(
            "<p>承認の記録はありません。今の内容の指紋は <code>{}</code> です。</p>\n",
            &scenario.sha256[..16]
        );
    }
    listed(&["日時", "内容", "だれが"], &rows)
}

/// How many boxes of the flow picture fit on one sheet of A4 below a heading.
const BOXES: usize = 15;

const STYLE: &str = "@page{size:A4;margin:16mm 14mm}body{font-family:'Noto Sans CJK JP','IPAGothic',sans-serif;font-size:10.5pt;line-height:1.6;color:#111;max-width:182mm;margin:0 auto;padding:8mm}header{border-bottom:3px double #333;margin-bottom:6mm}header p{margin:0;color:#444}h1{font-size:19pt;margin:1mm 0}h2{font-size:13pt;border-left:5px solid #2a5d8f;padding-left:3mm;margin:7mm 0 2mm;break-after:avoid}h3{font-size:11.5pt;margin:4mm 0 1mm;break-after:avoid}table{border-collapse:collapse;width:100%;margin:2mm 0}th,td{border:1px solid #999;padding:1.2mm 2mm;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#eef3f8;font-weight:600;white-space:nowrap}table.facts th{width:48mm;white-space:normal}tr{break-inside:avoid}thead{display:table-header-group}code{font-family:'Noto Sans Mono CJK JP',monospace;font-size:9pt;overflow-wrap:anywhere}img.form{width:100%;max-width:150mm;border:1px solid #bbb;display:block;break-inside:avoid}.flow{break-inside:avoid}.flow svg{width:100%;height:auto;display:block}.blank{display:inline-block;min-width:60mm}@media print{body{padding:0;max-width:none}}";
