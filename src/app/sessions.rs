//! Browser sessions as the engine wants them.

use crate::{
    drivers::browser::{BrowserSettings, Session, SystemRules, origin_of},
    privacy::holds_my_number,
    step::{BoxFuture, Failure, SessionHandle, SessionOpener, SystemFacts},
};
use std::sync::Arc;

/// Opens, ends and photographs browser sessions.
pub fn opener(settings: BrowserSettings) -> SessionOpener {
    let settings = Arc::new(settings);
    SessionOpener {
        open: Box::new(move |facts| Box::pin(open(Arc::clone(&settings), facts))),
        close: Box::new(|session| {
            Box::pin(async move {
                if let Some(session) = session.get::<Session>() {
                    session.close().await;
                }
            })
        }),
        picture: Box::new(picture),
    }
}

async fn open(settings: Arc<BrowserSettings>, facts: Arc<SystemFacts>) -> Result<SessionHandle, Failure> {
    let rules = SystemRules {
        allow: origin_of(&facts.url).into_iter().collect(),
        notices: facts.notices.clone(),
        expired_when: facts.expired_when.clone(),
        locked_when: facts.locked_when.clone(),
        error_when: Vec::new(),
        mask: facts.mask.clone(),
    };
    let session = Session::start(&settings, rules).await.map_err(Failure::from)?;
    let opened = session.screen().await.open(&facts.url).await;
    match opened {
        Ok(()) => Ok(SessionHandle::new(Arc::new(session))),
        Err(e) => {
            session.close().await;
            Err(e.into())
        }
    }
}

fn picture(session: SessionHandle) -> BoxFuture<'static, Option<Vec<u8>>> {
    Box::pin(async move {
        let session = session.get::<Session>()?;
        let evidence = session.screen().await.evidence().await.ok()?;
        // Declared values were painted over; what is still to be read of the screen must hold no My Number, or nothing is kept.
        let shown = evidence.pages.iter().flat_map(|page| [&page.text, &page.title]);
        if shown.into_iter().any(|text| holds_my_number(text)) {
            tracing::warn!(
                "a picture of the screen was not kept: an undeclared twelve-digit number is on it"
            );
            return None;
        }
        evidence.picture
    })
}
