//! `shoki schedule`: when which scenario starts and why then; what did not start, and what a person makes of it.

use super::{Ended, Format, GOOD, Stopped, WRONG, print, run};
use crate::{
    app::{Office, Timetable},
    calendar::{Moment, Standing, due::in_words},
    clock::{Clock, SystemClock, tokyo},
    control::{
        clock_fault,
        dues::{self, Decision},
    },
    problem::Problem,
    store::{Due, DueState, Store},
};
use clap::{Args, Subcommand};
use jiff::{ToSpan, Zoned, civil::Date};
use serde_json::{Value, json};
use std::path::Path;

/// Schedules.
#[derive(Debug, Args)]
pub struct ScheduleArgs {
    #[command(subcommand)]
    act: Act,
}

/// What is asked of them.
#[derive(Debug, Subcommand)]
enum Act {
    /// これから始まる予定と、その日になる理由
    Next(Next),
    /// 時刻が来た予定の記録: 開始、保留、見送り、不開始
    List(List),
    /// 保留・不開始の予定を、いま開始します
    Run(Which),
    /// 保留・不開始の予定を見送ります
    Skip(Which),
    /// 時計の確認
    Clock(ClockArgs),
}

/// What came due.
#[derive(Debug, Args)]
struct List {
    /// 保留と不開始だけ
    #[arg(long)]
    open: bool,
    /// 何件まで
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// One moment that did not start, or all of a scenario.
#[derive(Debug, Args)]
struct Which {
    /// シナリオの id
    scenario: String,
    /// 予定の時刻（`schedule list` にあるとおり。省略すると最新のもの）
    at: Option<String>,
    /// このシナリオのすべての保留を対象にします（`skip` だけ）
    #[arg(long, conflicts_with = "at")]
    all: bool,
}

/// The clock.
#[derive(Debug, Args)]
struct ClockArgs {
    /// 時計が正しいことを確かめました
    #[arg(long)]
    accept: bool,
}

/// What comes next.
#[derive(Debug, Args)]
struct Next {
    /// 何日先まで
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(i32).range(1..=400))]
    days: i32,
    /// この日の0時から（既定: いま）。例: 2026-12-28
    #[arg(long, value_name = "年月日")]
    from: Option<String>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl ScheduleArgs {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        match &self.act {
            Act::Next(next) => next.run(&office),
            Act::List(list) => list.run(&office).await,
            Act::Run(which) => which.start(&office).await,
            Act::Skip(which) => which.skip(&office).await,
            Act::Clock(clock) => clock.run(&office).await,
        }
    }
}

/// The newest moments that did not start and wait for a person, at most `most`; asked for by themselves, so that what started
/// since hides none.
async fn open(store: &Store, most: u32) -> Result<Vec<Due>, Stopped> {
    let mut all = store.dues(Some(DueState::Held), most).await?;
    all.extend(store.dues(Some(DueState::Refused), most).await?);
    all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.scenario.cmp(&b.scenario)));
    all.truncate(most as usize);
    Ok(all)
}

impl List {
    async fn run(&self, office: &Office) -> Ended {
        let store = office.store().await?;
        let dues =
            if self.open { open(&store, self.limit).await? } else { store.dues(None, self.limit).await? };
        if self.format == Format::Json {
            let list: Vec<Value> = dues
                .iter()
                .map(|d| json!({ "scenario": d.scenario, "at": d.at, "state": d.state.word(), "why": d.why, "reason": d.reason, "run": d.run, "decided_by": d.decided_by }))
                .collect();
            print::json(&json!({ "dues": list }));
            return Ok(GOOD);
        }
        if dues.is_empty() {
            print::out("該当する予定の記録はありません。");
            return Ok(GOOD);
        }
        let rows: Vec<Vec<String>> = dues
            .iter()
            .map(|d| {
                let reason = d.reason.clone().or_else(|| d.run.clone()).unwrap_or_default();
                vec![d.at.clone(), d.scenario.clone(), d.state.label().to_owned(), reason]
            })
            .collect();
        print::out(&print::table(&rows));
        Ok(GOOD)
    }
}

impl Which {
    /// The moments meant, newest first.
    async fn find(&self, office: &Office) -> Result<Vec<Due>, Stopped> {
        let store = office.store().await?;
        let at = self.at.as_deref().unwrap_or_default();
        let meant = |due: &Due| due.scenario == self.scenario && due.at.starts_with(at);
        let mut found = open(&store, 10_000).await?;
        found.retain(meant);
        if found.is_empty() && self.at.is_some() {
            // It is decided already: deciding again says so.
            found = store.dues(None, 10_000).await?;
            found.retain(meant);
        }
        if found.is_empty() {
            return Err(Stopped::wrong(format!(
                "「{}」に当たる保留の予定はありません。`shoki schedule list --open` で一覧を見てください。",
                self.scenario
            )));
        }
        Ok(found)
    }

    async fn start(&self, office: &Office) -> Ended {
        let due = self.find(office).await?.remove(0);
        let scenario = run::load(office, &due.scenario)?;
        let store = office.store().await?;
        let log = office.log(&store).await?;
        let decision = Decision::Run(&scenario);
        let begun = dues::decide(&store, &log, &due, decision, &run::person()).await?;
        let begun = begun.ok_or_else(|| Stopped::technical("実行を記録できませんでした。"))?;
        drop((store, log));
        run::go(office, begun, scenario, Format::Text).await
    }

    async fn skip(&self, office: &Office) -> Ended {
        let mut found = self.find(office).await?;
        if !self.all {
            found.truncate(1);
        }
        let store = office.store().await?;
        let log = office.log(&store).await?;
        for due in &found {
            dues::decide(&store, &log, due, Decision::Skip, &run::person()).await?;
            print::out(&format!("{} の予定（{}）を見送りました。", due.scenario, due.at));
        }
        Ok(GOOD)
    }
}

impl ClockArgs {
    async fn run(&self, office: &Office) -> Ended {
        let store = office.store().await?;
        let log = office.log(&store).await?;
        let now = SystemClock.now();
        let fault = clock_fault::fault(&store, now).await?;
        match fault {
            None => print::out("時計に問題はありません。"),
            Some(fault) if !self.accept => return Err(Stopped::wrong(fault)),
            Some(_) => {
                clock_fault::accept(&store, &log, now, &run::person()).await?;
                print::out("いまの時計を正しいものとして記録しました。");
            }
        }
        Ok(GOOD)
    }
}

/// The moments of one scenario.
struct Line {
    scenario: String,
    title: String,
    moment: Moment,
}

impl Next {
    fn run(&self, office: &Office) -> Ended {
        let (after, until) = self.window()?;
        let plan = office.timetable();
        let lines = lines(office, &plan, &after, &until);
        let code = if plan.problems.is_empty() { GOOD } else { WRONG };
        match self.format {
            Format::Json => print::json(&in_json(&lines, &plan.problems)),
            Format::Text => self.say(&lines, &plan),
        }
        Ok(code)
    }

    /// The moments just before the first and of the last that are asked for.
    fn window(&self) -> Result<(Zoned, Zoned), Stopped> {
        let beyond = |_| Stopped::wrong("その日付は扱えません。西暦 1970 年から 2100 年までにしてください。");
        let after = match &self.from {
            None => SystemClock.local(),
            Some(text) => {
                let day: Date = text.parse().map_err(|_| {
                    Stopped::wrong(format!("「{text}」は日付として読めません。例: --from 2026-12-28"))
                })?;
                let start = day.to_zoned(tokyo()).map_err(beyond)?;
                start.checked_sub(1.nanosecond()).map_err(beyond)?
            }
        };
        let until = after.checked_add(self.days.days()).map_err(beyond)?;
        Ok((after, until))
    }

    fn say(&self, lines: &[Line], plan: &Timetable) {
        let fires = lines.iter().filter(|l| l.moment.standing != Standing::LeftOut);
        let rows: Vec<Vec<String>> = fires.map(Line::cells).collect();
        if rows.is_empty() {
            print::out(&format!("{} 日以内に始まる予定はありません。", self.days));
        } else {
            print::out(&print::table(&rows));
        }
        let out: Vec<Vec<String>> =
            lines.iter().filter(|l| l.moment.standing == Standing::LeftOut).map(Line::cells).collect();
        if !out.is_empty() {
            print::out(&format!("\n閉庁日に当たり、開始しないもの:\n{}", print::table(&out)));
        }
        if !plan.problems.is_empty() {
            print::out(&format!("\n{}", print::problems(&plan.problems)));
            print::error(&format!(
                "誤りが {} 件あります。誤りのあるシナリオは予定に入っていません。",
                plan.problems.len()
            ));
        }
    }
}

impl Line {
    fn cells(&self) -> Vec<String> {
        let at = &self.moment.at;
        let day = format!("{}年{}", at.year(), in_words(at.date()));
        vec![day, at.strftime("%H:%M").to_string(), self.title.clone(), self.moment.why.clone()]
    }

    fn json(&self) -> Value {
        let held = matches!(self.moment.standing, Standing::Unknown(_));
        json!({ "scenario": self.scenario, "at": stamp(&self.moment.at), "why": self.moment.why, "held": held })
    }
}

/// `2026-01-05T08:30:00+09:00`.
fn stamp(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn lines(office: &Office, plan: &Timetable, after: &Zoned, until: &Zoned) -> Vec<Line> {
    let calendar = office.calendar();
    let of = |planned: &crate::app::Planned| -> Vec<Line> {
        let (scenario, title) = (planned.id.clone(), planned.title.clone());
        let moments = planned.moments(&calendar, after, until).into_iter();
        moments.map(|moment| Line { scenario: scenario.clone(), title: title.clone(), moment }).collect()
    };
    let mut lines: Vec<Line> = plan.scenarios.iter().flat_map(of).collect();
    lines.sort_by(|a, b| (&a.moment.at, &a.scenario).cmp(&(&b.moment.at, &b.scenario)));
    lines
}

fn in_json(lines: &[Line], problems: &[Problem]) -> Value {
    let some = |out: bool| -> Vec<Value> {
        let fit = lines.iter().filter(|l| (l.moment.standing == Standing::LeftOut) == out);
        fit.map(Line::json).collect()
    };
    let problems: Vec<Value> = problems.iter().map(Problem::json).collect();
    json!({ "due": some(false), "left_out": some(true), "problems": problems })
}
