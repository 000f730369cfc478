//! The columns of a canonical donation in a file.

use super::Donation;
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident = $title:literal,)*) => {
        /// One piece of a donation, by its title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
        pub enum DonationColumn {
            $($(#[$doc])* #[serde(rename = $title)] $name,)*
        }

        impl DonationColumn {
            /// The title.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

columns! {
    /// The portal's number.
    Number = "受付番号",
    /// The day of the application.
    Applied = "申込日",
    /// The day of payment.
    Paid = "入金日",
    /// The donor's name.
    Name = "寄附者氏名",
    /// Its reading.
    Furigana = "フリガナ",
    /// The postal code.
    PostalCode = "郵便番号",
    /// The address.
    Address = "住所",
    /// The telephone number.
    Phone = "電話番号",
    /// The address of mail.
    Email = "メール",
    /// Yen.
    Yen = "寄附金額",
    /// The gift's code.
    Gift = "返礼品コード",
    /// What it is for.
    Purpose = "使い道",
    /// The donor's message.
    Message = "応援メッセージ",
    /// One-stop.
    OneStop = "ワンストップ",
    /// Whether a certificate may be issued.
    Certificate = "受領証明書",
}

impl Donation {
    /// What stands in a column: a day as `2026-04-01`, yen as digits, a circle for yes.
    #[must_use]
    pub fn shown(&self, column: DonationColumn) -> Cow<'_, str> {
        let day = |day: Option<jiff::civil::Date>| day.map(|d| d.to_string()).unwrap_or_default().into();
        match column {
            DonationColumn::Number => self.number.as_str().into(),
            DonationColumn::Applied => day(self.applied),
            DonationColumn::Paid => day(self.paid),
            DonationColumn::Name => self.name.as_str().into(),
            DonationColumn::Furigana => self.furigana.as_str().into(),
            DonationColumn::PostalCode => self.postal_code.as_str().into(),
            DonationColumn::Address => self.address.as_str().into(),
            DonationColumn::Phone => self.phone.as_str().into(),
            DonationColumn::Email => self.email.as_str().into(),
            DonationColumn::Yen => self.yen.to_string().into(),
            DonationColumn::Gift => self.gift.as_str().into(),
            DonationColumn::Purpose => self.purpose.as_str().into(),
            DonationColumn::Message => self.message.as_str().into(),
            DonationColumn::OneStop => <&str>::from(self.one_stop).into(),
            DonationColumn::Certificate => if self.certificate { "○" } else { "" }.into(),
        }
    }
}
