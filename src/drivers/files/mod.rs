//! Files of the office: written whole or not at all, with a sentence for each way in which it can go wrong.

mod fault;
mod former;
mod list;
mod transfer;
mod write;

pub use fault::FileFault;
pub use former::write_over;
pub use list::{Listed, finished, list, name_pattern};
pub use transfer::{Done, copy_file, move_file};
pub use write::{write_private, write_whole};
