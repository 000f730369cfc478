//! Files of the office: written whole or not at all, with a sentence for each way in which it can go wrong.

mod fault;
mod write;

pub use fault::FileFault;
pub use write::{write_private, write_whole};
