//! What a panic says: its place, and its words only where they stand in the program itself. Words that were put together at
//! run time may hold what a citizen wrote.

use std::panic;

/// From now on panics of this process say where they happened, not what was in hand.
pub fn quiet_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        let words = panic.payload().downcast_ref::<&'static str>().copied();
        eprintln!(
            "内部の誤りで処理を中断しました（{place}{}{}）。この行を添えて情報システム担当に連絡してください。",
            if words.is_some() { ": " } else { "" },
            words.unwrap_or_default()
        );
    }));
}
