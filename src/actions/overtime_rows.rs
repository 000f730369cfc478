//! From the tables of a section to persons whose overtime can be settled.

use super::table_rows::{self as rows, Line as Row, fault, text};
use crate::{
    rules::overtime::{
        self, Away, Badge, DayKind, Days, Line, MonthHours, PaidBefore, Pay, Person, WorkingHours,
    },
    step::Failure,
    text::{TimeOfDay, parse_date, width, yes_no},
};
use jiff::civil::{Date, date};
use serde_json::json;
use std::collections::BTreeMap;

/// The tables, flat.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub employees: Vec<Row>,
    pub lines: Vec<Row>,
    pub away: Vec<Row>,
    pub badges: Option<Vec<Row>>,
    pub roster: Vec<Row>,
    pub earlier: Vec<Row>,
    pub paid: Vec<Row>,
    pub lieu: Vec<Row>,
}

/// A person with what the outputs show of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Employee {
    pub number: String,
    pub name: String,
    pub section: String,
    pub group: String,
    pub budget: Option<i64>,
    pub special: bool,
    pub person: Person,
    pub roster: Vec<(Date, DayKind)>,
    pub paid: Vec<PaidBefore>,
    /// The sheets of this month beyond the first, by name.
    pub doubled: Vec<String>,
    /// Lines: their number in the sheet or table, for people to find them.
    pub places: Vec<String>,
    /// Why the month cannot be counted yet: lines that are perhaps this person's.
    pub held: Vec<String>,
}

/// The lines of one table under one number that is not in the table of staff.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stray {
    table: &'static str,
    number: String,
    /// The first of them, from 1.
    first: usize,
    count: usize,
}

impl Stray {
    /// The line for people.
    pub fn shown(&self, roll: &Roll) -> Row {
        let why = if self.number.is_empty() {
            "職員番号がありません"
        } else {
            "職員の表にない職員番号です"
        };
        let why = format!("{}: {why}{}", self.place(), roll.hint(&self.number));
        rows::line([("職員番号", json!(self.number)), ("理由", json!(why))])
    }

    fn place(&self) -> String {
        match self.count {
            1 => format!("{}の{}行目", self.table, self.first),
            many => format!("{}の{}行目ほか{}行", self.table, self.first, many - 1),
        }
    }

    /// Why a person with nearly this number cannot be paid yet.
    fn holds(&self) -> String {
        format!(
            "{}に、よく似た職員番号「{}」があります。この職員の行なら職員番号を直し、別の職員の行なら表から除いて、もう一度計算してください",
            self.place(),
            self.number
        )
    }
}

/// The table of staff by what is left of the numbers without width and without the zeros in front that workbooks take away.
pub(super) struct Roll(BTreeMap<String, Vec<String>>);

impl Roll {
    pub fn of(all: &BTreeMap<String, Employee>) -> Self {
        let mut roll: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for number in all.keys() {
            roll.entry(bare(number)).or_default().push(number.clone());
        }
        Self(roll)
    }

    /// The numbers in the table of staff that this one may have been.
    fn alike(&self, number: &str) -> &[String] {
        let bare = bare(number);
        match self.0.get(&bare) {
            Some(all) if !bare.is_empty() => all,
            _ => &[],
        }
    }

    /// What to say beside a number that nobody has; nothing where nobody has one like it.
    pub fn hint(&self, number: &str) -> String {
        match self.alike(number) {
            [] => String::new(),
            all => {
                format!("（職員の表の「{}」の、先頭の0や全角が変わったものかもしれません）", all.join("」「"))
            }
        }
    }

    /// Keeps everybody from being paid whose lines the strays may be.
    pub fn hold(&self, all: &mut BTreeMap<String, Employee>, strays: &[Stray]) {
        for stray in strays {
            for number in self.alike(&stray.number) {
                if let Some(employee) = all.get_mut(number) {
                    employee.held.push(stray.holds());
                }
            }
        }
    }
}

fn bare(number: &str) -> String {
    width::remove_spaces(&width::fold_width(number)).trim_start_matches('0').to_owned()
}

/// The names of the columns that are no allowance.
const OWN: [&str; 12] = [
    "職員番号",
    "氏名",
    "所属",
    "区分",
    "職",
    "給料月額",
    "適用日",
    "勤務時間",
    "配当予算",
    "備考",
    "職名",
    "級号給",
];

/// The persons of the tables, by number, with what is known beside their lines; and the lines of numbers that nobody has.
pub(super) fn employees(
    tables: &Tables,
    tolerance: u32,
) -> Result<(BTreeMap<String, Employee>, Vec<Stray>), Failure> {
    let mut all = BTreeMap::new();
    for (n, row) in (1..).zip(&tables.employees) {
        employee(&mut all, row).map_err(|why| fault("職員の表", n, &why))?;
    }
    for employee in all.values_mut() {
        employee.person.pays.sort_by_key(|p| p.from);
        employee.person.sheet.tolerance = tolerance;
        employee.person.sheet.badges = tables.badges.as_ref().map(|_| Vec::new());
    }
    let strays = beside(&mut all, tables)?;
    Ok((all, strays))
}

/// The tables beside the sheets.
fn beside(all: &mut BTreeMap<String, Employee>, tables: &Tables) -> Result<Vec<Stray>, Failure> {
    let badges = tables.badges.as_deref().unwrap_or_default();
    let sources: [(&'static str, &[Row], Take); 6] = [
        ("入退庁の記録", badges, |e, r| {
            badge(r).map(|b| add_badge(e.person.sheet.badges.get_or_insert_default(), b))
        }),
        ("休暇・出張の表", &tables.away, |e, r| away(r).map(|a| e.person.sheet.away.push(a))),
        ("勤務割の表", &tables.roster, |e, r| changed(r).map(|c| e.roster.push(c))),
        ("前月までの表", &tables.earlier, |e, r| earlier(r).map(|m| e.person.earlier.push(m))),
        ("支給済みの表", &tables.paid, |e, r| paid(r).map(|p| e.paid.push(p))),
        ("代休時間の表", &tables.lieu, |e, r| {
            e.person.lieu_taken += rows::count(r, "分")?.unwrap_or(0);
            Ok(())
        }),
    ];
    let mut strays = Vec::new();
    for (table, lines, take) in sources {
        strays.extend(give(all, table, lines, take)?);
    }
    Ok(strays)
}

/// What is done with the person of a line.
type Take = fn(&mut Employee, &Row) -> Result<(), String>;

/// Gives the lines of a table to their persons. What is left belongs to numbers that are not in the table of staff; the table
/// may be the whole office's, so that a number is named once for all its lines. Empty lines are nobody's.
fn give(
    all: &mut BTreeMap<String, Employee>,
    table: &'static str,
    lines: &[Row],
    take: Take,
) -> Result<Vec<Stray>, Failure> {
    let mut strays: BTreeMap<String, Stray> = BTreeMap::new();
    for (n, row) in (1..).zip(lines) {
        let number = text(row, "職員番号");
        if let Some(employee) = all.get_mut(&number) {
            take(employee, row).map_err(|why| fault(table, n, &why))?;
        } else if row.keys().any(|key| !text(row, key).is_empty()) {
            let new = Stray { table, number: number.clone(), first: n, count: 0 };
            strays.entry(number).or_insert(new).count += 1;
        }
    }
    Ok(strays.into_values().collect())
}

/// One line of the table of staff. A person may have several, from different days on.
fn employee(all: &mut BTreeMap<String, Employee>, row: &Row) -> Result<(), String> {
    let number = text(row, "職員番号");
    if number.is_empty() {
        return Err("職員番号がありません".to_owned());
    }
    let post = text(row, "職");
    let hours = working_hours(&text(row, "勤務時間"))?;
    let pay = pay(row)?;
    let employee = all.entry(number.clone()).or_insert_with(|| Employee {
        number,
        name: text(row, "氏名"),
        section: text(row, "所属"),
        group: text(row, "区分"),
        special: post.contains("特例"),
        person: Person { hours, other_directed: post.contains("他律"), ..Person::default() },
        ..Employee::default()
    });
    employee.budget = rows::yen(row, "配当予算")?.or(employee.budget);
    if employee.person.pays.iter().any(|p| p.from == pay.from) {
        return Err("同じ職員番号が二度あります（給料が変わる職員は「適用日」で分けます）".to_owned());
    }
    employee.person.pays.push(pay);
    Ok(())
}

fn pay(row: &Row) -> Result<Pay, String> {
    let from = if text(row, "適用日").is_empty() { date(1900, 1, 1) } else { day(row, "適用日")? };
    let base = rows::yen(row, "給料月額")?.filter(|yen| *yen > 0).ok_or("「給料月額」がありません")?;
    let others = row.keys().filter(|key| key.ends_with("手当") && !OWN.contains(&key.as_str()));
    let allowance = |key: &String| Ok((key.clone(), rows::yen(row, key)?.unwrap_or(0)));
    Ok(Pay { from, base, allowances: others.map(allowance).collect::<Result<_, String>>()? })
}

/// `8:30-12:00、13:00-17:15`; nothing written is the usual day.
fn working_hours(written: &str) -> Result<WorkingHours, String> {
    if written.is_empty() {
        return Ok(WorkingHours::default());
    }
    let wrong = || "「勤務時間」を「8:30-12:00、13:00-17:15」の形で書いてください".to_owned();
    let part = |part: &str| {
        let (from, to) = part.split_once(['-', '～', '〜', '－', '–']).ok_or_else(wrong)?;
        let minutes = |t: &str| TimeOfDay::parse(t).map(TimeOfDay::minutes).map_err(|_| wrong());
        let (from, to) = (minutes(from)?, minutes(to)?);
        if from < to { Ok((from, to)) } else { Err(wrong()) }
    };
    Ok(WorkingHours(written.split(['、', ',']).map(part).collect::<Result<_, _>>()?))
}

fn day(row: &Row, key: &str) -> Result<Date, String> {
    let written = text(row, key);
    let date = parse_date(written.get(..10).filter(|d| d.as_bytes()[4] == b'-').unwrap_or(&written));
    date.ok().and_then(|d| d.plain_date()).ok_or_else(|| format!("「{key}」を日付として読めません"))
}

fn minutes(row: &Row, key: &str) -> Result<Option<u32>, String> {
    match text(row, key) {
        t if t.is_empty() => Ok(None),
        t => TimeOfDay::parse(&t).map(|t| Some(t.minutes())).map_err(|e| format!("「{key}」: {e}")),
    }
}

fn away(row: &Row) -> Result<Away, String> {
    let span = minutes(row, "自")?.zip(minutes(row, "至")?);
    let what = text(row, "種別");
    let what = if what.is_empty() { "休暇など".to_owned() } else { what };
    Ok(Away { day: day(row, "月日")?, span, what })
}

fn badge(row: &Row) -> Result<Badge, String> {
    Ok(Badge { day: day(row, "月日")?, from: minutes(row, "入")?, to: minutes(row, "出")? })
}

/// Of several marks of a day the first in and the last out count.
fn add_badge(badges: &mut Vec<Badge>, new: Badge) {
    match badges.iter_mut().find(|b| b.day == new.day) {
        Some(day) => {
            day.from = day.from.into_iter().chain(new.from).min();
            day.to = day.to.into_iter().chain(new.to).max();
        }
        None => badges.push(new),
    }
}

fn changed(row: &Row) -> Result<(Date, DayKind), String> {
    let written = text(row, "日の種類");
    let day = day(row, "月日")?;
    let kind = DayKind::from_word(&written);
    kind.map(|kind| (day, kind))
        .ok_or_else(|| "「日の種類」が勤務日・週休日・休日のどれでもありません".to_owned())
}

fn earlier(row: &Row) -> Result<MonthHours, String> {
    let month = overtime::month_of(&text(row, "年月")).ok_or("「年月」を読めません")?;
    let plain = rows::count(row, "時間外分")?.ok_or("「時間外分」がありません")?;
    let holidays = rows::count(row, "休日勤務分")?.unwrap_or(0);
    Ok(MonthHours { month, plain, whole: plain + holidays })
}

fn paid(row: &Row) -> Result<PaidBefore, String> {
    Ok(PaidBefore {
        allowance: text(row, "手当"),
        percent: rows::count(row, "支給割合")?.ok_or("「支給割合」がありません")?,
        hours: rows::number(row, "時間")?.unwrap_or_default(),
        yen: rows::yen(row, "金額")?.unwrap_or(0),
    })
}

/// Gives each person the lines of their sheets. Of two sheets of one person the first counts; the second is kept by name.
/// The lines of numbers that nobody has are given back.
pub(super) fn deal(all: &mut BTreeMap<String, Employee>, lines: &[Row]) -> Vec<Row> {
    let mut first_sheet: BTreeMap<String, String> = BTreeMap::new();
    let mut unknown = Vec::new();
    for row in lines {
        let Some(employee) = all.get_mut(&text(row, "職員番号")) else {
            unknown.push(row.clone());
            continue;
        };
        let sheet = text(row, "シート");
        let first = first_sheet.entry(employee.number.clone()).or_insert_with(|| sheet.clone());
        if *first != sheet {
            if !employee.doubled.contains(&sheet) {
                employee.doubled.push(sheet);
            }
            continue;
        }
        let n = text(row, "行");
        employee.places.push(if n.is_empty() { (employee.places.len() + 1).to_string() } else { n });
        employee.person.sheet.lines.push(sheet_line(row));
    }
    unknown
}

fn sheet_line(row: &Row) -> Line {
    let seal = rows::text_if_there(row, "命令権者印").map(|mark| yes_no(&mark) != Some(false));
    Line {
        day: text(row, "月日"),
        ordered_from: rows::text_if_there(row, "命令自"),
        ordered_to: rows::text_if_there(row, "命令至"),
        from: text(row, "自"),
        to: text(row, "至"),
        pause: text(row, "休憩"),
        kind: text(row, "区分"),
        day_kind: text(row, "日の種類"),
        seal,
    }
}

/// The days of one person: the ordinance's calendar and the roster.
pub(super) fn days_of(employee: &Employee, common: &Days) -> Days {
    employee.roster.iter().fold(common.clone(), |days, (day, kind)| days.with(*day, *kind))
}
