//! Reads a legacy system of `systems:`, and checks arguments that are dangerous in themselves.

use super::{
    System,
    keys::Keys,
    load::Loader,
    names::{Names, place_in},
    steps::Section,
    tree::{Kind, Node},
    units,
};
use crate::{
    expr::{Reference, Scope, references, render},
    step::{ActionDef, HardCopy, Shape, is_ours},
};
use serde_json::{Value, json};

const HARD_COPY: &[(&str, HardCopy)] = &[
    ("allowed", HardCopy::Allowed),
    ("on_failure", HardCopy::OnFailure),
    ("forbidden", HardCopy::Forbidden),
];

impl Loader<'_> {
    /// One system.
    pub(super) fn system(&mut self, id: String, node: &Node, everywhere: &Names) -> Option<System> {
        let mut keys = Keys::open(&mut self.lint, node, "対象システム")?;
        let url = keys.need("url").and_then(|n| self.url(n, everywhere, &id));
        let account = keys.get("account").and_then(|n| self.word(n));
        let hours = self.hours(&mut keys);
        let hard_copy = keys.get("hard_copy").and_then(|n| self.lint.choice(n, HARD_COPY));
        let sessions = keys.get("sessions").and_then(|n| self.lint.count(n, 1, 100));
        let mut names = everywhere.clone();
        if account.is_some() {
            names.add("account", Shape::map([("user", Shape::Text), ("password", Shape::Text)]));
        }
        let sign_in = self.steps(keys.get("sign_in"), Section::SignIn(&id), &mut names);
        let sign_out = self.steps(keys.get("sign_out"), Section::SignOut(&id), &mut everywhere.clone());
        let basic_auth = keys.get("basic_auth").and_then(|n| self.word(n));
        let mut texts = |key| keys.get(key).map_or_else(Vec::new, |n| self.lint.texts(n));
        let [notices, expired_when, locked_when, mask] =
            ["notices", "expired_when", "locked_when", "mask"].map(&mut texts);
        keys.close(&mut self.lint);
        Some(System {
            id,
            url: url?,
            account,
            hours,
            hard_copy: hard_copy.unwrap_or_default(),
            sessions: sessions.and_then(|n| usize::try_from(n).ok()).unwrap_or(1),
            sign_in,
            sign_out,
            basic_auth,
            notices,
            expired_when,
            locked_when,
            mask,
        })
    }

    /// A web address, which may come from a setting.
    fn url(&mut self, node: &Node, names: &Names, id: &str) -> Option<String> {
        let text = self.lint.words(node)?;
        let before = self.lint.problems.len();
        names.check(&mut self.lint, node, &text);
        let settings = serde_json::to_value(&self.office.settings).unwrap_or_default();
        let scope = Scope::new([("settings".to_owned(), settings)].into_iter().collect());
        let filled = render(&json!(text), &scope).ok();
        let address = filled.as_ref().and_then(Value::as_str);
        self.addresses.extend(address.map(|a| (id.to_owned(), a.to_owned())));
        let wrong =
            address.is_some_and(|a| !units::is_web_address(a)) || !text.contains("${{") && address.is_none();
        if wrong && self.lint.problems.len() == before {
            let message = "Web の住所として使えません";
            self.lint.say(
                "SHK0126",
                node.mark(),
                message,
                "http:// か https:// で始まる住所を書きます（利用者名は入れません）",
            );
        }
        Some(text)
    }

    /// Arguments that are dangerous whatever their type: paths out of the office, forms that do not exist, secrets in clear,
    /// a submit that does not look at what follows.
    pub(super) fn check_arguments(&mut self, action: &ActionDef, with: Option<&Node>, word: &Node) {
        let entries: &[(Node, Node)] = match with.map(|n| &n.kind) {
            Some(Kind::Map(entries)) => entries,
            _ => &[],
        };
        let key_of =
            |lint: &super::lint::Lint, key: &Node| key.written(&lint.source).unwrap_or_default().to_owned();
        let mut expects = false;
        let mut written = Vec::new();
        for (key, value) in entries {
            let name = key_of(&self.lint, key);
            expects |= name == "expect";
            written.push(name.clone());
            if let Kind::List(names) = &value.kind
                && name == "field"
            {
                let texts =
                    names.iter().filter_map(|n| n.written(&self.lint.source).map(|t| (n, t.to_owned())));
                for (node, text) in texts.collect::<Vec<_>>() {
                    self.check_locator(node, &text);
                }
            }
            let Kind::Text(text) = &value.kind else { continue };
            match name.as_str() {
                "file" | "folder" | "to" => self.check_path(value, text),
                "else" | "title" | "subject" | "sheet" | "note" => self.check_my_number(value, text),
                "url" => self.check_host(value, text),
                "field" | "button" | "link" | "text" | "over" | "near" | "press" if action.needs_session => {
                    self.check_locator(value, text);
                }
                "form" => self.check_form(value, text),
                "value" if secret_field(entries, &self.lint.source) => self.check_secret(value, text),
                _ => {}
            }
        }
        self.check_secrets_in_clear(with);
        if action.name == "browser.submit" {
            self.check_means(&written, word);
        }
        if action.name == "browser.submit" && !expects {
            let message = "「browser.submit」に「expect」がありません。登録できたかどうか分からなくなります";
            self.lint.say(
                "SHK0117",
                word.mark(),
                message,
                "登録の後に出る言葉を書きます。例: expect: 登録しました",
            );
        }
    }

    /// That a submit says by what it is done, and only what goes with that.
    fn check_means(&mut self, written: &[String], word: &Node) {
        let has = |names: &[&str]| written.iter().any(|name| names.contains(&name.as_str()));
        let (message, help) = if has(&["press"]) == has(&["keys"]) {
            (
                "「browser.submit」には「press」か「keys」のどちらか一つを書きます",
                "押すボタンなら press: 登録、キーなら keys: F12 のように書きます",
            )
        } else if has(&["press"]) && has(&["field", "hold"]) {
            ("「field」と「hold」は、「keys」を書くときだけ使えます", "「press」と一緒に書いたものを消します")
        } else if has(&["keys"]) && !has(&["field"]) && has(&["near", "nth", "row"]) {
            (
                "「near」「nth」「row」は、「press」か「field」を書くときだけ使えます",
                "キーを押す欄を field: に書くか、それらを消します",
            )
        } else {
            return;
        };
        self.lint.say("SHK0112", word.mark(), message, help);
    }

    /// That a text which is kept in the open (a file name, a key in the log, a message) holds no 個人番号.
    pub(super) fn check_my_number(&mut self, node: &Node, text: &str) {
        if let Some(reference) = self.my_number_in(text) {
            let at = place_in(&self.lint, node, text, &reference.at);
            let message = "個人番号をファイル名、キー、メッセージに使うことはできません";
            self.lint.say("SHK0127", at, message, "宛名番号など、個人番号ではない値を使います");
        }
    }

    /// The reference in a text that gives a 個人番号.
    fn my_number_in(&self, text: &str) -> Option<Reference> {
        let named =
            |r: &Reference| r.path.last().is_some_and(|p| r.path.len() > 1 && self.my_numbers.contains(p));
        references(text).unwrap_or_default().into_iter().find(named)
    }

    /// A value that is given another name stays a 個人番号 under that name.
    pub(super) fn follow_my_numbers(&mut self, with: Option<&Node>) {
        let Some(Kind::Map(entries)) = with.map(|n| &n.kind) else { return };
        for (key, value) in entries {
            let Kind::Text(text) = &value.kind else { continue };
            if self.my_number_in(text).is_some() {
                self.my_numbers.extend(key.written(&self.lint.source).map(str::to_owned));
            }
        }
    }

    /// That a literal address belongs to a system of the scenario.
    fn check_host(&mut self, node: &Node, text: &str) {
        let Some(host) = origin(text) else { return };
        let known: Vec<&str> = self.addresses.values().filter_map(|a| origin(a)).collect();
        if self.place.alone || known.len() < self.systems.len() || known.contains(&host) {
            return;
        }
        let message = format!("「{host}」は対象システムの住所ではありません。開けません");
        let help = match &known[..] {
            [] => "systems: に対象システムを書きます".to_owned(),
            _ => format!("開けるのは {} です。ほかの住所は systems: に足します", known.join("、")),
        };
        self.lint.say("SHK0128", node.mark(), message, help);
    }

    fn check_path(&mut self, node: &Node, text: &str) {
        self.check_my_number(node, text);
        if units::leaves_office(text) && !text.contains("://") {
            let message = "庁のフォルダーの外を指しています";
            self.lint.say(
                "SHK0119",
                node.mark(),
                message,
                "庁のフォルダーの中の相対パスを書きます。例: 出力/発送簿.xlsx",
            );
        } else if is_ours(std::path::Path::new(text)) {
            let message = "書記が記録や鍵を置く場所なので、シナリオからは使えません";
            self.lint.say("SHK0119", node.mark(), message, "受付/ や 出力/ などのフォルダーを書きます");
        } else if let Some(sign) = text.chars().find(|c| matches!(c, '\\' | '¥' | '￥' | '／')) {
            let message = format!("フォルダーの区切りに「{sign}」が使われています");
            self.lint.say(
                "SHK0119",
                node.mark(),
                message,
                "区切りを半角の「/」に直します。例: 受付/名簿.csv",
            );
        }
    }

    /// A name for something on a screen that can match nothing.
    fn check_locator(&mut self, node: &Node, text: &str) {
        let Some(wrong) = units::wrong_locator(text) else { return };
        let help = "画面に見える文字か、閉じたかっこと引用符の css=… または xpath=… を書きます";
        self.lint.say("SHK0144", node.mark(), wrong, help);
    }

    fn check_form(&mut self, node: &Node, text: &str) {
        if text.contains("${{") || self.forms.contains_key(text) {
            return;
        }
        let known: Vec<&str> = self.forms.keys().map(String::as_str).collect();
        let help = if known.is_empty() {
            format!("forms/{text}.yaml を作ります")
        } else {
            super::lint::suggestion(text, &known)
        };
        self.lint.say("SHK0122", node.mark(), format!("「{text}」という帳票がありません"), help);
    }

    /// A value under a name that says it is a secret, at any depth.
    fn check_secrets_in_clear(&mut self, node: Option<&Node>) {
        let Some(Kind::Map(entries)) = node.map(|n| &n.kind) else { return };
        for (key, value) in entries {
            if let (Some(name), Kind::Text(text)) = (key.written(&self.lint.source), &value.kind)
                && is_secret_label(name)
            {
                self.check_secret(value, text);
            }
            self.check_secrets_in_clear(Some(value));
        }
    }

    fn check_secret(&mut self, node: &Node, text: &str) {
        if !text.contains("${{") {
            let message = "パスワードがそのまま書かれています";
            self.lint.say(
                "SHK0121",
                node.mark(),
                message,
                "account に預け、${{ account.password }} と書きます",
            );
        }
    }
}

/// `scheme://host:port` of an address; none where it is a path or not all literal.
fn origin(address: &str) -> Option<&str> {
    let begin = address.find("://")? + 3;
    let end = address[begin..].find(['/', '?', '#']).map_or(address.len(), |at| begin + at);
    Some(&address[..end]).filter(|o| !o.contains("${{"))
}

/// Whether a `with:` fills a field whose label says that it is a secret.
fn secret_field(entries: &[(Node, Node)], source: &crate::problem::Source) -> bool {
    let names = |v: &Node| match &v.kind {
        Kind::List(names) => names.iter().any(|n| n.written(source).is_some_and(is_secret_label)),
        _ => v.written(source).is_some_and(is_secret_label),
    };
    entries.iter().any(|(k, v)| k.written(source) == Some("field") && names(v))
}

/// Whether a label says that it is a secret.
fn is_secret_label(label: &str) -> bool {
    let label = label.to_lowercase();
    ["パスワード", "ﾊﾟｽﾜｰﾄﾞ", "暗証", "password", "合言葉"].iter().any(|word| label.contains(word))
}
