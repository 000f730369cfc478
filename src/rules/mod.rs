//! The rules of four trades, pure: hours and money of overtime, points and places of nurseries, donations and their forms.
//!
//! Every number of a city's ordinance is data that the caller gives; what stands here as a default is the national model.
//! Every result carries the lines that explain it, in Japanese, so that it can be disclosed and argued with.

pub mod furusato;
pub mod nursery;
pub mod overtime;
pub mod ratio;

pub use ratio::Ratio;
