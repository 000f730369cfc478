//! From the table of addresses to something that answers.

use super::{
    Console, guard,
    refusal::Refusal,
    routes::{ROUTES, Route},
    secure,
};
use crate::control::people::Door;
use axum::{Router, middleware};
use std::sync::Arc;

/// Where people come in.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// Encrypted or not.
    pub door: Door,
    /// The names of the machine that an address may use; others are answered with 421.
    pub hosts: Vec<String>,
}

impl Entrance {
    /// On this machine only, not encrypted.
    #[must_use]
    pub fn local() -> Self {
        let hosts = ["127.0.0.1", "localhost", "[::1]"].map(str::to_owned).to_vec();
        Self { door: Door::Local, hosts }
    }
}

/// The console at an entrance. The caller serves it with `ConnectInfo<SocketAddr>`.
pub fn router(console: &Arc<Console>, entrance: &Entrance) -> Router {
    let guarded = |router: Router<Arc<Console>>, route: &Route| {
        let state = guard::Watch {
            console: Arc::clone(console),
            access: route.access,
            door: entrance.door,
            path: route.path,
        };
        router.route(
            route.path,
            (route.handler)().route_layer(middleware::from_fn_with_state(state, guard::guard)),
        )
    };
    let routes = ROUTES.iter().fold(Router::new(), guarded);
    let nowhere = guard::Nowhere { console: Arc::clone(console), door: entrance.door };
    let routes = routes
        .fallback(|| async { Refusal::NotFound })
        .layer(middleware::from_fn_with_state(nowhere, guard::nowhere))
        .with_state(Arc::clone(console));
    secure::protect(routes, console, entrance)
}
