//! Browser sessions as the engine wants them.

use crate::{
    drivers::browser::{
        BrowserError, BrowserSettings, Evidence, Pictures, Session, Shot, SystemRules, origin_of,
    },
    privacy::{holds_my_number, scrub},
    step::{
        BoxFuture, Door, Failure, HardCopy, Look, ScreenAct, Seen, SeenPage, SessionHandle, SessionOpener,
        SystemFacts,
    },
};
use secrecy::ExposeSecret as _;
use std::sync::Arc;

/// Opens, checks, looks at and ends browser sessions.
pub fn opener(settings: BrowserSettings) -> SessionOpener {
    let settings = Arc::new(settings);
    SessionOpener {
        open: Box::new(move |facts, door| Box::pin(open(Arc::clone(&settings), facts, door))),
        close: Box::new(|session| {
            Box::pin(async move {
                if let Some(session) = session.get::<Session>() {
                    session.close().await;
                }
            })
        }),
        is_good: Box::new(|session| {
            Box::pin(async move {
                match session.get::<Session>() {
                    Some(session) => session.screen().await.check_between().await.is_ok(),
                    None => false,
                }
            })
        }),
        look: Box::new(look),
    }
}

async fn open(
    settings: Arc<BrowserSettings>,
    facts: Arc<SystemFacts>,
    door: Option<Door>,
) -> Result<SessionHandle, Failure> {
    let rules = SystemRules {
        allow: origin_of(&facts.url).into_iter().collect(),
        notices: facts.notices.clone(),
        expired_when: facts.expired_when.clone(),
        locked_when: facts.locked_when.clone(),
        error_when: Vec::new(),
        mask: facts.mask.clone(),
    };
    let session = Session::start(&settings, rules).await.map_err(Failure::from)?;
    match first_page(&session, &facts, door).await {
        Ok(()) => Ok(SessionHandle::new(Arc::new(session))),
        Err(e) => {
            session.close().await;
            Err(e.into())
        }
    }
}

async fn first_page(session: &Session, facts: &SystemFacts, door: Option<Door>) -> Result<(), BrowserError> {
    let mut screen = session.screen().await;
    screen.set_pictures(match facts.hard_copy {
        HardCopy::Allowed => Pictures::All,
        HardCopy::OnFailure => Pictures::Presses,
        HardCopy::Forbidden => Pictures::Never,
    });
    match door {
        Some(door) => screen.open_as(&facts.url, &door.user, door.password.expose_secret()).await,
        None => screen.open(&facts.url).await,
    }
}

fn look(session: SessionHandle, look: Look) -> BoxFuture<'static, Option<Seen>> {
    Box::pin(async move {
        let session = session.get::<Session>()?;
        let mut screen = session.screen().await;
        let acts = screen.take_film().into_iter().map(act).collect();
        let seen = match look {
            Look::Acts => Seen::default(),
            Look::Screen => screen.evidence().await.map(seen).unwrap_or_default(),
        };
        Some(Seen { acts, ..seen })
    })
}

fn act(shot: Shot) -> ScreenAct {
    let Shot { what, name, frame, tag, rect, before, after } = shot;
    ScreenAct { what: what.to_owned(), name: scrub(&name), frame, tag, rect, before, after }
}

/// Declared values were painted over, and numbers of persons where they were seen; what is still to be read of the screen must
/// hold none, or no picture is kept.
fn seen(evidence: Evidence) -> Seen {
    let shown = evidence.pages.iter().flat_map(|page| [&page.text, &page.title]);
    let clean = !shown.into_iter().any(|text| holds_my_number(text));
    if !clean {
        tracing::warn!("a picture of the screen was not kept: an undeclared twelve-digit number is on it");
    }
    let page = |p: crate::drivers::browser::FramePage| SeenPage {
        frame: p.name,
        url: scrub(&p.url),
        title: scrub(&p.title),
        text: scrub(&p.text),
    };
    Seen {
        acts: Vec::new(),
        picture: evidence.picture.filter(|_| clean),
        pages: evidence.pages.into_iter().map(page).collect(),
        dialog: evidence.dialog.map(|text| scrub(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_person_in_a_dialog_goes_no_further() {
        let dialog = Some("個人番号 1234-5678-9018 は登録済みです。".to_owned());
        let said = seen(Evidence { dialog, ..Evidence::default() }).dialog.expect("a dialog is open");
        assert!(!said.contains("5678") && said.contains("登録済み"), "{said}");
    }
}
