//! The names of keys, as they are written in a scenario: alone, or with others that are held, `Ctrl+S`.

use super::on_screen::one_or_more;
use crate::drivers::browser::{HELD, KEYS, Stroke};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;
use std::borrow::Cow;

/// A key by its name.
#[derive(Debug)]
pub(super) struct KeyName(String);

/// A key that is held while another is pressed.
#[derive(Debug)]
pub(super) struct HeldKey(String);

/// Keys one after the other, each with those that are held with it.
#[derive(Debug)]
pub(super) struct Chords(Vec<Stroke>);

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

/// One stroke out of its written form.
fn chord(written: &str) -> Result<Stroke, String> {
    let mut names: Vec<&str> = written.split('+').map(str::trim).collect();
    let key = names.pop().unwrap_or_default();
    if key_names().iter().any(|known| known == key)
        && names.iter().all(|name| held_names().iter().any(|h| h == name))
    {
        let held = names.into_iter().map(str::to_owned).collect();
        return Ok(Stroke { held, key: key.to_owned() });
    }
    Err(format!("「{written}」というキーはありません。Enter、F12、S、Ctrl+S、Alt+R のように書きます"))
}

impl KeyName {
    /// The stroke of this key while those are held.
    pub(super) fn stroke(&self, held: &[HeldKey]) -> Stroke {
        Stroke { held: names_of(held), key: self.0.clone() }
    }
}

impl Chords {
    /// The strokes while those are held as well.
    pub(super) fn strokes(&self, held: &[HeldKey]) -> Vec<Stroke> {
        let with = |stroke: &Stroke| {
            let mut all = names_of(held);
            all.extend(stroke.held.iter().filter(|name| !held.iter().any(|h| h.0 == **name)).cloned());
            Stroke { held: all, key: stroke.key.clone() }
        };
        self.0.iter().map(with).collect()
    }
}

fn names_of(held: &[HeldKey]) -> Vec<String> {
    held.iter().map(|h| h.0.clone()).collect()
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

impl<'de> Deserialize<'de> for Chords {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let written = match Value::deserialize(d)? {
            Value::Array(all) => all,
            one => vec![one],
        };
        if written.is_empty() {
            return Err(D::Error::custom("キーを一つ以上書きます"));
        }
        let one = |value: &Value| match value {
            Value::String(text) => chord(text),
            other => chord(&other.to_string()),
        };
        written.iter().map(one).collect::<Result<_, _>>().map(Self).map_err(D::Error::custom)
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

impl JsonSchema for Chords {
    fn schema_name() -> Cow<'static, str> {
        "Chords".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        one_or_more()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn strokes(written: Value) -> Result<Vec<String>, String> {
        let chords: Chords = serde_json::from_value(written).map_err(|e| e.to_string())?;
        Ok(chords.strokes(&[]).iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_key_is_written_alone_with_others_or_in_a_row() {
        assert_eq!(strokes(json!("F12")), Ok(vec!["F12".into()]));
        assert_eq!(strokes(json!("Ctrl+Shift+S")), Ok(vec!["Ctrl+Shift+S".into()]));
        assert_eq!(strokes(json!(["Tab", "Alt+R"])), Ok(vec!["Tab".into(), "Alt+R".into()]));
        let chords: Chords = serde_json::from_value(json!("Ctrl+S")).expect("a key");
        let held = [HeldKey("Ctrl".into()), HeldKey("Shift".into())];
        assert_eq!(chords.strokes(&held)[0].to_string(), "Ctrl+Shift+S", "held once");
    }

    #[test]
    fn what_is_no_key_is_named() {
        for wrong in
            [json!("F13"), json!("Strg+S"), json!("Ctrl+"), json!("実行"), json!([]), json!("S+Ctrl")]
        {
            let said = strokes(wrong.clone()).expect_err("no key");
            assert!(said.contains("キー"), "{wrong}: {said}");
        }
    }
}
