//! What a portal says of a donation that was withdrawn or paid back.

use super::Donation;
use crate::text::width;
use std::fmt;

/// A donation that was withdrawn or paid back, by its number and the donor's name.
#[derive(Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// The portal's number.
    pub number: String,
    /// The donor's name.
    pub name: String,
}

/// Masks the donor.
impl fmt::Debug for Withdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Withdrawn({})", self.number)
    }
}

impl Withdrawn {
    /// Whether it has the number and the donor of a donation.
    #[must_use]
    pub fn fits(&self, donation: &Donation) -> bool {
        self.number == donation.number && same_name(&self.name, &donation.name)
    }
}

/// Whether two names are written alike, width and spaces aside.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    let key = |name: &str| width::remove_spaces(&width::fold_width(name));
    key(a) == key(b)
}
