//! `nursery.place`: who gets which nursery place. A proposal: a person approves it.

use super::table_rows::{self as rows, Line, fault, flat, line, text};
use crate::{
    form::Forms,
    rules::{
        Ratio,
        nursery::{
            Applicant, Childless, First, Market, Outcome, Placement, Seats, Together, Wishes, blocking,
            childless, even_ties, place, refusals, unlawful,
        },
    },
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
    text::{width::fold_width, yes_no},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The seats, the children, what families with several children want.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NurseryPlace {
    /// 空き: 施設・年齢（「1」「3-5」など）・空き。転園を希望する児童の席は数えません。
    seats: Arg<Vec<Value>>,
    /// 児童: 受付番号・世帯・年齢・指数・同点キー・希望（または第1希望、第2希望…）・在園施設・施設ごとの加点・階級順。nursery.score の rows をそのまま使えます。
    children: Arg<Vec<Value>>,
    /// きょうだいの希望: 世帯・きょうだい（A・B・C）・先に入る子（上の子・下の子・どちらでも）・同じ施設を優先。
    families: Option<Arg<Vec<Value>>>,
    /// 同点で最後まで並んだときの抽選の種。書かなければ受付番号の順です。
    seed: Option<Arg<u64>>,
    /// 空きを増やしたらどうなるか: 施設・年齢・増（1行ごとに計算します）。
    what_if: Option<Arg<Vec<Value>>>,
}

/// The proposal.
#[derive(Debug, Default, Serialize)]
pub struct Proposal {
    /// 利用調整結果: one line a child, with what was given of it.
    rows: Vec<Map<String, Value>>,
    /// 希望ごとの不承諾の理由.
    refusals: Vec<Map<String, Value>>,
    /// 施設別の内定者.
    facilities: Vec<Map<String, Value>>,
    /// 残った空き.
    vacancies: Vec<Map<String, Value>>,
    /// 年齢別の統計.
    statistics: Vec<Map<String, Value>>,
    /// 同点で受付番号か抽選で決まった児童.
    equal: Vec<Map<String, Value>>,
    /// 希望の逆転; empty for a stable proposal. Each says whether it is proved that it cannot be avoided.
    blocking: Vec<Map<String, Value>>,
    /// Whether it is proved that every proposal has some 希望の逆転.
    unavoidable: bool,
    /// 空きを増やしたときの違い.
    what_if: Vec<Map<String, Value>>,
    /// 気を付けること.
    notes: Vec<Map<String, Value>>,
    /// Children placed.
    placed: usize,
    /// Children not placed.
    unplaced: usize,
}

impl Action for NurseryPlace {
    const NAME: &'static str = "nursery.place";
    const SUMMARY: &'static str = "保育所等の利用調整の案を、指数と希望から作ります。決めるのは職員です。";
    const EXAMPLE: &'static str = "seats: ${{ 空き.rows }}\nchildren: ${{ 指数.rows }}\nfamilies: ${{ きょうだい.rows }}\nwhat_if: [{ 施設: みどり保育園, 年齢: 1, 増: 1 }]\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Proposal;

    fn shape(&self, _forms: &Forms) -> Shape {
        let lists = [
            "rows",
            "refusals",
            "facilities",
            "vacancies",
            "statistics",
            "equal",
            "blocking",
            "what_if",
            "notes",
        ];
        let all = lists.map(|name| (name, Shape::list(Shape::Any)));
        let counts = ["placed", "unplaced"].map(|name| (name, Shape::Number));
        Shape::map(all.into_iter().chain(counts).chain([("unavoidable", Shape::Flag)]))
    }

    async fn run(&self, _cx: &StepContext) -> Result<Proposal, Failure> {
        let seats = read(self.seats.get(), "空きの表", seats_of)?;
        let mut children = read(self.children.get(), "児童の表", child_of)?;
        let mut notes = even_ties(&mut children);
        let given = flat(self.children.get())?.into_iter().map(|row| (text(&row, "受付番号"), row));
        let given: BTreeMap<String, Line> = given.collect();
        let families =
            self.families.as_ref().map_or(Ok(Vec::new()), |f| read(f.get(), "きょうだいの表", family_of))?;
        let more = self.what_if.as_ref().map_or(Ok(Vec::new()), |m| read(m.get(), "what_if", more_of))?;
        notes.extend(without_child(&families, &children)?);
        let families: BTreeMap<_, _> = families.into_iter().collect();
        let seed = self.seed.as_ref().map(|s| *s.get());
        super::faults::beside(move || {
            let make = |seats| {
                Market::new(seats, children.clone(), &families, seed)
                    .map_err(|e| Failure::stop("SHK0612", format!("{e}。元の表を直してください。")))
            };
            let market = make(seats.clone())?;
            let placement = place(&market);
            let mut out = proposal(&market, &placement, &given)?;
            out.notes.extend(notes.iter().map(|note| line([("内容", json!(note))])));
            for (facility, age, extra) in more {
                let changed = make(with_more(&seats, &facility, age, extra)?)?;
                out.what_if.extend(difference(
                    &market,
                    &placement,
                    &place(&changed),
                    (&facility, age, extra),
                ));
            }
            Ok(out)
        })
        .await
    }
}

fn read<T>(values: &[Value], table: &str, one: fn(&Line) -> Result<T, String>) -> Result<Vec<T>, Failure> {
    let lines = flat(values)?;
    (1..).zip(&lines).map(|(n, row)| one(row).map_err(|why| fault(table, n, &why))).collect()
}

fn needed(row: &Line, key: &str) -> Result<String, String> {
    Some(text(row, key)).filter(|t| !t.is_empty()).ok_or_else(|| format!("「{key}」がありません"))
}

/// `1`, `1歳`, `3-5`, `3～5歳児`.
fn ages(written: &str) -> Result<(u8, u8), String> {
    let folded = fold_width(written);
    let bare = folded.trim().trim_end_matches(['児', '歳']);
    let one = |t: &str| t.trim().trim_end_matches('歳').parse::<u8>().ok().filter(|age| *age <= 6);
    let (from, to) = bare.split_once(['-', '~', '～', '〜']).unwrap_or((bare, bare));
    let found = one(from).zip(one(to)).filter(|(from, to)| from <= to);
    found.ok_or_else(|| "「年齢」を「1」か「3-5」の形で書いてください".to_owned())
}

fn seats_of(row: &Line) -> Result<Seats, String> {
    let open = rows::count(row, "空き")?.ok_or("「空き」がありません")?;
    Ok(Seats { facility: needed(row, "施設")?, ages: ages(&text(row, "年齢"))?, open })
}

fn child_of(row: &Line) -> Result<Applicant, String> {
    let number = needed(row, "受付番号")?;
    let family = match text(row, "世帯") {
        f if f.is_empty() => format!("受付{number}"),
        f => f,
    };
    let (age, _) = ages(&text(row, "年齢"))?;
    Ok(Applicant {
        number,
        family,
        age,
        wishes: wishes_of(row),
        rank: rows::count(row, "階級順")?.map_or(0, |n| n as usize),
        points: rows::number(row, "指数")?.ok_or("「指数」がありません")?,
        bonus: bonus_of(row)?,
        ties: ties_of(row)?,
        current: Some(text(row, "在園施設")).filter(|t| !t.is_empty()),
    })
}

fn number_in(value: &Value, name: &str) -> Result<Ratio, String> {
    let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ratio::parse(&fold_width(&written)).ok_or_else(|| format!("「{name}」を数として読めません"))
}

/// A list of keys as nursery.score gives it, or what a column of a workbook holds: one key, or several with 、 between them.
fn ties_of(row: &Line) -> Result<Vec<Ratio>, String> {
    let key = |value: &Value| number_in(value, "同点キー");
    match row.get("同点キー") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(all)) => all.iter().map(key).collect(),
        Some(Value::String(all)) if all.trim().is_empty() => Ok(Vec::new()),
        Some(Value::String(all)) => all.split(['、', '\n']).map(|one| key(&json!(one))).collect(),
        Some(one) => Ok(vec![key(one)?]),
    }
}

/// The points at single nurseries: a map, which no cell of a workbook can hold.
fn bonus_of(row: &Line) -> Result<BTreeMap<String, Ratio>, String> {
    let name = "施設ごとの加点";
    let no_map =
        || format!("「{name}」は文字や数では渡せません。{{ みどり保育園: 5 }} のような組にしてください");
    match row.get(name) {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::String(empty)) if empty.trim().is_empty() => Ok(BTreeMap::new()),
        Some(Value::Object(all)) => {
            all.iter().map(|(at, points)| Ok((at.clone(), number_in(points, name)?))).collect()
        }
        Some(_) => Err(no_map()),
    }
}

/// Wishes that count for nobody are said; one that a workbook took from its family stops everything, for the family would be
/// placed against its wish.
fn without_child(families: &[(String, Wishes)], children: &[Applicant]) -> Result<Vec<String>, Failure> {
    let table = "きょうだいの表";
    let said = |lone: Childless| {
        let moved = lone.alike.is_some().then(|| fault(table, lone.line, &lone.to_string()));
        moved.map_or_else(|| Ok(format!("{table}の{}行目: {lone}", lone.line)), Err)
    };
    childless(families, children).into_iter().map(said).collect()
}

/// The list 希望, or 第1希望, 第2希望 and so on.
fn wishes_of(row: &Line) -> Vec<String> {
    let word = |v: &Value| v.as_str().map(|t| t.trim().to_owned());
    let list = match row.get("希望") {
        Some(Value::Array(all)) => all.iter().filter_map(word).collect(),
        Some(Value::String(all)) => all.split(['、', '\n']).map(|w| w.trim().to_owned()).collect(),
        _ => (1..=40).map(|n| text(row, &format!("第{n}希望"))).collect::<Vec<_>>(),
    };
    list.into_iter().filter(|w| !w.is_empty()).collect()
}

fn family_of(row: &Line) -> Result<(String, Wishes), String> {
    let together = match fold_width(&text(row, "きょうだい")).as_str() {
        "" | "A" => Together::SameNursery,
        "B" => Together::SameTime,
        "C" => Together::AloneToo,
        _ => return Err("「きょうだい」が A・B・C のどれでもありません".to_owned()),
    };
    let first = match text(row, "先に入る子").as_str() {
        "上の子" => First::Elder,
        "下の子" => First::Younger,
        "" | "どちらでも" => First::Either,
        _ => return Err("「先に入る子」が上の子・下の子・どちらでもの、どれでもありません".to_owned()),
    };
    let same_first = yes_no(&text(row, "同じ施設を優先"))
        .ok_or("「同じ施設を優先」が「はい」とも「いいえ」とも読めません")?;
    Ok((needed(row, "世帯")?, Wishes { together, first, same_first }))
}

fn more_of(row: &Line) -> Result<(String, u8, u32), String> {
    let (age, _) = ages(&text(row, "年齢"))?;
    Ok((needed(row, "施設")?, age, rows::count(row, "増")?.unwrap_or(1)))
}

fn with_more(seats: &[Seats], facility: &str, age: u8, more: u32) -> Result<Vec<Seats>, Failure> {
    let mut seats = seats.to_vec();
    let here = |s: &&mut Seats| s.facility == facility && (s.ages.0..=s.ages.1).contains(&age);
    let missing = || format!("what_if の「{facility}」{age}歳児は、空きの表にありません。");
    let group = seats.iter_mut().find(here).ok_or_else(|| Failure::stop("SHK0612", missing()))?;
    group.open += more;
    Ok(seats)
}

fn facility(market: &Market, seat: Outcome) -> String {
    seat.map(|g| market.groups[g].seats.facility.clone()).unwrap_or_default()
}

/// All tables of the proposal. A placement that breaks a rule is a fault of this program and stops everything.
fn proposal(
    market: &Market,
    placement: &Placement,
    given: &BTreeMap<String, Line>,
) -> Result<Proposal, Failure> {
    if let Some(why) = unlawful(market, &placement.seats).first() {
        return Err(Failure::stop(
            "SHK0614",
            format!("利用調整の案が規則に合いません（{why}）。案は使わず、担当者に知らせてください。"),
        ));
    }
    let mut out = Proposal::default();
    for child in 0..market.children.len() {
        out.add_child(market, placement, child, given);
    }
    out.add_facilities(market, placement, given);
    out.add_statistics(market, placement);
    let found = blocking(market, &placement.seats);
    out.unavoidable = placement.unavoidable;
    out.blocking =
        found.iter().map(|b| blocked(market, (b.family, b.tuple), placement.unavoidable)).collect();
    out.notes = market.notes.iter().map(|note| line([("内容", json!(note))])).collect();
    let equal = market.equal_claims().into_iter().enumerate();
    out.equal = equal
        .flat_map(|(n, all)| {
            all.into_iter().map(move |id| line([("組", json!(n + 1)), ("受付番号", json!(id))]))
        })
        .collect();
    Ok(out)
}

/// What a family could have by its points and does not get.
fn blocked(market: &Market, (family, tuple): (usize, usize), unavoidable: bool) -> Map<String, Value> {
    let family = &market.families[family];
    let seat = |(child, group): (&usize, &Outcome)| {
        let number = &market.children[*child].applicant.number;
        let name = facility(market, *group);
        format!("{number} {}", if name.is_empty() { "（入らない）" } else { &name })
    };
    let wanted = family.children.iter().zip(&family.tuples[tuple]).map(seat).collect::<Vec<_>>();
    let proof = if unavoidable {
        "避けられない（すべての組み合わせを調べ、逆転のない案がないことを確かめました）"
    } else {
        "調べ切れていない（逆転のない案があるかもしれません。職員が確かめてください）"
    };
    line([("世帯", json!(family.number)), ("入れるはずの組み合わせ", json!(wanted)), ("判定", json!(proof))])
}

impl Proposal {
    fn add_child(
        &mut self,
        market: &Market,
        placement: &Placement,
        n: usize,
        given: &BTreeMap<String, Line>,
    ) {
        let (child, seat) = (&market.children[n], placement.seats[n]);
        let wish = child.wishes.iter().position(|(g, _)| seat == Some(*g)).map(|w| w + 1);
        let state = match (seat, child.current) {
            (None, _) => "保留",
            (Some(_), None) => "内定",
            (now, before) if now == before => "在園継続",
            _ => "転園内定",
        };
        let refused = refusals(market, &placement.seats, n);
        let all =
            refused.iter().map(|r| format!("第{}希望 {}: {}", r.wish, r.facility, r.why)).collect::<Vec<_>>();
        let a = &child.applicant;
        (self.placed, self.unplaced) =
            (self.placed + usize::from(seat.is_some()), self.unplaced + usize::from(seat.is_none()));
        let mut whole = given.get(&a.number).cloned().unwrap_or_default();
        whole.extend(line([
            ("受付番号", json!(a.number)),
            ("世帯", json!(a.family)),
            ("年齢", json!(a.age)),
            ("指数", json!(a.points)),
            ("結果", json!(state)),
            ("施設", json!(facility(market, seat))),
            ("希望順位", json!(wish.filter(|_| state != "在園継続"))),
            ("理由", json!(all.join("\n"))),
        ]));
        self.rows.push(whole);
        self.refusals.extend(refused.into_iter().map(|r| {
            line([
                ("受付番号", json!(a.number)),
                ("希望順位", json!(r.wish)),
                ("施設", json!(r.facility)),
                ("理由", json!(r.why)),
            ])
        }));
    }

    fn add_facilities(&mut self, market: &Market, placement: &Placement, given: &BTreeMap<String, Line>) {
        for (n, group) in market.groups.iter().enumerate() {
            let mut here: Vec<_> =
                (0..placement.seats.len()).filter(|c| placement.seats[*c] == Some(n)).collect();
            here.sort_by_key(|c| market.standing(*c, n).cloned());
            let ages = match group.seats.ages {
                (from, to) if from == to => from.to_string(),
                (from, to) => format!("{from}-{to}"),
            };
            for (rank, child) in (1..).zip(&here) {
                let a = &market.children[*child].applicant;
                let mut whole = given.get(&a.number).cloned().unwrap_or_default();
                whole.extend(line([
                    ("施設", json!(group.seats.facility)),
                    ("年齢", json!(ages)),
                    ("順位", json!(rank)),
                    ("受付番号", json!(a.number)),
                    ("指数", json!(a.points)),
                ]));
                self.facilities.push(whole);
            }
            self.vacancies.push(line([
                ("施設", json!(group.seats.facility)),
                ("年齢", json!(ages)),
                ("定員", json!(group.capacity)),
                ("内定", json!(here.len())),
                ("空き", json!(group.capacity - here.len())),
            ]));
        }
    }

    fn add_statistics(&mut self, market: &Market, placement: &Placement) {
        let mut ages: BTreeMap<u8, [usize; 4]> = BTreeMap::new();
        for (child, seat) in market.children.iter().zip(&placement.seats) {
            let counts = ages.entry(child.applicant.age).or_default();
            let first = child.wishes.first().is_some_and(|(g, _)| *seat == Some(*g));
            for (count, yes) in counts.iter_mut().zip([true, seat.is_some(), first, seat.is_none()]) {
                *count += usize::from(yes);
            }
        }
        self.statistics = ages
            .into_iter()
            .map(|(age, [all, placed, first, waiting])| {
                line([
                    ("年齢", json!(age)),
                    ("申込", json!(all)),
                    ("内定", json!(placed)),
                    ("第1希望", json!(first)),
                    ("保留", json!(waiting)),
                ])
            })
            .collect();
    }
}

/// Who would go elsewhere with more seats; one line that says so where nobody would.
fn difference(
    market: &Market,
    now: &Placement,
    then: &Placement,
    more: (&str, u8, u32),
) -> Vec<Map<String, Value>> {
    let case = format!("{} {}歳児を{}人増やすと", more.0, more.1, more.2);
    let moved = (0..now.seats.len()).filter(|c| now.seats[*c] != then.seats[*c]);
    let one = |c: usize| {
        line([
            ("場合", json!(case)),
            ("受付番号", json!(market.children[c].applicant.number)),
            ("今の案", json!(facility(market, now.seats[c]))),
            ("増やした案", json!(facility(market, then.seats[c]))),
        ])
    };
    let all: Vec<_> = moved.map(one).collect();
    if all.is_empty() {
        vec![line([("場合", json!(case)), ("増やした案", json!("変わりません"))])]
    } else {
        all
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{super::bench, *};

    async fn run(with: Value) -> Result<Value, Failure> {
        let action: NurseryPlace = bench::action(with);
        Ok(json!(action.run(&bench::context(".".as_ref())).await?))
    }

    fn with(extra: &Value) -> Value {
        let mut with = json!({
            "seats": [{"施設": "みどり", "年齢": "１歳児", "空き": 1}, {"施設": "あおば", "年齢": "0-2", "空き": "1"}],
            "children": [
                {"受付番号": "1", "世帯": "a", "年齢": 1, "指数": 20, "第1希望": "みどり", "第2希望": "あおば", "同点キー": ["2"]},
                {"受付番号": "2", "年齢": "1", "指数": 20, "希望": ["みどり"], "同点キー": ["1"]},
                {"受付番号": "3", "年齢": "1歳", "指数": "19.5", "希望": "みどり、あおば", "同点キー": []}
            ]
        });
        with.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        with
    }

    #[tokio::test]
    async fn a_proposal_with_its_reasons() {
        let out = run(with(&json!({}))).await.unwrap();
        let placed: Vec<_> =
            out["rows"].as_array().unwrap().iter().map(|r| r["施設"].as_str().unwrap()).collect();
        assert_eq!(placed, ["あおば", "みどり", ""]);
        assert_eq!(out["rows"][2]["結果"], "保留");
        assert_eq!((&out["placed"], &out["unplaced"], &out["blocking"]), (&json!(2), &json!(1), &json!([])));
        assert_eq!(
            out["refusals"][0]["理由"],
            "定員1人。指数 20 は最後に内定した児童と同じですが、同点のときの順位が後でした"
        );
        assert_eq!(out["vacancies"][1]["空き"], 0);
        assert_eq!(out["statistics"], json!([{"年齢": 1, "申込": 3, "内定": 2, "第1希望": 1, "保留": 1}]));
    }

    /// Siblings who need both places, one child who stands behind them at 甲 and before them at 乙: whoever sits, somebody else
    /// has the better claim.
    #[tokio::test]
    async fn a_reversal_that_cannot_be_avoided_is_called_so() {
        let seats = json!([{"施設": "甲", "年齢": 1, "空き": 1}, {"施設": "乙", "年齢": 1, "空き": 1}]);
        let child = |number: &str, family: &str, wishes: &[&str], bonus: Value| json!({"受付番号": number, "世帯": family, "年齢": 1, "指数": 10, "希望": wishes, "施設ごとの加点": bonus});
        let children = json!([
            child("1", "きょうだい", &["甲"], json!({"甲": 3})),
            child("2", "きょうだい", &["乙"], json!({"乙": 1})),
            child("3", "一人", &["甲", "乙"], json!({"甲": 2, "乙": 2})),
        ]);
        let families = json!([{"世帯": "きょうだい", "きょうだい": "B"}]);
        let out = run(json!({"seats": seats, "children": children, "families": families})).await.unwrap();
        assert_eq!(out["unavoidable"], true, "{out}");
        let blocking = out["blocking"].as_array().unwrap();
        assert!(!blocking.is_empty());
        assert!(blocking.iter().all(|b| b["判定"].as_str().unwrap().starts_with("避けられない")), "{out}");
        assert!(blocking[0]["入れるはずの組み合わせ"][0].as_str().unwrap().contains('甲'), "{out}");
    }

    /// 20 and 9 of a column of whole numbers, and one padded: no claim but the number tells them apart.
    #[tokio::test]
    async fn of_equal_claims_the_lower_number_is_first() {
        let seats = json!([{"施設": "甲", "年齢": 1, "空き": 1}]);
        let children =
            json!(["20", "9", "010"].map(|n| json!({"受付番号": n, "年齢": 1, "指数": 10, "希望": ["甲"]})));
        let out = run(json!({"seats": seats, "children": children})).await.unwrap();
        let of = |row: &Value| (row["受付番号"].as_str().unwrap().to_owned(), row["施設"] == "甲");
        let rows: Vec<_> = out["rows"].as_array().unwrap().iter().map(of).collect();
        assert_eq!(rows, [("9".to_owned(), true), ("010".to_owned(), false), ("20".to_owned(), false)]);
    }

    /// Two children with equal points and these keys, and one seat.
    async fn two(keys: &[Value; 2]) -> Result<Value, Failure> {
        let child =
            |n: usize| json!({"受付番号": n + 1, "年齢": 1, "指数": 10, "希望": ["甲"], "同点キー": keys[n]});
        let seats = json!([{"施設": "甲", "年齢": 1, "空き": 1}]);
        run(json!({"seats": seats, "children": [child(0), child(1)]})).await
    }

    #[tokio::test]
    async fn keys_for_equal_points_may_be_a_column_of_a_workbook() {
        for keys in [
            [json!(52_000), json!(31_000)],
            [json!("52,000"), json!("３１０００")],
            [json!("1、9"), json!("1、8")],
            [json!([2]), json!(["1"])],
        ] {
            let out = two(&keys).await.unwrap();
            assert_eq!((&out["rows"][1]["施設"], &out["notes"]), (&json!("甲"), &json!([])), "{keys:?}");
        }
        for missing in [json!(""), json!(null), json!([])] {
            let out = two(&[missing, json!(31_000)]).await.unwrap();
            assert_eq!(out["rows"][1]["施設"], "甲", "no key comes after every key");
            assert!(out["notes"][0]["内容"].as_str().unwrap().contains("1: 同点キーが足りない"), "{out}");
        }
        for wrong in [json!("低所得"), json!(true), json!({"所得割": 1})] {
            let why = two(&[json!(1), wrong]).await.unwrap_err().message;
            assert!(why.starts_with("児童の表の2行目: 「同点キー」を数として読めません"), "{why}");
        }
    }

    /// Workbooks make 0012 into 12: the family would be placed as if it had wished nothing.
    #[tokio::test]
    async fn the_wishes_of_a_family_without_a_child_are_not_dropped_in_silence() {
        let child = |number: &str, age: u8| json!({"受付番号": number, "世帯": "0012", "年齢": age, "指数": 10, "希望": ["甲", "乙"]});
        let seats = json!([{"施設": "甲", "年齢": 1, "空き": 1}, {"施設": "乙", "年齢": 3, "空き": 1}]);
        let with = |family: Value| {
            json!({"seats": seats, "children": [child("1", 1), child("2", 3)],
            "families": [{"世帯": family, "きょうだい": "B"}]})
        };
        assert_eq!(run(with(json!("0012"))).await.unwrap()["placed"], 2);
        let fault = run(with(json!(12))).await.unwrap_err();
        let words = "きょうだいの表の1行目: 世帯「12」の児童がいません";
        assert!(fault.message.contains(words) && fault.message.contains("「0012」"), "{}", fault.message);
        let out = run(with(json!("0099"))).await.unwrap();
        let note = out["notes"].as_array().unwrap().last().unwrap()["内容"].as_str().unwrap();
        assert!(note.starts_with("きょうだいの表の1行目: 世帯「0099」の児童がいません"), "{out}");
    }

    #[tokio::test]
    async fn what_if_there_were_one_more() {
        let more =
            json!({"what_if": [{"施設": "みどり", "年齢": 1}, {"施設": "あおば", "年齢": 0, "増": 1}]});
        let out = run(with(&more)).await.unwrap();
        let moved: Vec<_> = out["what_if"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| (r["受付番号"].as_str(), r["増やした案"].as_str().unwrap()))
            .collect();
        assert_eq!(moved, [(Some("1"), "みどり"), (Some("3"), "あおば"), (Some("3"), "あおば")]);
        let unknown = run(with(&json!({"what_if": [{"施設": "無い園", "年齢": 1}]}))).await.unwrap_err();
        assert_eq!(unknown.code, "SHK0612");
    }

    #[tokio::test]
    async fn mistakes_are_named_by_table_and_line() {
        for (extra, words) in [
            (
                json!({"seats": [{"施設": "甲", "年齢": 1, "空き": -1}]}),
                "空きの表の1行目: 「空き」を 0 以上の整数",
            ),
            (json!({"seats": [{"施設": "甲", "年齢": "幼児", "空き": 1}]}), "空きの表の1行目: 「年齢」"),
            (
                json!({"children": [{"受付番号": "1", "年齢": 1, "指数": 1, "同点キー": ["65.33…", "2"]}]}),
                "児童の表の1行目: 「同点キー」",
            ),
            (json!({"children": [{"受付番号": "1", "年齢": 1}]}), "児童の表の1行目: 「指数」がありません"),
            (
                json!({"children": [{"受付番号": "1", "年齢": 1, "指数": 1, "施設ごとの加点": "A:5"}]}),
                "児童の表の1行目: 「施設ごとの加点」は文字や数では渡せません",
            ),
            (
                json!({"children": [{"受付番号": "1", "年齢": 1, "指数": 1, "施設ごとの加点": {"甲": "多め"}}]}),
                "児童の表の1行目: 「施設ごとの加点」を数として",
            ),
            (json!({"families": [{"世帯": "a", "きょうだい": "D"}]}), "きょうだいの表の1行目"),
            (
                json!({"children": [{"受付番号": "1", "年齢": 1, "指数": 1}, {"受付番号": "1", "年齢": 1, "指数": 1}]}),
                "受付番号「1」が二度あります",
            ),
        ] {
            let fault = run(with(&extra)).await.unwrap_err();
            assert!(fault.message.contains(words), "{}", fault.message);
        }
    }
}
