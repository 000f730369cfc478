//! The film of an item: what was done on its screens, kept fully when it fails and thinly when it does not.

use super::{
    EngineError, film_page,
    item::{End, Work, resting_place},
};
use crate::{
    scenario::Step,
    step::{Blob, Effect, Failure, HardCopy, Look, Seen},
};
use serde_json::json;
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// How long a look at a screen may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most steps of an item that are filmed; a loop over a long list must not fill the memory.
const LONGEST: usize = 500;

/// One step on a screen.
#[derive(Clone)]
pub(super) struct Cut {
    pub(super) step: String,
    pub(super) action: &'static str,
    /// Local time, `09:30:12`.
    pub(super) at: String,
    pub(super) took: Duration,
    /// Which try, from 1.
    pub(super) attempt: u32,
    /// Code and sentence.
    pub(super) failure: Option<(&'static str, String)>,
    pub(super) seen: Seen,
    hard_copy: HardCopy,
    irreversible: bool,
}

impl Cut {
    /// The cut as it is kept: nothing the system forbids, and pictures only where somebody will want them.
    fn kept(mut self, failed: bool) -> Self {
        let pictures = match self.hard_copy {
            HardCopy::Forbidden => false,
            HardCopy::OnFailure => failed,
            HardCopy::Allowed => failed || self.irreversible,
        };
        if !pictures {
            self.seen.picture = None;
            for act in &mut self.seen.acts {
                (act.before, act.after) = (None, None);
            }
        }
        if self.hard_copy == HardCopy::Forbidden {
            self.seen.dialog = None;
            for page in &mut self.seen.pages {
                page.text.clear();
                page.title.clear();
            }
        }
        self
    }
}

/// What was done on the screens of an item so far.
#[derive(Default)]
pub(super) struct Film(Mutex<Vec<Cut>>);

impl Film {
    fn add(&self, cut: Cut) {
        let mut cuts = self.0.lock().expect("no panic while a cut is added");
        if cuts.len() == LONGEST {
            cuts.remove(0);
        }
        cuts.push(cut);
    }

    /// Takes over what another has.
    pub(super) fn join(&self, other: &Self) {
        for cut in other.take() {
            self.add(cut);
        }
    }

    fn take(&self) -> Vec<Cut> {
        std::mem::take(&mut *self.0.lock().expect("no panic while a cut is added"))
    }
}

impl Work<'_> {
    /// Looks at the screen after a step: adds a cut to the film; gives what is kept of it at once.
    pub(super) async fn look(
        &self,
        step: &Step,
        (attempt, began): (u32, Instant),
        failure: Option<&Failure>,
    ) -> Vec<Blob> {
        let Some(lease) = step.on.as_ref().and_then(|on| self.leases.get(on)) else { return Vec::new() };
        let irreversible = step.action.effect == Effect::Irreversible;
        let hard_copy = lease.facts.hard_copy;
        let whole = failure.is_some() || irreversible && hard_copy == HardCopy::Allowed;
        let look = if whole { Look::Screen } else { Look::Acts };
        let took = began.elapsed();
        let looking = (self.pass.engine.opener.look)(lease.session.clone(), look);
        let seen = tokio::time::timeout(PATIENCE, looking).await.ok().flatten().unwrap_or_default();
        let cut = Cut {
            step: step.id.clone(),
            action: step.action.name,
            at: self.pass.engine.clock.local().strftime("%H:%M:%S").to_string(),
            took,
            attempt,
            failure: failure.map(|f| (f.code, f.message.clone())),
            seen,
            hard_copy,
            irreversible,
        };
        let blobs = if whole { blobs(&cut.clone().kept(failure.is_some())) } else { Vec::new() };
        self.film.add(cut);
        blobs
    }

    /// Keeps the film of an item that came to rest.
    pub(super) async fn keep_film(&self, end: &End) -> Result<(), EngineError> {
        let cuts = self.film.take();
        let Some(last) = cuts.last() else { return Ok(()) };
        if matches!(end, End::Back) {
            return Ok(());
        }
        let failed = !matches!(end, End::Done | End::Already(..));
        let Some(step) = self.steps.iter().find(|s| s.id == last.step).or(self.steps.first()).cloned() else {
            return Ok(());
        };
        let cuts: Vec<Cut> = cuts.into_iter().map(|cut| cut.kept(failed)).collect();
        let (state, _, _, reason) = resting_place(end);
        let head = film_page::Head {
            scenario: &self.pass.scenario.title,
            run: &self.pass.run.id,
            n: self.n,
            state: state.label(),
            reason: reason.unwrap_or_default(),
        };
        let bytes = film_page::html(&head, &cuts).into_bytes();
        self.keep(&step, vec![Blob { kind: "film.html", field: None, bytes }]).await
    }
}

/// The picture, and what is said of the screen in words: every frame with its address and text, the open dialog, and what
/// was done last.
fn blobs(cut: &Cut) -> Vec<Blob> {
    let acts = cut
        .seen
        .acts
        .iter()
        .map(|a| json!({ "what": a.what, "name": a.name, "frame": a.frame, "element": a.tag }));
    let screen = json!({
        "step": cut.step,
        "action": cut.action,
        "dialog": cut.seen.dialog,
        "frames": cut.seen.pages,
        "last": acts.collect::<Vec<_>>(),
    });
    let words = Blob { kind: "screen.json", field: None, bytes: screen.to_string().into_bytes() };
    let picture = cut.seen.picture.clone();
    let picture = picture.map(|bytes| Blob { kind: "screen.png", field: None, bytes });
    picture.into_iter().chain([words]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::{ScreenAct, SeenPage};

    fn cut(hard_copy: HardCopy, irreversible: bool) -> Cut {
        let act = ScreenAct { before: Some(vec![1]), after: Some(vec![2]), ..ScreenAct::default() };
        let page =
            SeenPage { url: "http://juki/menu".into(), text: "氏名 甲".into(), ..SeenPage::default() };
        Cut {
            step: "登録".into(),
            action: "browser.submit",
            at: "09:00:00".into(),
            took: Duration::ZERO,
            attempt: 1,
            failure: None,
            seen: Seen { acts: vec![act], picture: Some(vec![3]), pages: vec![page], dialog: None },
            hard_copy,
            irreversible,
        }
    }

    #[test]
    fn pictures_are_kept_where_the_system_allows_it_and_somebody_will_want_them() {
        let pictured = |hard_copy, irreversible, failed| {
            let kept = cut(hard_copy, irreversible).kept(failed);
            assert_eq!(kept.seen.picture.is_some(), kept.seen.acts[0].before.is_some());
            kept.seen.picture.is_some()
        };
        assert!(!pictured(HardCopy::Forbidden, true, true), "never, whatever happened");
        assert!(pictured(HardCopy::OnFailure, false, true) && !pictured(HardCopy::OnFailure, true, false));
        assert!(pictured(HardCopy::Allowed, true, false), "a submit is kept fully");
        assert!(pictured(HardCopy::Allowed, false, true) && !pictured(HardCopy::Allowed, false, false));
    }

    #[test]
    fn a_system_that_forbids_copies_leaves_no_word_of_its_pages() {
        let mut seen = cut(HardCopy::Forbidden, false);
        seen.seen.dialog = Some("甲 は登録済みです".into());
        let kept = seen.kept(true);
        let text = String::from_utf8(blobs(&kept).remove(0).bytes).expect("JSON is text");
        assert!(text.contains("http://juki/menu") && !text.contains('甲'), "{text}");
        let head = film_page::Head { scenario: "s", run: "r", n: 1, state: "失敗", reason: "" };
        let page = film_page::html(&head, &[kept]);
        assert!(!page.contains('甲') && !page.contains("<img"), "{page}");
        let open = film_page::html(&head, &[cut(HardCopy::Allowed, false).kept(true)]);
        assert!(
            open.contains("data:image/png;base64,Aw==") && open.contains("data:image/jpeg;base64,AQ=="),
            "{open}"
        );
    }
}
