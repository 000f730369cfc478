//! The JSON Schemas of scenario and form files (draft 2020-12), for editors. The arguments of steps come from the catalog;
//! a test compares the keys with those that the reader knows.

use crate::step::Catalog;
use serde_json::{Map, Value, json};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The JSON Schema of a scenario file with these actions.
#[must_use]
pub fn scenario_schema(catalog: &Catalog) -> Value {
    let mut schema = json!({
        "$schema": DRAFT,
        "title": "書記のシナリオ",
        "type": "object",
        "additionalProperties": false,
        "required": ["shoki", "id", "title", "owner", "retention", "steps"],
        "properties": {
            "shoki": { "const": 1, "description": "書き方の版" },
            "id": { "type": "string", "description": "シナリオの名前（空白や記号のない文字）" },
            "title": { "type": "string", "description": "題名" },
            "owner": { "type": "string", "description": "担当課" },
            "retention": words("保存年限", &["1y", "3y", "5y", "7y", "10y", "30y"]),
            "saves": { "$ref": "#/$defs/saves" },
            "schedule": list("いつ始めるか", "schedule"),
            "settings": texts("庁の設定（shoki.toml の [settings]）から受け取る値の名前"),
            "systems": { "type": "object", "description": "対象システム", "additionalProperties": { "$ref": "#/$defs/system" } },
            "before": list("はじめに一度だけ行う手順", "step"),
            "items": { "$ref": "#/$defs/items" },
            "steps": list("件ごとに行う手順", "step"),
            "after": list("件の後に行う手順。職員の確認が済んだときや続きを動かしたときは、その時点の件でもう一度行います", "step"),
        },
    });
    schema["$defs"] = definitions(catalog);
    schema
}

/// The shared parts.
fn definitions(catalog: &Catalog) -> Value {
    let mut all = Map::new();
    all.insert("saves".into(), saves());
    all.insert("schedule".into(), schedule());
    all.insert("system".into(), system());
    all.insert("retry".into(), retry());
    all.insert(
        "duration".into(),
        json!({ "type": "string", "pattern": "^[0-9]+[smh]$", "description": "20s、5m、1h" }),
    );
    all.insert("each".into(), each());
    let mut entry = step(catalog, step_keys(), &[]);
    entry["oneOf"] = json!([{ "required": ["do"] }, { "required": ["use"] }, { "required": ["each"] }]);
    all.insert("step".into(), entry);
    let mut keys = step_keys();
    for key in ["use", "each", "secret"] {
        keys.as_object_mut().and_then(|map| map.remove(key));
    }
    keys["key"] = json!({ "type": "string", "description": "件を見分けるキー。前に処理した件は省かれます" });
    all.insert("items".into(), step(catalog, keys, &["do", "key"]));
    for action in catalog.0 {
        let mut with = action.schema().to_value();
        let place = format!("#/$defs/with.{}", action.name);
        move_references(&mut with, &place);
        if let Some(map) = with.as_object_mut() {
            map.remove("$schema");
        }
        all.insert(format!("with.{}", action.name), with);
    }
    Value::Object(all)
}

fn saves() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["minutes_by_hand"], "description": "効果",
        "properties": {
            "minutes_by_hand": { "type": "number", "description": "手作業で1件にかかる分" },
            "note": { "type": "string", "description": "いつ、どう測ったか" },
        },
    })
}

fn schedule() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["at"],
        "properties": {
            "at": { "type": "string", "description": "分 時 日 月 曜日" },
            "days": words("動かす日", &["open", "closed", "all"]),
            "shift": words("動かさない日に当たったとき", &["none", "previous", "next"]),
            "nth_open": { "type": ["string", "integer"], "description": "その月の何番目の開庁日か。1 から 23、first、last、末から数える -1 から -23" },
            "month_end": { "type": "boolean", "description": "月末だけ（閉庁日に当たれば shift に従う）" },
            "from": { "type": "string", "format": "date", "description": "この日から（年度だけの予定など）" },
            "until": { "type": "string", "format": "date", "description": "この日まで" },
            "missed": words("止まっていて過ぎた予定", &["hold", "run_once", "skip"]),
        },
    })
}

fn system() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["url"],
        "properties": {
            "url": { "type": "string", "description": "はじめに開く住所。ここだけを開きます" },
            "account": { "type": "string", "description": "サインインに使うアカウントの名前" },
            "hours": { "type": "string", "description": "操作してよい時間帯。\"08:30-21:30\"" },
            "days": words("使える日", &["open", "closed", "all"]),
            "margin": { "$ref": "#/$defs/duration" },
            "hard_copy": words("画面の写しを残す条件", &["allowed", "on_failure", "forbidden"]),
            "sessions": { "type": "integer", "minimum": 1, "description": "同時にサインインしてよい数" },
            "sign_in": list("サインインの手順", "step"),
            "sign_out": list("実行の終わりにサインアウトする手順", "step"),
            "basic_auth": { "type": "string", "description": "画面を出す前に利用者名とパスワードを求める（HTTP 認証の）システムで使うアカウントの名前" },
            "notices": texts("ひとりでに開くお知らせの窓の題名"),
            "expired_when": texts("有効期限切れの画面に出る言葉"),
            "locked_when": texts("ほかの職員が使用中の画面に出る言葉"),
            "mask": texts("画面の写しで塗りつぶす欄の名前"),
        },
    })
}

fn retry() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "description": "やり直し",
        "properties": {
            "times": { "type": "integer", "minimum": 1, "maximum": 20, "description": "はじめの1回を含む回数" },
            "wait": { "$ref": "#/$defs/duration" },
        },
    })
}

/// The keys of a step; `with` is added by each action.
fn step_keys() -> Value {
    json!({
        "id": { "type": "string", "description": "後の手順から使う名前" },
        "do": { "type": "string", "description": "動作" },
        "with": { "type": "object", "description": "動作の引数" },
        "on": { "type": "string", "description": "対象システム" },
        "if": { "type": ["string", "boolean"], "description": "成り立つときだけ行う条件" },
        "retry": { "$ref": "#/$defs/retry" },
        "timeout": { "$ref": "#/$defs/duration" },
        "on_failure": words(
            "失敗したとき。continue は、やり直しても失敗したその手順だけを結果なし（null）とし、次の手順へ進みます。職員への確認、保留、緊急停止、\
             済んだか分からない取り消せない動作には効かず、use と each の手順には書けません（中の手順には書けます）",
            &["stop_item", "ask", "continue"],
        ),
        "once": { "type": "string", "description": "二重登録を防ぐキー（取り消せない動作に必須）" },
        "probe": list("済んだかどうかを調べる手順", "step"),
        "use": { "type": "string", "description": "部品のファイル（例: parts/サインイン.yaml）" },
        "each": { "$ref": "#/$defs/each" },
        "secret": texts("この手順の中だけで使うアカウントの名前（${{ secret.名前.password }}）"),
    })
}

fn each() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["in", "as", "steps"], "description": "くり返し",
        "properties": {
            "in": { "type": ["string", "array"], "description": "くり返す一覧（例: ${{ 確認.異動者 }}）" },
            "as": { "type": "string", "description": "一つ分の名前（例: 人）" },
            "steps": list("一つごとに行う手順", "step"),
        },
    })
}

/// A step: its keys, the names of the actions, and for each action its arguments.
fn step(catalog: &Catalog, mut keys: Value, required: &[&str]) -> Value {
    let choices = catalog.0.iter().map(|a| json!({ "const": a.name, "description": a.summary }));
    keys["do"] = json!({ "description": "動作", "oneOf": choices.collect::<Vec<_>>() });
    let arguments = catalog.0.iter().map(|a| {
        json!({
            "if": { "properties": { "do": { "const": a.name } }, "required": ["do"] },
            "then": { "properties": { "with": { "$ref": format!("#/$defs/with.{}", a.name) } } },
        })
    });
    json!({
        "type": "object", "additionalProperties": false, "required": required, "properties": keys,
        "allOf": arguments.collect::<Vec<_>>(),
    })
}

/// The JSON Schema of a part file with these actions.
#[must_use]
pub fn part_schema(catalog: &Catalog) -> Value {
    let kinds: Vec<&str> = super::inner::KINDS.iter().map(|(word, _)| *word).collect();
    let mut schema = json!({
        "$schema": DRAFT,
        "title": "書記の部品",
        "type": "object",
        "additionalProperties": false,
        "required": ["shoki_part", "title", "steps"],
        "properties": {
            "shoki_part": { "const": 1, "description": "書き方の版" },
            "title": { "type": "string", "description": "題名" },
            "takes": {
                "type": "object", "description": "受け取る値（中では ${{ with.名前 }}）",
                "additionalProperties": {
                    "type": "object", "additionalProperties": false, "required": ["type"],
                    "properties": {
                        "type": words("値の種類", &kinds),
                        "about": { "type": "string", "description": "説明" },
                        "default": { "description": "渡されないときの値" },
                    },
                },
            },
            "steps": list("手順", "step"),
            "gives": { "type": "object", "description": "呼び出した側に返す値" },
        },
    });
    schema["$defs"] = definitions(catalog);
    schema
}

/// The JSON Schema of a form file.
#[must_use]
pub fn form_schema() -> Value {
    json!({
        "$schema": DRAFT,
        "title": "書記の帳票定義",
        "type": "object",
        "additionalProperties": false,
        "required": ["shoki_form", "id", "title", "page", "fields"],
        "properties": {
            "shoki_form": { "const": 1, "description": "書き方の版" },
            "id": { "type": "string", "description": "帳票の名前" },
            "title": { "type": "string", "description": "題名" },
            "page": { "$ref": "#/$defs/page" },
            "fields": list("項目", "field"),
            "rows": list("くり返しの欄", "rows"),
            "checks": list("項目どうしの確かめ", "check"),
        },
        "$defs": {
            "box": numbers("左, 上, 幅, 高さ（用紙の左上からのミリ）", 4),
            "page": form_page(),
            "field": form_field(),
            "rows": form_rows(),
            "check": form_check(),
        },
    })
}

fn form_page() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["size", "blank"],
        "properties": {
            "size": { "anyOf": [words("用紙", &["A3", "A4", "A5", "B4", "B5"]), numbers("幅, 高さ（ミリ）", 2)] },
            "orientation": words("向き", &["portrait", "landscape"]),
            "blank": { "type": "string", "description": "白紙の様式（帳票定義と同じフォルダー）" },
        },
    })
}

fn form_field() -> Value {
    let place = json!({ "$ref": "#/$defs/box" });
    let places = json!({ "type": "object", "additionalProperties": place });
    json!({
        "type": "object", "additionalProperties": false, "required": ["name", "type"],
        "properties": {
            "name": { "type": "string", "description": "項目の名前" },
            "type": words("項目の種類", super::form_field::TYPES),
            "box": place,
            "required": { "type": "boolean", "description": "必ず書かれているはずか" },
            "cells": { "type": "integer", "minimum": 1, "description": "ます目の数" },
            "lines": { "type": "integer", "minimum": 1, "description": "行の数" },
            "threshold": { "type": "number", "minimum": 0, "maximum": 1, "description": "人の確認なしで通す確率" },
            "confirm": words("確かめる人の数。two は2人が同じ値を入れるまで先へ進みません", &["one", "two"]),
            "entry": words("入力の回数。twice は同じ値を2回入力します（手入力の誤りを防ぐため）", &["once", "twice"]),
            "postal_code": { "type": "string", "description": "住所を読む助けになる郵便番号の項目" },
            "parts": {
                "type": "object", "additionalProperties": false, "required": ["era", "year", "month", "day"],
                "properties": {
                    "era": { "anyOf": [{ "type": "string" }, places] }, "year": place, "month": place, "day": place,
                },
            },
            "mark": words("印の付け方", &["circle", "check", "fill"]),
            "options": places,
            "exactly": { "type": "integer", "minimum": 1, "description": "選ばれる数" },
            "list": { "description": "書かれる言葉の一覧、または1行に1語の CSV の名前", "anyOf": [
                { "type": "array", "items": { "type": "string" } }, { "type": "string" },
            ] },
            "lexicon": { "type": "string", "description": "ありそうな語の CSV（1行に1語）。一覧にない語も読めます" },
        },
    })
}

fn form_rows() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["name", "count", "pitch", "fields"],
        "properties": {
            "name": { "type": "string", "description": "くり返しの名前" },
            "count": { "type": "integer", "minimum": 1, "description": "くり返しの数" },
            "pitch": numbers("次までの間隔: 右へ, 下へ（ミリ）", 2),
            "required_rows": { "type": "integer", "minimum": 0, "description": "必ず書かれている数" },
            "fields": list("一つ目の項目", "field"),
        },
    })
}

fn form_check() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["that", "else", "fields"],
        "properties": {
            "that": { "type": "string", "description": "成り立つはずの式" },
            "else": { "type": "string", "description": "成り立たないときに出す言葉" },
            "fields": texts("そのとき人が見る項目"),
        },
    })
}

fn words(description: &str, words: &[&str]) -> Value {
    json!({ "enum": words, "description": description })
}

fn texts(description: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": description })
}

fn list(description: &str, of: &str) -> Value {
    json!({ "type": ["array", "null"], "items": { "$ref": format!("#/$defs/{of}") }, "description": description })
}

fn numbers(description: &str, count: u32) -> Value {
    json!({ "type": "array", "items": { "type": "number" }, "minItems": count, "maxItems": count, "description": description })
}

/// Makes the references of an action's own schema point to where it was put.
fn move_references(schema: &mut Value, place: &str) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(|s| move_references(s, place)),
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == "$ref" => {
                        if let Some(rest) = text.strip_prefix('#') {
                            *text = format!("{place}{rest}");
                        }
                    }
                    other => move_references(other, place),
                }
            }
        }
        _ => {}
    }
}
