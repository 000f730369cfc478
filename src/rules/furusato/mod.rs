//! Furusato-tax donations (ふるさと納税): what portals deliver as canonical donations, and the one-stop applications
//! (ワンストップ特例申請) that go with them.
//!
//! - [`read_portal`]: the lines of a portal's CSV, with every trap of such files, into [`Donation`]s.
//! - [`merged`], [`figures`]: all deliveries as one ledger, and its figures by month, purpose and portal.
//! - [`check_form`]: the deadline, the marks, the number, the donation it belongs to, duplicates.

mod donation;
mod donation_column;
mod one_stop;
mod total;
mod withdrawn;
mod words;

pub use donation::{Donation, Note, Portal, PortalFault, read_portal};
pub use donation_column::DonationColumn;
pub use one_stop::{Form, Rules, Seen, Verdict, check_form, last_day, municipalities};
pub use total::{
    Figures, figures, merged, month, same_donation, shared_numbers, take_out_withdrawn, with_forms,
};
pub use withdrawn::Withdrawn;
pub use words::OneStop;
