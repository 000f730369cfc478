//! How a page is asked: the script of `page/`, in all frames of a window.

use super::{
    BrowserError, Screen,
    screen::{FramePath, POLL},
    wire::{self, Meaning},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use thirtyfour::error::{WebDriverError, WebDriverErrorInfo, WebDriverResult};
use tokio::time::{Instant, sleep, timeout};

/// The script that looks at a page; its parts use each other. It stays in the window for the looks that follow: it is long, and to
/// send and read it takes longer than to look.
const SCRIPT: &str = concat!(
    "const look = (window, document, given) => (function () {\n",
    include_str!("page/frames.js"),
    include_str!("page/requests.js"),
    include_str!("page/labels.js"),
    include_str!("page/tables.js"),
    include_str!("page/kinds.js"),
    include_str!("page/near.js"),
    include_str!("page/aim.js"),
    include_str!("page/find.js"),
    include_str!("page/read.js"),
    include_str!("page/wording.js"),
    include_str!("page/evidence.js"),
    include_str!("page/answer.js"),
    "}).apply(null, given);
    Object.defineProperty(window, Symbol.for('shoki'), { value: look, configurable: true });
    return look(window, document, arguments);",
);
/// Looks with the script that an earlier look has left: in the topmost window, which stays when frames go, or else in this one.
const LOOK: &str = "
    let look = null;
    try {
        look = window.top[Symbol.for('shoki')];
    } catch (e) {
        // It belongs to others.
    }
    look = look || window[Symbol.for('shoki')];
    return look ? look(window, document, arguments) : 'unknown';";

/// What the script of `page/` answers; `items` as the command gives them.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(super) struct Reply<T> {
    pub frames: Vec<super::survey::Frame>,
    pub items: Vec<T>,
    opaque: Vec<FramePath>,
    stray: bool,
    pub seen: Vec<String>,
    pub hidden: usize,
    /// Another one as soon as the documents show something else; empty where it was not asked for.
    pub sign: String,
    /// Whether what a page has asked its server for after the last act is still on its way.
    busy: bool,
}

impl Screen {
    /// Asks the script of `page/` in all frames of the current window, those of other origins included.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        command: &str,
        arg: Value,
    ) -> Result<Reply<T>, BrowserError> {
        let started = Instant::now();
        loop {
            match self.ask_all(command, &arg).await {
                Ok(reply) => return Ok(reply),
                Err(e) => self.recover(e, started).await?,
            }
        }
    }

    /// After an error that may only mean that the page was being replaced: gets ready for another look.
    async fn recover(&mut self, e: WebDriverError, started: Instant) -> Result<(), BrowserError> {
        match wire::meaning(&e, self.page_timeout) {
            Meaning::Gone | Meaning::Moved if started.elapsed() < self.page_timeout => {
                self.at = None;
                let window = self.window.clone();
                if let Err(e) = self.leave_closed_window().await {
                    return Err(self.fail(e).await);
                }
                if self.window == window {
                    sleep(POLL).await;
                }
                Ok(())
            }
            _ => Err(self.fail(e).await),
        }
    }

    pub(super) async fn ask_all<T: DeserializeOwned>(
        &mut self,
        command: &str,
        arg: &Value,
    ) -> WebDriverResult<Reply<T>> {
        let mut reply = self.ask_here::<T>(command, arg).await?;
        if reply.stray {
            self.at = None;
            self.enter(&[]).await?;
            reply = self.ask_here(command, arg).await?;
        }
        while let Some(path) = reply.opaque.pop() {
            if let Some(more) = self.ask_frame::<T>(command, arg, &path).await? {
                reply.frames.extend(more.frames);
                reply.items.extend(more.items);
                reply.opaque.extend(more.opaque);
                reply.seen.extend(more.seen);
                reply.hidden += more.hidden;
                reply.sign += &more.sign;
                reply.busy |= more.busy;
            }
        }
        self.busy = reply.busy;
        Ok(reply)
    }

    /// Asks a frame of another origin. One that cannot be entered (an error page of the browser) counts as empty.
    async fn ask_frame<T: DeserializeOwned>(
        &mut self,
        command: &str,
        arg: &Value,
        path: &FramePath,
    ) -> WebDriverResult<Option<Reply<T>>> {
        self.enter(&[]).await?;
        self.enter(path).await?;
        let mut arg = arg.clone();
        arg["base"] = json!(path);
        self.ask_here(command, &arg).await.map(Some)
    }

    async fn ask_here<T: DeserializeOwned>(
        &mut self,
        command: &str,
        arg: &Value,
    ) -> WebDriverResult<Reply<T>> {
        if arg["base"].is_null()
            && arg["held"].is_null()
            && let Some(reply) = self.ask_directly(command, arg).await?
        {
            return Ok(reply);
        }
        if self.at.is_none() {
            self.enter(&[]).await?;
        }
        let args = vec![json!(command), arg.clone()];
        let mut answer = self.browser.execute(LOOK, args.clone()).await?;
        if answer.json() == "unknown" {
            // From the topmost window all frames of its origin can be seen, and it is left there.
            if arg["base"].is_null() {
                self.enter(&[]).await?;
            }
            answer = self.browser.execute(SCRIPT, args).await?;
        }
        if answer.json().is_null() {
            // A dialog opened while the script ran; asking again says so.
            return Err(WebDriverError::StaleElementReference(WebDriverErrorInfo::new("no answer".into())));
        }
        answer.convert()
    }

    /// Asks in the topmost window through the browser's own protocol: it takes half as long, but gets hold of no element. None where
    /// the driver has no such way, or something came between; asked in the driver's way, it says what.
    async fn ask_directly<T: DeserializeOwned>(
        &self,
        command: &str,
        arg: &Value,
    ) -> WebDriverResult<Option<Reply<T>>> {
        for script in [LOOK, SCRIPT] {
            let expression = format!("(function () {{{script}}})({}, {arg})", json!(command));
            let look = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
            let answer = timeout(self.page_timeout, self.try_devtools("Runtime.evaluate", look)).await;
            let value = match answer {
                Ok(Ok(mut answer)) => answer["result"]["value"].take(),
                Ok(Err(e)) if wire::is_silence(&e) => return Err(e),
                Ok(Err(_)) => return Ok(None),
                Err(_) => return Err(WebDriverError::Timeout("the page does not answer".to_owned())),
            };
            if value != "unknown" {
                return Ok(serde_json::from_value(value).ok());
            }
        }
        Ok(None)
    }

    /// Asks once, for something that may as well be left out.
    pub(super) async fn ask_once(&mut self, command: &str, arg: &Value) -> Option<()> {
        self.ask_all::<Value>(command, arg).await.ok().map(drop)
    }
}
