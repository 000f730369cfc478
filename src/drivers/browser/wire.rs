//! What chromedriver says, in our words.

use super::{Cause, error::BrowserError};
use std::time::Duration;
use thirtyfour::error::{WebDriverError, WebDriverErrorInner as Inner};

/// What a driver's error means for the act in progress.
pub(super) enum Meaning {
    /// A dialog is open.
    Dialog,
    /// The window, or the frame we were in, is gone.
    Gone,
    /// The page changed under us; looking again is safe, nothing was done.
    Moved,
    /// Anything else.
    Error(BrowserError),
}

/// Sorts a driver's error. `limit` is what a command may take.
pub(super) fn meaning(e: &WebDriverError, limit: Duration) -> Meaning {
    match &**e {
        Inner::UnexpectedAlertOpen(_) => Meaning::Dialog,
        Inner::NoSuchWindow(_) | Inner::NoSuchFrame(_) => Meaning::Gone,
        Inner::StaleElementReference(_)
        | Inner::NoSuchElement(_)
        | Inner::ElementClickIntercepted(_)
        | Inner::ElementNotInteractable(_)
        | Inner::MoveTargetOutOfBounds(_)
        // An empty answer: a dialog opened while a script ran.
        | Inner::Json(_) => Meaning::Moved,
        // A script that ran while its document was replaced.
        Inner::JavascriptError(_) if message(e).contains("unloaded") => Meaning::Moved,
        Inner::Timeout(_) | Inner::ScriptTimeout(_) | Inner::WebDriverTimeout(_) => {
            Meaning::Error(Cause::Timeout { what: "ページの読み込み".into(), limit }.into())
        }
        Inner::InsecureCertificate(_) => Meaning::Error(Cause::Certificate("ERR_CERT".into()).into()),
        Inner::RequestFailed(_)
        | Inner::HttpError(_)
        | Inner::InvalidSessionId(_)
        | Inner::IoError(_)
        | Inner::FatalError(_) => Meaning::Error(Cause::Gone(message(e)).into()),
        _ => Meaning::Error(unknown(&message(e)).into()),
    }
}

/// Whether nothing was answered within what a command may take.
pub(super) fn is_silence(e: &WebDriverError) -> bool {
    use Inner as I;
    matches!(&**e, I::Timeout(_) | I::ScriptTimeout(_) | I::RequestFailed(_) | I::HttpError(_))
}

fn unknown(message: &str) -> Cause {
    if let Some(at) = message.find("net::ERR_") {
        let code: String = message[at..].chars().take_while(|c| !c.is_whitespace()).collect();
        return unreachable(code);
    }
    let gone = ["disconnected", "not reachable", "crashed", "chrome not", "target frame detached"];
    if gone.iter().any(|g| message.contains(g)) {
        Cause::Gone(message.into())
    } else {
        Cause::Driver(message.into())
    }
}

/// Why a page could not be fetched, from the browser's code for it.
pub(super) fn unreachable(code: String) -> Cause {
    let plain = code.trim_start_matches("net::");
    if plain.starts_with("ERR_CERT") || plain.starts_with("ERR_SSL") {
        Cause::Certificate(code)
    } else if plain == "ERR_INVALID_AUTH_CREDENTIALS" {
        Cause::Unauthorized
    } else {
        Cause::Unreachable(code)
    }
}

/// What a session that did not begin means.
pub(super) fn not_started(e: &WebDriverError) -> Cause {
    let message = message(e);
    // 「This version of ChromeDriver only supports Chrome version 156」
    if message.contains("only supports Chrome") {
        Cause::DriverVersion(message)
    } else {
        Cause::BrowserStart(message)
    }
}

/// The first line of a driver's message, without its native stack trace and without addresses' queries.
pub(super) fn message(e: &WebDriverError) -> String {
    let text = match &**e {
        Inner::UnknownError(info)
        | Inner::SessionNotCreated(info)
        | Inner::JavascriptError(info)
        | Inner::InvalidArgument(info)
        | Inner::InvalidSelector(info)
        | Inner::InvalidSessionId(info)
        | Inner::InvalidElementState(info) => info.value.message.clone(),
        Inner::RequestFailed(_) | Inner::HttpError(_) => "chromedriver が応答しません".into(),
        _ => e.to_string(),
    };
    let line = text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default();
    line.split('?').next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_of_another_version_is_told_from_a_browser_that_does_not_start() {
        let body = r#"{"value":{"error":"session not created","message":"session not created: This version of ChromeDriver only supports Chrome version 156\nCurrent browser version is 99.0.4844.51 with binary path /usr/bin/chromium","stacktrace":""}}"#;
        let cause = not_started(&WebDriverError::parse(500, body.into()));
        assert!(matches!(&cause, Cause::DriverVersion(said) if said.contains("156")), "{cause:?}");
        assert!(cause.to_string().contains("chromium-driver"), "{cause}");
        let body = r#"{"value":{"error":"session not created","message":"session not created: Chrome failed to start","stacktrace":""}}"#;
        assert!(matches!(not_started(&WebDriverError::parse(500, body.into())), Cause::BrowserStart(_)));
    }

    #[test]
    fn the_native_stack_trace_never_reaches_a_person() {
        let body = r##"{"value":{"error":"unknown error","message":"unknown error: net::ERR_CONNECTION_REFUSED\n  (Session info: chrome=1)","stacktrace":"#0 0x55\n#1 0x56"}}"##;
        let Meaning::Error(e) = meaning(&WebDriverError::parse(500, body.into()), Duration::ZERO) else {
            panic!("an unknown error is an error")
        };
        assert_eq!(e.cause, Cause::Unreachable("net::ERR_CONNECTION_REFUSED".into()));
        assert!(!e.to_string().contains("0x55"));
    }
}
