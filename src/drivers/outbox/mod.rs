//! What leaves the machine for people: mail to the city's own mail server, and calls of an address that the office named.
//! Nothing else is spoken to: no redirect is followed, no other host is looked up.
//!
//! - [`MailServer`]: a message by SMTP. [`call`]: one HTTP POST.

mod call;
mod mail;

pub use call::{CallFault, call};
pub use mail::{Letter, MailFault, MailServer, Protection};
