//! `browser.press_key`: keys, for screens that are worked without a mouse.

use super::on_screen::{Named, go_to};
use crate::{
    drivers::browser::{Dialogs, HELD, KEYS, Session, Stroke},
    step::{Action, Effect, Failure, StepContext},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::borrow::Cow;

/// Which keys, and where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserPressKey {
    /// 押すキーを順に。Enter、Tab、F1 から F12、Up、PageDown など。英字と数字は1文字で書きます。
    keys: Vec<KeyName>,
    /// 押している間ずっと押さえておくキー。
    #[serde(default)]
    hold: Vec<HeldKey>,
    /// 先にここへ移ってから押します。書かなければ、いまカーソルのあるところで押します。指し方は browser.fill と同じです。
    field: Option<Named>,
    /// 出るかもしれない警告の窓の文の一部。OK を押して進んでよいものだけを書きます。
    #[serde(default)]
    alerts: Vec<String>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

/// A key by its name.
#[derive(Debug)]
struct KeyName(String);

/// A key that is held while another is pressed.
#[derive(Debug)]
struct HeldKey(String);

/// The names of all keys, letters and digits last.
fn key_names() -> Vec<String> {
    let single = ('A'..='Z').chain('0'..='9').map(String::from);
    KEYS.iter().map(|(name, _)| (*name).to_owned()).chain(single).collect()
}

fn held_names() -> Vec<String> {
    HELD.iter().map(|(name, _)| (*name).to_owned()).collect()
}

fn one_of<'de, D: Deserializer<'de>>(d: D, names: &[String]) -> Result<String, D::Error> {
    let name = String::deserialize(d)?;
    if names.contains(&name) {
        Ok(name)
    } else {
        Err(D::Error::custom("そのような名前のキーはありません"))
    }
}

impl<'de> Deserialize<'de> for KeyName {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        one_of(d, &key_names()).map(Self)
    }
}

impl<'de> Deserialize<'de> for HeldKey {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        one_of(d, &held_names()).map(Self)
    }
}

impl JsonSchema for KeyName {
    fn schema_name() -> Cow<'static, str> {
        "KeyName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": key_names() })
    }
}

impl JsonSchema for HeldKey {
    fn schema_name() -> Cow<'static, str> {
        "HeldKey".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": held_names() })
    }
}

impl Action for BrowserPressKey {
    const NAME: &'static str = "browser.press_key";
    const SUMMARY: &'static str = "キーを押します。マウスを使わずに操作する画面に使います。";
    const EXAMPLE: &'static str = "keys: [Tab, F5]\n";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = ();

    async fn run(&self, cx: &StepContext) -> Result<(), Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let held: Vec<String> = self.hold.iter().map(|k| k.0.clone()).collect();
        let stroke = |k: &KeyName| Stroke { held: held.clone(), key: k.0.clone() };
        let strokes: Vec<Stroke> = self.keys.iter().map(stroke).collect();
        let spot = self.field.as_ref().map(|f| f.spot(None, None, None));
        let dialogs = Dialogs { must: Vec::new(), may: self.alerts.clone() };
        Ok(screen.press_keys(spot.as_ref(), &strokes, &dialogs).await?)
    }
}
