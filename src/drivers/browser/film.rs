//! What was done on a screen, with pictures before and after: the film of an item.

use super::{Screen, find::Found, find::Query};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// How many acts are remembered at most; a step does a few.
const KEPT: usize = 200;
/// A picture of a slow page is left out rather than waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What kind of thing a dialog is that was answered.
const DIALOG: &str = "確認や警告の窓";

/// When pictures are taken; what of them is kept is decided by who collects them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pictures {
    /// Never.
    Never,
    /// Before and after each press.
    #[default]
    Presses,
    /// Before and after everything that is done.
    All,
}

/// One thing that was done: which element it was done to, and how the screen looked. Holds no value that was typed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shot {
    /// What kind of thing it is: 入力欄, ボタン ….
    pub what: &'static str,
    /// The label by which it was found.
    pub name: String,
    /// The names of the frames on the way there; empty for the window itself.
    pub frame: String,
    /// Its HTML element.
    pub tag: String,
    /// Where it stood in its frame: left, top, width, height, in CSS pixels.
    pub rect: [f64; 4],
    /// JPEG of the window just before, declared values painted over.
    pub before: Option<Vec<u8>>,
    /// JPEG of the window when what followed had settled.
    pub after: Option<Vec<u8>>,
}

impl Screen {
    /// What was done since the last call, in order.
    pub fn take_film(&mut self) -> Vec<Shot> {
        std::mem::take(&mut self.film)
    }

    /// Whether pictures are taken. The default is before and after each press.
    pub fn set_pictures(&mut self, pictures: Pictures) {
        self.pictures = pictures;
    }

    /// Remembers which element answered a query and is about to be acted on.
    pub(super) fn note_act(&mut self, what: &'static str, found: &Found) {
        let Found { name, frame, tag, rect, .. } = found.clone();
        let shot = Shot { what, name, frame, tag, rect, before: None, after: None };
        // Looked for again because a picture was taken, or the page moved: still the same act.
        let again =
            |last: &&mut Shot| last.after.is_none() && (&last.name, &last.frame) == (&shot.name, &shot.frame);
        if let Some(last) = self.film.last_mut().filter(again) {
            last.rect = rect;
        } else if self.film.len() < KEPT {
            self.film.push(shot);
        }
    }

    /// Remembers a dialog that was declared and has been answered, by the words of the declaration: what else it says may be
    /// about a person, and nothing paints over it.
    pub(super) fn note_dialog(&mut self, declared: &str) {
        if self.film.len() < KEPT {
            self.film.push(Shot { what: DIALOG, name: declared.to_owned(), ..Shot::default() });
        }
    }

    /// Remembers keys that are about to be pressed, with a picture of what it is going to happen on.
    pub(super) async fn picture_before_keys(&mut self, keys: String) {
        let is_pictured = self.pictures != Pictures::Never;
        let before = if is_pictured { self.small_picture(true).await } else { None };
        if self.film.len() < KEPT {
            self.film.push(Shot { what: "キー", name: keys, before, ..Shot::default() });
        }
    }

    /// The last act; a dialog is what it brought.
    fn last_act(&mut self) -> Option<&mut Shot> {
        self.film.iter_mut().rfind(|shot| shot.what != DIALOG)
    }

    /// Like [`Self::find`], with a picture of what it is going to happen on.
    pub(super) async fn find_for_picture(&mut self, query: &Query) -> Result<Found, super::BrowserError> {
        let found = self.find(query, self.deadline()).await?;
        if self.pictures == Pictures::Never {
            return Ok(found);
        }
        let known = self.last_picture.as_ref().filter(|(sign, _)| !sign.is_empty() && *sign == found.sign);
        let (before, found) = if let Some((_, same)) = known {
            (Some(same.clone()), found)
        } else {
            let before = self.small_picture(false).await;
            (before, self.find(&query.unmasking(), self.deadline()).await?)
        };
        if let Some(last) = self.film.last_mut() {
            last.before = before;
        }
        Ok(found)
    }

    /// The picture after the last act, its outcome whatever it is.
    pub(super) async fn picture_after(&mut self) {
        if self.pictures == Pictures::Never || self.last_act().is_none_or(|shot| shot.after.is_some()) {
            return;
        }
        let after = self.small_picture(true).await;
        if let Some(last) = self.last_act() {
            last.after = after;
        }
    }

    /// The picture after something was typed or chosen, where all is pictured.
    pub(super) async fn picture_after_input(&mut self) {
        if self.pictures == Pictures::All {
            self.picture_after().await;
        }
    }

    /// A small masked picture; none while a dialog is open, or when one cannot be had soon. Unless `unmask`, the next look
    /// takes the bars away.
    async fn small_picture(&mut self, unmask: bool) -> Option<Vec<u8>> {
        self.last_picture = None;
        if self.is_broken() {
            return None;
        }
        let taken = timeout(PATIENCE, self.masked_jpeg()).await;
        // A picture that was given up may have left bars on the page.
        let bars = !matches!(taken, Ok(Some((0, ..))));
        if bars && unmask {
            timeout(PATIENCE, self.ask_once("unmask", &json!({}))).await.ok()??;
        }
        let (_, sign, picture) = taken.ok()??;
        self.last_picture = Some((sign, picture.clone()));
        Some(picture)
    }

    /// How many bars are on it, the sign of the screen, and the picture.
    async fn masked_jpeg(&mut self) -> Option<(usize, String, Vec<u8>)> {
        let labels = self.rules.mask.clone();
        let masked = self.ask_all::<usize>("mask", &json!({ "labels": labels })).await.ok()?;
        let shot = json!({ "format": "jpeg", "quality": 50, "optimizeForSpeed": true });
        let taken = self.devtools("Page.captureScreenshot", shot).await?;
        let picture = STANDARD.decode(taken["data"].as_str()?).ok()?;
        Some((masked.items.iter().sum(), masked.sign, picture))
    }
}
