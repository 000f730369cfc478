//! What a page says instead of itself: what happened, and what to do.

use super::act_words;
use crate::{
    control::{LogError, acts::ActError, evidence::EvidenceError, people::PeopleError},
    store::StoreError,
};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

/// Why a page is not shown or an act not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Nobody is signed in.
    #[error("サインインしてください。")]
    SignIn,
    /// Their roles do not include it.
    #[error("この画面や操作は、あなたの役割では使えません。必要なときは管理者に相談してください。")]
    NotAllowed,
    /// No such page or thing.
    #[error("お探しのページはありません。消去されたか、アドレスが違います。")]
    NotFound,
    /// The act is not possible as things are; in words for the person.
    #[error("{0}")]
    Not(String),
    /// The record cannot be read or written; in words for the person.
    #[error("{0}")]
    Record(String),
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct Words<'a> {
    title: &'static str,
    text: &'a str,
    style: &'static str,
}

impl Refusal {
    const fn status(&self) -> StatusCode {
        match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Not(_) => StatusCode::CONFLICT,
            Self::Record(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn title(&self) -> &'static str {
        match self {
            Self::SignIn => "サインインが必要です",
            Self::NotAllowed => "使えない操作です",
            Self::NotFound => "ページがありません",
            Self::Not(_) => "できませんでした",
            Self::Record(_) => "記録を扱えません",
        }
    }

    /// The page.
    pub(super) fn page(&self) -> Html<String> {
        let words = Words { title: self.title(), text: &self.to_string(), style: super::assets::style() };
        Html(words.render().unwrap_or_else(|_| self.title().to_owned()))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Self::Record(reason) = &self {
            tracing::error!(reason, "the console cannot read or write the record");
        }
        (self.status(), self.page()).into_response()
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Move { .. } => Self::Not(format!(
                "{error}ほかの職員が先に操作した可能性があります。画面を開き直してください。"
            )),
            // What a library said is for the log of the program, not for the person.
            StoreError::Other(error) => {
                tracing::error!(%error, "the database refuses");
                Self::Record("記録用データベースを読み書きできません。しばらく待って開き直し、続くときは情報システム担当に知らせてください。".into())
            }
            error => Self::Record(error.to_string()),
        }
    }
}

impl From<LogError> for Refusal {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Store(error) => error.into(),
            error => Self::Record(error.to_string()),
        }
    }
}

impl From<PeopleError> for Refusal {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Record(error) => error.into(),
            error => Self::Not(error.to_string()),
        }
    }
}

impl From<ActError> for Refusal {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Record(error) => error.into(),
            error => Self::Not(act_words::told(&error)),
        }
    }
}

impl From<EvidenceError> for Refusal {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Record(error) => error.into(),
            EvidenceError::Gone(_) => Self::NotFound,
            error => Self::Not(error.to_string()),
        }
    }
}

impl From<askama::Error> for Refusal {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page cannot be made");
        Self::Record("画面を作れませんでした。情報システム担当に知らせてください。".into())
    }
}
