//! Readers of strangers' files: child processes of the same binary (`shoki reader`) behind walls. Pages of paper, workbooks,
//! lists, letters and archives are parsed there and nowhere else; what comes back is values.
//!
//! - parent: [`ReaderPool`] asks and counts what it is answered
//! - child: [`reader_main`]; it answers with the parsers of the other drivers
//! - between them: `wire.rs`

mod child;
mod pool;
mod wire;

pub use child::{probe_main, reader_main};
pub use pool::{PoolConfig, ReaderPool};
