//! `value.require`: what must hold before the case goes on.

use crate::step::{Action, Arg, Effect, Failure, StepContext};
use schemars::JsonSchema;
use serde::Deserialize;

/// What must hold, and what becomes of the item if it does not.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueRequire {
    /// 成り立つべき条件。
    that: Arg<bool>,
    /// 成り立たないときに職員へ見せる文。個人情報を書かないでください。
    #[serde(rename = "else")]
    otherwise: String,
    /// 成り立たないときの件の状態。stopped は中止、held は保留（次の実行で再び取り上げます）。
    #[serde(default)]
    state: End,
}

/// The end of an item for which it does not hold.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum End {
    /// 中止.
    #[default]
    Stopped,
    /// 保留.
    Held,
}

impl Action for ValueRequire {
    const NAME: &'static str = "value.require";
    const SUMMARY: &'static str = "条件が成り立たない件を、理由を付けて中止または保留にします。";
    const EXAMPLE: &'static str =
        "that: ${{ not 照会.支援措置 }}\nelse: 支援措置の対象者です。担当係長に引き継いでください。\n";
    const EFFECT: Effect = Effect::Read;
    type Output = ();

    async fn run(&self, _cx: &StepContext) -> Result<(), Failure> {
        match self.state {
            _ if *self.that.get() => Ok(()),
            End::Stopped => Err(Failure::stop("SHK0701", &self.otherwise)),
            End::Held => Err(Failure::hold("SHK0702", &self.otherwise)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::bench, *};
    use crate::step::FailureKind;
    use serde_json::{Value, json};

    async fn end(with: Value) -> Result<(), (FailureKind, &'static str, String)> {
        let require: ValueRequire = bench::action(with);
        require.run(&bench::context(".".as_ref())).await.map_err(|f| (f.kind, f.code, f.message))
    }

    #[tokio::test]
    async fn stops_holds_or_lets_pass() {
        assert_eq!(end(json!({"that": true, "else": "だめ"})).await, Ok(()));
        let stopped = (FailureKind::Stop, "SHK0701", "だめ".to_owned());
        assert_eq!(end(json!({"that": false, "else": "だめ"})).await, Err(stopped));
        let held = (FailureKind::Hold, "SHK0702", "仮登録です".to_owned());
        assert_eq!(end(json!({"that": false, "else": "仮登録です", "state": "held"})).await, Err(held));
    }

    #[test]
    fn refuses_what_is_no_condition() {
        assert!(serde_json::from_value::<ValueRequire>(json!({"that": "はい", "else": "だめ"})).is_err());
        assert!(
            serde_json::from_value::<ValueRequire>(json!({"that": true, "else": "だめ", "時": 1})).is_err()
        );
    }
}
