//! The roles a person may have.

/// What a person may do. An auditor is nothing else besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Writes scenarios.
    Author,
    /// Approves what others wrote or ask for.
    Approver,
    /// Runs scenarios, confirms readings, settles what is open.
    Operator,
    /// Reads the log and verifies it; changes nothing.
    Auditor,
    /// Sees to people, roles and settings.
    Admin,
}

impl Role {
    /// Every role, in the order in which screens show them.
    pub const ALL: [Self; 5] = [Self::Author, Self::Approver, Self::Operator, Self::Auditor, Self::Admin];

    /// The word in the database and in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Approver => "approver",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The label on screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Author => "作成者",
            Self::Approver => "承認者",
            Self::Operator => "担当者",
            Self::Auditor => "監査人",
            Self::Admin => "管理者",
        }
    }

    /// What somebody with it does, for whoever grants it.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Author => "シナリオを書き、提出します",
            Self::Approver => "ほかの職員の提出と申請を承認します",
            Self::Operator => "実行、読取値の確認、保留の処理を行います",
            Self::Auditor => "監査記録を読み、検証します（ほかの役割とは兼ねられません）",
            Self::Admin => "職員・役割・設定を扱います",
        }
    }

    /// The role of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// Whether one person may have these roles together.
#[must_use]
pub fn may_combine(roles: &[Role]) -> bool {
    !roles.contains(&Role::Auditor) || roles.len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_is_nothing_else() {
        for role in Role::ALL {
            assert_eq!(Role::of(role.word()), Some(role));
            assert!(may_combine(&[role]));
            assert!(!may_combine(&[Role::Auditor, role]), "{role:?}");
        }
        assert!(may_combine(&[Role::Author, Role::Approver, Role::Operator, Role::Admin]));
    }
}
