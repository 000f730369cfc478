//! The console: who may do what, how people sign in, what every answer carries, and what pages look like.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod audit;
mod axe;
mod bad;
mod digest;
mod forms;
mod house;
mod measure;
mod pages;
mod seen;
mod settings;
mod signing;
mod strings;
mod tls;
