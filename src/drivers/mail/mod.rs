//! Mail as it lies in a maildir or on an IMAP server: fetched, never changed, never marked as seen.
//!
//! - [`maildir`]: the letters of a folder.
//! - [`Server`]: the letters of a mailbox, over TLS; without TLS only on this machine.
//!
//! What a stranger wrote is taken apart behind the walls of [`super::readers`]:
//!
//! - [`Mail`]: one letter with its attachments.
//! - [`unpack`]: the files of an attached zip, with a password where it needs one.

mod archive;
mod fault;
mod imap;
mod maildir;
mod message;

pub use archive::unpack;
pub use fault::{ArchiveFault, MailFault};
pub use imap::Server;
pub use maildir::{letter, maildir};
pub use message::{Attachment, Mail};
