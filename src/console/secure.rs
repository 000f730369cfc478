//! What holds for every answer: which hosts and origins are served, how much may be sent, and what a browser may do with it.

use super::{Console, Entrance, Refusal};
use crate::{
    audit::{Draft, Event},
    control::people::Door,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    csrf::{CsrfLayer, ProtectionError},
    timeout::TimeoutLayer,
};

/// No form is longer; what takes files says so itself.
const BODY: usize = 1 << 20;
/// No answer takes longer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Refused bypasses are put on record at most once a minute of a kind: their number is the caller's choice.
const NOTED_EVERY: i64 = 60;

/// Nothing from elsewhere, no script or style that is not a file of ours.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

#[derive(Clone)]
struct Wall {
    console: Arc<Console>,
    entrance: Entrance,
    /// When a foreign host and a foreign origin were last put on record, in seconds since 1970.
    noted: Arc<[AtomicI64; 2]>,
}

/// Puts the walls around the routes.
pub(super) fn protect(routes: Router, console: &Arc<Console>, entrance: &Entrance) -> Router {
    let noted = Arc::new([AtomicI64::new(0), AtomicI64::new(0)]);
    let wall = Wall { console: Arc::clone(console), entrance: entrance.clone(), noted };
    routes
        .layer(DefaultBodyLimit::max(BODY))
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn_with_state(wall, pass))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .layer(CatchPanicLayer::custom(|_| {
            Refusal::Record("画面を作れませんでした。情報システム担当に知らせてください。".into())
                .into_response()
        }))
}

async fn pass(State(wall): State<Wall>, request: Request, next: Next) -> Response {
    let mut response = if !wall.serves(&request) {
        wall.note(0, "console.host").await;
        (StatusCode::MISDIRECTED_REQUEST, "このアドレスでは応答しません。").into_response()
    } else if request.method() == Method::TRACE || request.method() == Method::CONNECT {
        StatusCode::METHOD_NOT_ALLOWED.into_response()
    } else {
        next.run(request).await
    };
    if response.extensions().get::<ProtectionError>().is_some() {
        wall.note(1, "console.origin").await;
        let refused = "別のサイトから送られた操作のため、受け付けませんでした。書記の画面を開き直して操作してください。";
        response = (StatusCode::FORBIDDEN, Refusal::Not(refused.into()).page()).into_response();
    }
    wall.dress(&mut response);
    response
}

impl Wall {
    fn serves(&self, request: &Request) -> bool {
        let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
        let named = request.uri().host().unwrap_or(host);
        [host, named].iter().all(|host| {
            let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
            let name = name.map_or(*host, |(name, _)| name);
            self.entrance.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
        })
    }

    async fn note(&self, kind: usize, rule: &'static str) {
        let now = self.console.log.moment().as_second();
        let last = self.noted[kind].swap(now, Ordering::Relaxed);
        if now - last < NOTED_EVERY {
            self.noted[kind].store(last, Ordering::Relaxed);
            return;
        }
        let draft = self.console.log.system(Event::PolicyDeny);
        if let Err(error) = self.console.people.record(&Draft::data(draft, "rule", rule)).await {
            tracing::error!(%error, "a bypass is not on record");
        }
    }

    fn dress(&self, response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in HEADERS {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if self.entrance.door == Door::Tls {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
    }
}
