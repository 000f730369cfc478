//! What can go wrong with a file, in sentences that say what to do. They name files, never contents.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

/// What went wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// A person or a program has it open.
    #[error("「{file}」を開いている人がいます。閉じてください。{hint}")]
    Open {
        /// The file.
        file: String,
        /// What else to do, where it is known.
        hint: String,
    },
    /// The folder or the file may not be written.
    #[error(
        "「{0}」に書き込めません。フォルダーとファイルの書き込み許可（読み取り専用でないか）を確かめてください。"
    )]
    ReadOnly(String),
    /// No space is left.
    #[error("ディスクの空きが足りないため「{0}」を書き込めません。不要なファイルを片付けてください。")]
    Full(String),
    /// It is not there.
    #[error("「{0}」が見つかりません。ファイル名とフォルダーを確かめてください。")]
    Missing(String),
    /// Something of that name is there already.
    #[error("「{0}」は既にあります。上書きはしません。名前を変えるか、元のファイルを片付けてください。")]
    Exists(String),
    /// It may not be read.
    #[error("「{0}」を読む許可がありません。ファイルの許可を確かめてください。")]
    Forbidden(String),
    /// Anything else the operating system says.
    #[error("「{file}」を扱えません（{source}）。")]
    Other {
        /// The file.
        file: String,
        /// What the operating system says.
        source: io::Error,
    },
}

impl FileFault {
    /// The fault behind an error while writing `path`.
    #[must_use]
    pub fn writing(path: &Path, error: io::Error) -> Self {
        let file = name_of(path);
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(file),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::Full(file),
            ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy => {
                Self::Open { file, hint: String::new() }
            }
            ErrorKind::NotFound => Self::Missing(file),
            ErrorKind::AlreadyExists => Self::Exists(file),
            _ => Self::Other { file, source: error },
        }
    }

    /// The fault behind an error while reading `path`.
    #[must_use]
    pub fn reading(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::PermissionDenied => Self::Forbidden(name_of(path)),
            _ => Self::writing(path, error),
        }
    }
}

/// The last part of a path, for people.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_the_system_has_its_sentence() {
        let said = |number| {
            FileFault::writing("出力/発送簿.xlsx".as_ref(), io::Error::from_raw_os_error(number)).to_string()
        };
        assert!(said(28).contains("空きが足りない")); // ENOSPC
        assert!(said(122).contains("空きが足りない")); // EDQUOT
        assert!(said(30).contains("読み取り専用")); // EROFS
        assert!(said(13).contains("読み取り専用")); // EACCES
        assert!(said(16).contains("開いている人がいます")); // EBUSY
        assert!(said(2).contains("「発送簿.xlsx」が見つかりません")); // ENOENT
    }
}
