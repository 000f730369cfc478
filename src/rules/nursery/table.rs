//! A city's table of points for one fiscal year, as data.

use super::Condition;
use crate::rules::Ratio;
use schemars::JsonSchema;
use serde::Deserialize;

/// The table of one fiscal year.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// 年度（4月からの年）。0 はすべての年度です。
    #[serde(default)]
    pub fiscal_year: i16,
    /// 保護者ごとの基準。
    pub parents: Parents,
    /// 調整の基準。まとまりごとに、どう数えるかを決めます。
    #[serde(default)]
    pub adjustments: Vec<Group>,
    /// 同点のときの順位。上から順に比べます。
    #[serde(default)]
    pub ties: Vec<TieBreak>,
}

/// The part of the table that is applied to each parent.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parents {
    /// 保育を必要とする事由と指数（または階級）。当てはまるもののうち、いちばん高いものを使います。
    pub criteria: Vec<Criterion>,
    /// 保護者ごとに足し引きする点。当てはまるものをすべて足します。
    #[serde(default)]
    pub adjustments: Vec<Adjustment>,
    /// 二人の保護者をどう合わせるか。
    pub combine: Combine,
    /// 保護者が一人のとき、いない保護者の代わりに数える点。書かなければ一人分だけで計算します。
    #[serde(default)]
    pub absent: Option<Ratio>,
    /// 階級の順（上の階級から）。`worst_rank` で使います。
    #[serde(default)]
    pub ranks: Vec<String>,
}

/// One line of the table for parents.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// 名前（開示のときに示す言葉）。
    pub name: String,
    /// 当てはまる条件。
    #[serde(default)]
    pub when: Condition,
    /// 指数。
    #[serde(default)]
    pub points: Ratio,
    /// 階級。
    #[serde(default)]
    pub rank: Option<String>,
}

/// How two parents become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// 合計。
    Sum,
    /// 平均。
    Mean,
    /// 低い方。
    Min,
    /// 下の階級。
    WorstRank,
}

/// Adjustments that belong together.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// まとまりの名前。
    pub name: String,
    /// 数え方。書かなければ合計です。
    #[serde(default)]
    pub how: Sum,
    /// `max_plus` のとき、二つ目からの一つごとに足す点。
    #[serde(default = "one")]
    pub each_more: Ratio,
    /// 項目。
    pub items: Vec<Adjustment>,
}

fn one() -> Ratio {
    Ratio::whole(1)
}

/// How the items of a group are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sum {
    /// すべて足す。
    #[default]
    All,
    /// いちばん高いものだけ（重ねて数えない）。
    Highest,
    /// いちばん低いものだけ（減点を重ねない）。
    Lowest,
    /// 上から順に見て、最初に当てはまるものだけ。
    First,
    /// いちばん高いものに、ほかの一つごとの点を足す。
    MaxPlus,
}

/// One adjustment.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// 名前（開示のときに示す言葉）。
    pub name: String,
    /// 当てはまる条件。
    pub when: Condition,
    /// 足す点（引くときは負の数）。
    #[serde(default)]
    pub points: Ratio,
    /// この階級にする。
    #[serde(default)]
    pub rank: Option<String>,
}

/// One key by which equal points are told apart.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TieBreak {
    /// 名前（開示のときに示す言葉）。
    pub name: String,
    /// この名前の数で比べる。
    #[serde(default)]
    pub by: Option<String>,
    /// 大きい方を先にするか。書かなければ小さい方が先です。
    #[serde(default)]
    pub largest_first: bool,
    /// この条件に当てはまる方を先にする。
    #[serde(default)]
    pub when: Option<Condition>,
    /// 保護者の事由（criteria の名前）を、この順に先にする。二人のうち後の方の事由で比べます。
    #[serde(default)]
    pub criteria: Vec<String>,
}
