//! What goes wrong on a screen, in words for the person who looks at the item in the morning.

use std::{fmt, time::Duration};

/// What follows from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Technical; a later try in a fresh session may succeed.
    Again,
    /// The case itself, or the scenario, is not right; trying again gives the same.
    Stop,
    /// Something nobody declared; a person must look at the evidence.
    Undeclared,
}

/// What an element lacked when it was to be acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// Its document is still loading.
    Loaded,
    /// It is not shown.
    Visible,
    /// It is disabled.
    Enabled,
    /// It cannot be written to.
    Editable,
    /// It is moving.
    Stable,
    /// It cannot have the focus.
    Focusable,
    /// Something lies over it: the tag name of what does.
    Uncovered(String),
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loaded => f.write_str("ページの読み込みが終わっていません"),
            Self::Visible => f.write_str("画面に表示されていません"),
            Self::Enabled => f.write_str("無効（グレー表示）です"),
            Self::Editable => f.write_str("入力できない（読み取り専用の）欄です"),
            Self::Stable => f.write_str("動いていて位置が定まりません"),
            Self::Focusable => f.write_str("カーソルを置けない部品です"),
            Self::Uncovered(by) => write!(f, "ほかの部品（{by}）に隠れていて押せません"),
        }
    }
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The program chromedriver is not there.
    #[error(
        "chromedriver が見つかりません（{0}）。`apt-get install chromium chromium-driver` で入れてから `shoki doctor` で確かめてください。"
    )]
    DriverMissing(String),
    /// It is there and does not start.
    #[error("chromedriver を起動できません（{0}）。`shoki doctor` で確かめてください。")]
    DriverStart(String),
    /// Chromium does not start.
    #[error(
        "Chromium を起動できません（{0}）。Chromium と chromedriver の版が同じか、`shoki doctor` で確かめてください。"
    )]
    BrowserStart(String),
    /// Driver or browser ended.
    #[error("ブラウザーとの接続が切れました（{0}）。")]
    Gone(String),
    /// An earlier error has made the session unusable.
    #[error("このブラウザーは先の異常のため使えません。新しくログインし直します。")]
    Broken,
    /// The system does not answer.
    #[error(
        "対象システムに接続できません（{0}）。対象システムが動いているか、ネットワークを確かめてください。"
    )]
    Unreachable(String),
    /// The certificate of the system cannot be trusted.
    #[error(
        "対象システムの証明書を確かめられません（{0}）。証明書の期限、この機械の時計、庁内の認証局の証明書がこの機械に入っているかを、システムの担当に確かめてください。"
    )]
    Certificate(String),
    /// The system wants a name and a password before it shows anything (HTTP authentication).
    #[error(
        "対象システムが画面を出す前に利用者名とパスワードを求めています（HTTP 認証）。systems: のこのシステムに basic_auth: でアカウントの名前を書き、`shoki account set` で登録してください。"
    )]
    Unauthorized,
    /// chromedriver and Chromium are of different versions.
    #[error(
        "chromedriver と Chromium の版が合いません（{0}）。`apt-get install chromium chromium-driver` で同じ版にそろえ、`shoki doctor` で確かめてください。"
    )]
    DriverVersion(String),
    /// A page of a size no screen has.
    #[error("ページが大きすぎます（{0} MiB）。検索条件を絞るか、1ページに表示する件数を減らしてください。")]
    TooBig(u32),
    /// Something did not happen in time.
    #[error("{what}が {} 秒以内に終わりませんでした。対象システムが混んでいないか、一度に大きすぎるものを求めていないかを確かめてください。", limit.as_secs_f32())]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        limit: Duration,
    },
    /// A page said that the session has run out.
    #[error("ログインの有効期限が切れました（画面に「{0}」）。")]
    Expired(String),
    /// A page said that somebody else holds the record.
    #[error("ほかの職員が使用中です（画面に「{0}」）。")]
    Locked(String),
    /// A page showed a text that was declared as an error.
    #[error("対象システムがエラーを示しました（画面に「{0}」）。")]
    Refused(String),
    /// Nothing of that name is on the screen.
    #[error("{what}「{name}」が画面に見つかりません。{}", seen_here(seen))]
    NotFound {
        /// 入力欄, ボタン, 表 ….
        what: &'static str,
        /// The label as the scenario has it.
        name: String,
        /// Labels of the same kind that are there.
        seen: Vec<String>,
    },
    /// More than one thing has that name.
    #[error("{what}「{name}」が {} か所にあり、どれか決められません（{}）。より詳しく指定してください。", found.len(), found.join("、"))]
    Ambiguous {
        /// 入力欄, ボタン, 表 ….
        what: &'static str,
        /// The label as the scenario has it.
        name: String,
        /// Where they are: label and frame.
        found: Vec<String>,
    },
    /// It is there and cannot be acted on.
    #[error("{what}「{name}」を操作できません: {lack}。")]
    NotReady {
        /// 入力欄, ボタン, 表 ….
        what: &'static str,
        /// The label as the scenario has it.
        name: String,
        /// What was missing.
        lack: Lack,
    },
    /// A text did not appear.
    #[error("「{0}」が画面に表示されませんでした。")]
    NoText(String),
    /// Another text appeared in its place, which has it as a part.
    #[error(
        "「{wanted}」ではなく「{found}」が画面に出ています。登録されたかどうかを対象システムで確かめてください。"
    )]
    OtherText {
        /// The text that was to come.
        wanted: String,
        /// What came: the text with the words around it that make something else of it.
        found: String,
    },
    /// A text appeared, and the page took it away at once.
    #[error("「{0}」が画面に出てすぐに消えました。登録されたかどうかを対象システムで確かめてください。")]
    TakenBack(String),
    /// The page's character set lacks a character.
    #[error("「{field}」に入れる値の「{character}」（U+{:04X}）は、この画面の文字コード（{charset}）では送れません。代わりの字を決めて入力してください。", *character as u32)]
    Unrepresentable {
        /// The field's label.
        field: String,
        /// The first character that cannot be sent.
        character: char,
        /// The page's character set.
        charset: String,
    },
    /// What the driver would press as a key instead of typing it.
    #[error("「{field}」に入れる値の{}は、文字ではなくキーとして押されてしまうため入れませんでした。値から取り除くか、代わりの字を決めて入力してください。", as_key(*character))]
    Untypable {
        /// The field's label.
        field: String,
        /// The first character that would be pressed.
        character: char,
    },
    /// The field is too short.
    #[error("「{field}」には {max} 文字までしか入りません（入れる値は {length} 文字）。")]
    TooLong {
        /// The field's label.
        field: String,
        /// The field's limit in UTF-16 units.
        max: usize,
        /// The value's length in UTF-16 units.
        length: usize,
    },
    /// The field takes values of another kind, or of another range. The message does not hold the value: a date of birth is
    /// personal.
    #[error("「{field}」に入れる値は、この欄に入らないため入れませんでした。{why}。値を確かめてください。")]
    Misfit {
        /// The field's label.
        field: String,
        /// What it takes.
        why: String,
    },
    /// What stands in the field afterwards is something else.
    #[error("「{0}」に入れた値と、画面に残った値が違います。")]
    Changed(String),
    /// A list has no such choice.
    #[error("「{field}」に選択肢「{option}」がありません（あるのは {}）。", options.join("、"))]
    NoOption {
        /// The field's label.
        field: String,
        /// The choice as the scenario has it.
        option: String,
        /// The choices that are there.
        options: Vec<String>,
    },
    /// A dialog nobody declared.
    #[error("宣言されていないダイアログが出ました:「{0}」。何も押さずに止めました。")]
    Dialog(String),
    /// The declared dialog did not come.
    #[error("「{0}」の確認ダイアログが出ませんでした。画面の動きが変わっていないか確かめてください。")]
    NoDialog(String),
    /// A window nobody declared.
    #[error("宣言されていない画面（ウィンドウ）が開きました:「{0}」。何も押さずに止めました。")]
    Window(String),
    /// The browser was led to a host that is not on the allow list.
    #[error("許可されていない接続先 {0} へ移ろうとしたため止めました。")]
    Foreign(String),
    /// A list goes on after the last allowed page.
    #[error("一覧が {0} ページを超えています。条件を絞るか max_pages を増やしてください。")]
    TooManyPages(usize),
    /// A download ended with an empty or unreadable file.
    #[error("ダウンロードしたファイルを受け取れません（{0}）。")]
    Download(String),
    /// chromedriver refused a command.
    #[error("ブラウザーの操作に失敗しました（{0}）。")]
    Driver(String),
}

/// A character that is pressed as a key, as people call it.
fn as_key(character: char) -> String {
    match character {
        '\n' | '\r' => "改行".into(),
        '\t' => "タブ".into(),
        '\u{e000}'.. => format!("外字（U+{:04X}）", u32::from(character)),
        _ => format!("制御文字（U+{:04X}）", u32::from(character)),
    }
}

fn seen_here(seen: &[String]) -> String {
    if seen.is_empty() { String::new() } else { format!("画面にあるのは: {}。", seen.join("、")) }
}

/// An error with what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct BrowserError {
    /// What went wrong.
    pub cause: Cause,
    /// Whether the act that cannot be undone may already have reached the system: the button of
    /// [`super::Submit`] was pressed.
    pub pressed: bool,
}

impl BrowserError {
    /// What follows.
    #[must_use]
    pub fn kind(&self) -> Kind {
        use Cause as C;
        match &self.cause {
            C::Dialog(_) | C::NoDialog(_) | C::Window(_) | C::Foreign(_) => Kind::Undeclared,
            C::Refused(_)
            | C::Ambiguous { .. }
            | C::Unrepresentable { .. }
            | C::Untypable { .. }
            | C::TooLong { .. }
            | C::Misfit { .. }
            | C::Changed(_)
            | C::NoOption { .. }
            | C::TooBig(_)
            | C::TooManyPages(_) => Kind::Stop,
            _ => Kind::Again,
        }
    }

    /// Whether the session must be replaced by a fresh one: the screen is no longer known.
    #[must_use]
    pub fn breaks_session(&self) -> bool {
        use Cause as C;
        match &self.cause {
            C::Refused(_)
            | C::Ambiguous { .. }
            | C::Unrepresentable { .. }
            | C::Untypable { .. }
            | C::TooLong { .. }
            | C::Misfit { .. }
            | C::NoOption { .. } => false,
            C::NotFound { .. }
            | C::NotReady { .. }
            | C::NoText(_)
            | C::OtherText { .. }
            | C::TakenBack(_) => self.pressed,
            _ => true,
        }
    }

    /// The number under which `shoki explain` knows it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use Cause as C;
        match &self.cause {
            C::DriverMissing(_) | C::DriverStart(_) | C::BrowserStart(_) => "SHK0501",
            C::Gone(_) | C::Broken | C::Driver(_) => "SHK0502",
            C::Unreachable(_) => "SHK0503",
            C::Timeout { .. } => "SHK0504",
            C::Expired(_) => "SHK0505",
            C::Locked(_) => "SHK0506",
            C::Refused(_) => "SHK0507",
            C::NotFound { .. } => "SHK0508",
            C::Ambiguous { .. } => "SHK0509",
            C::NotReady { .. } => "SHK0510",
            C::NoText(_) | C::OtherText { .. } | C::TakenBack(_) => "SHK0511",
            C::Unrepresentable { .. } | C::Untypable { .. } => "SHK0512",
            C::TooLong { .. } | C::Misfit { .. } | C::Changed(_) => "SHK0513",
            C::NoOption { .. } => "SHK0514",
            C::Dialog(_) | C::NoDialog(_) => "SHK0515",
            C::Window(_) => "SHK0516",
            C::Foreign(_) => "SHK0517",
            C::TooManyPages(_) => "SHK0518",
            C::Download(_) => "SHK0519",
            C::Certificate(_) => "SHK0520",
            C::TooBig(_) => "SHK0521",
            C::DriverVersion(_) => "SHK0522",
            C::Unauthorized => "SHK0523",
        }
    }
}

impl From<Cause> for BrowserError {
    fn from(cause: Cause) -> Self {
        Self { cause, pressed: false }
    }
}

/// Hides long runs of digits: a dialog's text is shown to people and kept, and may quote a number of a person.
pub(super) fn without_numbers(text: &str) -> String {
    let digits = |c: &char| c.is_numeric();
    let mut out = String::new();
    let mut run = String::new();
    for c in text.trim().chars().chain(['\0']) {
        if digits(&c) {
            run.push(c);
            continue;
        }
        if run.chars().count() >= 7 {
            out.push_str("＊＊＊");
        } else {
            out.push_str(&run);
        }
        run.clear();
        out.push(c);
    }
    out.pop();
    out.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_persons_are_hidden_in_dialog_texts() {
        assert_eq!(without_numbers("宛名番号 0000123456 を登録します。"), "宛名番号 ＊＊＊ を登録します。");
        assert_eq!(without_numbers("3 件 令和7年"), "3 件 令和7年");
        assert_eq!(without_numbers("番号：１２３４５６７８９０１２"), "番号：＊＊＊");
    }

    #[test]
    fn what_nobody_declared_breaks_the_session_and_a_bad_value_does_not() {
        let dialog = BrowserError::from(Cause::Dialog("？".into()));
        assert_eq!((dialog.kind(), dialog.breaks_session()), (Kind::Undeclared, true));
        let value =
            Cause::Unrepresentable { field: "氏名".into(), character: '𠮷', charset: "Shift_JIS".into() };
        assert!(value.to_string().contains("U+20BB7"));
        let value = BrowserError::from(value);
        assert_eq!((value.kind(), value.breaks_session()), (Kind::Stop, false));
    }

    #[test]
    fn what_would_be_pressed_as_a_key_is_called_by_its_name() {
        for (character, name) in
            [('\n', "改行"), ('\u{e007}', "外字（U+E007）"), ('\u{8}', "制御文字（U+0008）")]
        {
            let e = BrowserError::from(Cause::Untypable { field: "住所".into(), character });
            assert!(e.to_string().contains(name), "{e}");
            assert_eq!((e.kind(), e.breaks_session(), e.code()), (Kind::Stop, false, "SHK0512"));
        }
    }
}
