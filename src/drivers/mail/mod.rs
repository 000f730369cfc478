//! Mail as it lies in a maildir or on an IMAP server: read, never changed, never marked as seen.
//!
//! - [`Mail`]: one message with its attachments.
//! - [`maildir`]: the messages of a folder.
//! - [`Server`]: the messages of a mailbox, over TLS; without TLS only on this machine.
//! - [`unpack`]: the files of an attached zip, with a password where it needs one.

mod archive;
mod fault;
mod imap;
mod maildir;
mod message;

pub use archive::{Unpacked, unpack};
pub use fault::MailFault;
pub use imap::Server;
pub use maildir::maildir;
pub use message::{Attachment, Mail};
