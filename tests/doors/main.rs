//! Doors that stay shut: what a reader of strangers' files cannot do, evidence that only its key opens, numbers that go nowhere.

#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod anchor;
mod bombs;
mod evidence;
mod letters;
mod walls;
