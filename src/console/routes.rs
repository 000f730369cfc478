//! Every address of the console: method, path, who may, what is done. What is not here is refused.
//!
//! A page of one's own is one line here. Paths are matched by the router on their parsed form; access belongs to the matched
//! line, never to a part of the text of a path.

use super::{
    Console, assets, audit, checks, forms, handlers, keeping, machine, people, runs, savings, scenarios,
    schedule, settings, sign_in, start,
};
use crate::control::{approvals::ChangeAct, people::Role};
use axum::{
    http::Method,
    routing::{MethodRouter, get, post},
};
use std::sync::Arc;

/// Who may use an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches the console.
    Open,
    /// Somebody who has signed in and not finished setting up their account; and everybody who has.
    Unfinished,
    /// Everybody who is signed in.
    Signed,
    /// Who has one of these roles.
    Only(&'static [Role]),
}

impl Access {
    /// Whether somebody with these roles may. `unfinished`: they must set up their account first.
    #[must_use]
    pub fn admits(self, roles: &[Role], unfinished: bool) -> bool {
        match self {
            Self::Open | Self::Unfinished => true,
            Self::Signed => !unfinished,
            Self::Only(some) => !unfinished && roles.iter().any(|role| some.contains(role)),
        }
    }
}

/// One line of the table.
pub struct Route {
    /// `GET` or `POST`; nothing is changed by `GET`.
    pub method: Method,
    /// The path, with `{}` where something stands for a thing.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// What is done.
    pub handler: fn() -> MethodRouter<Arc<Console>>,
}

const fn read(path: &'static str, access: Access, handler: fn() -> MethodRouter<Arc<Console>>) -> Route {
    Route { method: Method::GET, path, access, handler }
}

const fn act(path: &'static str, access: Access, handler: fn() -> MethodRouter<Arc<Console>>) -> Route {
    Route { method: Method::POST, path, access, handler }
}

/// Who runs scenarios and looks after their cases.
const OPERATOR: Access = Access::Only(&[Role::Operator]);

/// Who sees to people and settings.
const ADMIN: Access = Access::Only(&[Role::Admin]);
/// Who may see who has which role.
const PEOPLE: Access = Access::Only(&[Role::Admin, Role::Approver, Role::Auditor]);
/// Who tries a form on paper: those who write scenarios and those who work with them.
pub(super) const TRIERS: Access = Access::Only(&[Role::Author, Role::Operator]);
/// Who may see settings: an approver decides how long things are kept.
const SETTINGS: Access = Access::Only(&[Role::Admin, Role::Approver, Role::Auditor]);
/// Who answers for the log.
const WATCHERS: Access = Access::Only(&[Role::Auditor, Role::Admin]);

/// The table.
pub const ROUTES: &[Route] = &[
    read("/assets/{name}", Access::Open, || get(assets::serve)),
    read("/sign-in", Access::Open, || get(sign_in::show)),
    act("/sign-in", Access::Open, || post(sign_in::enter)),
    act("/sign-out", Access::Unfinished, || post(sign_in::leave)),
    read("/account", Access::Unfinished, || get(sign_in::account)),
    act("/account", Access::Unfinished, || post(sign_in::set_account)),
    read("/", Access::Signed, || get(start::show)),
    read("/checks", OPERATOR, || get(checks::list)),
    act("/checks/next", OPERATOR, || post(checks::next)),
    read("/checks/{id}", OPERATOR, || get(checks::screen)),
    act("/checks/{id}", OPERATOR, || post(checks::send)),
    act("/checks/{id}/open", OPERATOR, || post(checks::open)),
    act("/checks/{id}/field", OPERATOR, || post(checks::field)),
    act("/checks/{id}/stay", OPERATOR, || post(checks::stay)),
    act("/checks/{id}/undo", OPERATOR, || post(checks::undo)),
    act("/checks/{id}/leave", OPERATOR, || post(checks::leave)),
    act("/checks/{id}/reopen", OPERATOR, || post(checks::reopen)),
    act("/checks/{id}/words", OPERATOR, || post(checks::words)),
    act("/checks/{id}/number", OPERATOR, || post(checks::number)),
    read("/checks/{id}/page/{at}", OPERATOR, || get(checks::picture)),
    read("/checks/{id}/beside/{n}/{at}", OPERATOR, || get(checks::beside)),
    read("/runs", Access::Signed, || get(runs::list)),
    read("/runs/{id}", Access::Signed, || get(runs::run)),
    read("/runs/{id}/live", Access::Signed, || get(runs::live)),
    read("/runs/{id}/items/{n}", Access::Signed, || get(runs::item)),
    read("/runs/{id}/outputs/{at}", OPERATOR, || get(runs::output)),
    act("/runs/{id}/stop", Access::Signed, || post(runs::stop)),
    act("/runs/{id}/again", OPERATOR, || post(runs::again)),
    act("/runs/{id}/items/{n}/settle", OPERATOR, || post(runs::settle)),
    read("/evidence/{id}/{file}", OPERATOR, || get(runs::picture)),
    read("/stop", Access::Signed, || get(runs::stop_form)),
    act("/stop", Access::Signed, || post(runs::stop_all)),
    act("/stop/release", Access::Only(&[Role::Operator, Role::Admin]), || post(runs::release)),
    read("/schedule", Access::Signed, || get(schedule::show)),
    act("/schedule/run", OPERATOR, || post(schedule::run)),
    act("/schedule/skip", OPERATOR, || post(schedule::skip)),
    read("/scenarios", Access::Signed, || get(scenarios::list)),
    read("/scenarios/{id}", Access::Signed, || get(scenarios::show)),
    read("/scenarios/{id}/picture", Access::Signed, || get(scenarios::picture)),
    act("/scenarios/{id}/submit", Access::Only(&[Role::Author]), || {
        post(|c, s, p, f| scenarios::go(ChangeAct::Submit, c, s, p, f))
    }),
    act("/scenarios/{id}/approve", Access::Only(&[Role::Approver]), || {
        post(|c, s, p, f| scenarios::go(ChangeAct::Approve, c, s, p, f))
    }),
    act("/scenarios/{id}/reject", Access::Only(&[Role::Approver]), || {
        post(|c, s, p, f| scenarios::go(ChangeAct::Reject, c, s, p, f))
    }),
    act("/scenarios/{id}/deploy", OPERATOR, || {
        post(|c, s, p, f| scenarios::go(ChangeAct::Deploy, c, s, p, f))
    }),
    act("/scenarios/{id}/retire", OPERATOR, || {
        post(|c, s, p, f| scenarios::go(ChangeAct::Retire, c, s, p, f))
    }),
    act("/scenarios/{id}/start", OPERATOR, || post(scenarios::start)),
    read("/scenarios/{id}/handover", Access::Signed, || get(scenarios::handover)),
    read("/forms", Access::Signed, || get(forms::list)),
    read("/forms/{id}", Access::Signed, || get(forms::show)),
    read("/forms/{id}/picture", Access::Signed, || get(forms::picture)),
    act("/forms/{id}/try", TRIERS, || post(forms::attempt).layer(forms::limit())),
    read("/savings", Access::Signed, || get(savings::show)),
    read("/savings/book", Access::Signed, || get(savings::book)),
    read("/audit", Access::Signed, || get(audit::show)),
    act("/audit/verify", WATCHERS, || post(audit::verify)),
    act("/audit/anchor", WATCHERS, || post(audit::anchor)),
    act("/audit/bundle", Access::Only(&[Role::Auditor]), || post(audit::take)),
    read("/people", PEOPLE, || get(people::show)),
    read("/people/handlers", PEOPLE, || get(handlers::show)),
    act("/people/handlers", ADMIN, || post(handlers::propose)),
    act("/people/add", ADMIN, || post(people::add)),
    act("/people/{id}/off", ADMIN, || post(people::off)),
    act("/people/{id}/propose", ADMIN, || post(people::propose)),
    act("/people/proposals/{n}", Access::Only(&[Role::Approver, Role::Admin]), || post(people::decide)),
    read("/settings", SETTINGS, || get(settings::show)),
    act("/settings/secrets", ADMIN, || post(settings::keep)),
    act("/settings/secrets/forget", ADMIN, || post(settings::forget)),
    act("/settings/reach", ADMIN, || post(settings::reach)),
    act("/settings/days", ADMIN, || post(keeping::add)),
    act("/settings/days/remove", ADMIN, || post(keeping::remove)),
    act("/settings/keep", ADMIN, || post(keeping::propose)),
    act("/settings/keep/{n}", Access::Only(&[Role::Approver]), || post(keeping::decide)),
    read("/machine", Access::Signed, || get(machine::show)),
];

/// The pages of the menu: address, label, who may.
pub const MENU: &[(&str, &str, Access)] = &[
    ("/", "朝のまとめ", Access::Signed),
    ("/checks", "確認", OPERATOR),
    ("/runs", "実行", Access::Signed),
    ("/schedule", "予定", Access::Signed),
    ("/scenarios", "シナリオ", Access::Signed),
    ("/forms", "帳票", Access::Signed),
    ("/savings", "効果", Access::Signed),
    ("/audit", "監査", Access::Signed),
    ("/people", "職員と役割", PEOPLE),
    ("/settings", "設定", SETTINGS),
    ("/machine", "状態", Access::Signed),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_address_stands_once_and_the_menu_leads_to_pages() {
        let all: BTreeSet<(String, &str)> = ROUTES.iter().map(|r| (r.method.to_string(), r.path)).collect();
        assert_eq!(all.len(), ROUTES.len());
        for (path, _, access) in MENU {
            assert!(
                ROUTES.iter().any(|r| r.path == *path && r.method == Method::GET && r.access == *access),
                "{path}"
            );
        }
    }

    #[test]
    fn who_is_not_finished_reaches_only_what_finishes() {
        let open = [Access::Open, Access::Unfinished];
        for route in ROUTES {
            assert_eq!(route.access.admits(&Role::ALL, true), open.contains(&route.access), "{}", route.path);
        }
    }
}
