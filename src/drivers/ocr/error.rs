//! Why a page could not be read, in the words of the person who must do something about it.

use serde::{Deserialize, Serialize};

/// Why a page could not be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum OcrError {
    /// The file or the page is not readable.
    #[error("ファイルを読めません: {why}")]
    Unreadable {
        /// The cause and what to do, in Japanese.
        why: String,
    },
    /// The page is not this form.
    #[error(
        "このページは帳票「{form}」ではないようです（一致度 {fit:.2}、必要 {need:.2}）。ページの取り違え、上下の欠け、別の版の用紙でないか確かめてください。"
    )]
    NotTheForm {
        /// The form it was held against.
        form: String,
        /// How well the printed matter of the blank lies on the page, 0 to 1.
        fit: f64,
        /// What is needed.
        need: f64,
    },
    /// The page has the lines of the form, and another heading.
    #[error(
        "このページは罫線は帳票「{form}」に合いますが、見出しの文字が違います。よく似た別の帳票（転入届と転居届など）か、別の版の用紙でないか確かめてください。"
    )]
    AnotherHeading {
        /// The form it was held against.
        form: String,
    },
    /// The form's blank original cannot be used.
    #[error("帳票「{form}」の白紙原本を読めません: {why}")]
    BadBlank {
        /// The form.
        form: String,
        /// The cause.
        why: String,
    },
    /// A native part is not on this machine.
    #[error("読取りに必要な部品 {part} がありません。`sh installer/native.sh` を実行してください。")]
    NativeMissing {
        /// The file.
        part: String,
    },
    /// A native part is not the one that was tested.
    #[error(
        "読取りの部品 {part} の SHA-256 が一致しません（壊れているか、版が違います）。`sh installer/native.sh` で入れ直してください。"
    )]
    NativeDamaged {
        /// The file.
        part: String,
    },
    /// The reader cannot be walled in on this machine, and the office asks for it.
    #[error(
        "読取りのプロセスを隔離できないため読みません（{why}）。`shoki doctor` で確かめ、カーネルを更新するか、shoki.toml の [reading] sandbox を \"usual\" にしてください。"
    )]
    NotWalled {
        /// What is missing.
        why: String,
    },
    /// A native part is there and does not start.
    #[error("読取りの部品 {part} を使えません: {why}")]
    NativeBroken {
        /// The file.
        part: String,
        /// What its own message says.
        why: String,
    },
    /// Tesseract has no Japanese data.
    #[error(
        "Tesseract の日本語データ（jpn.traineddata）がありません。`apt-get install tesseract-ocr-jpn` を実行し、環境変数 TESSDATA_PREFIX を使っているときはその場所を確かめてください。"
    )]
    NoTesseractData,
    /// The reader took too long and was ended.
    #[error(
        "読取りが {seconds} 秒で終わらなかったため打ち切りました。ファイルが極端に大きいか、壊れている可能性があります。"
    )]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// The reader ended in the middle.
    #[error(
        "読取りの途中で読取プログラムが落ちました。ファイルが壊れている可能性があります（ほかの件には影響しません）。"
    )]
    Crashed,
    /// The reader could not be started.
    #[error("読取プログラムを起動できません: {why}")]
    CannotStart {
        /// The system's message.
        why: String,
    },
}

impl OcrError {
    /// A page that cannot be read, with its cause.
    pub(super) fn unreadable(why: impl Into<String>) -> Self {
        Self::Unreadable { why: why.into() }
    }

    /// Whether another try, without a person doing anything, may succeed.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::TimedOut { .. } | Self::CannotStart { .. })
    }
}
