//! How secret a value is.

use std::str::FromStr;

/// The class of a value, least secret first: the class of several values together is the greatest of them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// May be shown to anyone.
    Public,
    /// For staff only, about nobody in particular.
    #[default]
    Internal,
    /// About a person: name, address, date of birth.
    Personal,
    /// About a person and able to do harm: 支援措置, health.
    Sensitive,
    /// 個人番号: never in a log, a file name or a picture.
    MyNumber,
}

impl DataClass {
    /// All classes, least secret first.
    pub const ALL: [Self; 5] =
        [Self::Public, Self::Internal, Self::Personal, Self::Sensitive, Self::MyNumber];

    /// The word in files and logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Personal => "personal",
            Self::Sensitive => "sensitive",
            Self::MyNumber => "my_number",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Public => "公開",
            Self::Internal => "庁内",
            Self::Personal => "個人情報",
            Self::Sensitive => "要配慮情報",
            Self::MyNumber => "特定個人情報",
        }
    }

    /// Whether a value of this class may stand in `tracing` output and audit entries.
    #[must_use]
    pub fn may_be_logged(self) -> bool {
        self < Self::Personal
    }

    /// Whether a picture of the value may be kept as evidence.
    #[must_use]
    pub fn may_be_pictured(self) -> bool {
        self < Self::MyNumber
    }
}

/// A word that names no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("情報の区分ではありません。public・internal・personal・sensitive・my_number のどれかにしてください")]
pub struct UnknownClass;

impl FromStr for DataClass {
    type Err = UnknownClass;

    /// Reads the word of [`DataClass::code`].
    fn from_str(text: &str) -> Result<Self, UnknownClass> {
        Self::ALL.into_iter().find(|class| class.code() == text).ok_or(UnknownClass)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_class_wins() {
        assert_eq!(DataClass::Personal.max(DataClass::MyNumber), DataClass::MyNumber);
        assert!(DataClass::ALL.is_sorted());
        assert!(!DataClass::Personal.may_be_logged() && DataClass::Internal.may_be_logged());
        assert!(DataClass::Sensitive.may_be_pictured() && !DataClass::MyNumber.may_be_pictured());
    }

    #[test]
    fn words_return_and_agree_with_serde() {
        for class in DataClass::ALL {
            assert_eq!(class.code().parse(), Ok(class));
            assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{}\"", class.code()));
        }
        assert_eq!("secret".parse::<DataClass>(), Err(UnknownClass));
    }
}
