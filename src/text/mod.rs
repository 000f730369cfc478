//! Japanese text and numbers as values: eras, widths, kana, kanji variants, names, addresses, codes with check digits, CP932.
//!
//! Three values are kept apart everywhere: what was written (raw), what a system wants (canonical), and what is compared
//! (key). Nothing here replaces a name or an address by its key. Types that hold personal data mask their `Debug`.

pub mod address;
pub mod atena;
pub mod contact;
pub mod corporate_number;
pub mod cp932;
pub mod era;
pub mod kana;
pub mod kanji;
pub mod money;
pub mod my_number;
pub mod numeral;
pub mod person_name;
pub mod time_of_day;
pub mod wareki;
pub mod width;
pub mod word_list;
pub mod yes_no;

pub use address::{AddressMatch, AddressParts};
pub use atena::AtenaNumber;
pub use contact::{Email, Phone, PostalCode};
pub use corporate_number::CorporateNumber;
pub use kana::Furigana;
pub use kanji::{JisLevel, MatchLevel, jis_level};
pub use my_number::MyNumber;
pub use person_name::PersonName;
pub use time_of_day::{TimeError, TimeOfDay};
pub use wareki::{Certainty, DateReading, Era, EraList, WarekiStyle, parse_date};
pub use yes_no::yes_no;
