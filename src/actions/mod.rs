//! One file per action, and the one place where they are listed. An action takes its arguments from the YAML and its means
//! from the drivers, and says in Japanese what went wrong.

mod browser_download;
mod browser_expect;
mod browser_fill;
mod browser_hover;
mod browser_open;
mod browser_press;
mod browser_press_key;
mod browser_read;
mod browser_read_table;
mod browser_search;
mod browser_select;
mod browser_submit;
mod browser_upload;
mod browser_wait;
mod csv_lines;
mod csv_read;
mod csv_write;
mod document_pages;
mod donation_convert;
mod donation_read;
mod donation_total;
mod excel_read;
mod excel_write;
mod faults;
mod file_copy;
mod file_list;
mod file_move;
mod key_names;
mod mail_fetch;
mod nursery_gather;
mod nursery_place;
mod nursery_score;
mod ocr_form;
mod ocr_sort;
mod ocr_text;
mod on_screen;
mod onestop_check;
mod overtime_calculate;
mod overtime_rows;
mod overtime_tables;
mod paper_faults;
mod person_approve;
mod person_check;
mod table_rows;
mod value_require;
mod value_set;

pub use browser_submit::{Means, submit_means};
pub use ocr_form::page_json;

use crate::step::ActionDef;

/// Every action, sorted by name.
pub static ACTIONS: &[ActionDef] = &[
    ActionDef::of::<browser_download::BrowserDownload>(),
    ActionDef::of::<browser_expect::BrowserExpect>(),
    ActionDef::of::<browser_fill::BrowserFill>(),
    ActionDef::of::<browser_hover::BrowserHover>(),
    ActionDef::of::<browser_open::BrowserOpen>(),
    ActionDef::of::<browser_press::BrowserPress>(),
    ActionDef::of::<browser_press_key::BrowserPressKey>(),
    ActionDef::of::<browser_read::BrowserRead>(),
    ActionDef::of::<browser_read_table::BrowserReadTable>(),
    ActionDef::of::<browser_search::BrowserSearch>(),
    ActionDef::of::<browser_select::BrowserSelect>(),
    ActionDef::of::<browser_submit::BrowserSubmit>(),
    ActionDef::of::<browser_upload::BrowserUpload>(),
    ActionDef::of::<browser_wait::BrowserWait>(),
    ActionDef::of::<csv_read::CsvRead>(),
    ActionDef::of::<csv_write::CsvWrite>(),
    ActionDef::of::<document_pages::DocumentPages>(),
    ActionDef::of::<donation_convert::DonationConvert>(),
    ActionDef::of::<donation_read::DonationRead>(),
    ActionDef::of::<donation_total::DonationTotal>(),
    ActionDef::of::<excel_read::ExcelRead>(),
    ActionDef::of::<excel_write::ExcelWrite>(),
    ActionDef::of::<file_copy::FileCopy>(),
    ActionDef::of::<file_list::FileList>(),
    ActionDef::of::<file_move::FileMove>(),
    ActionDef::of::<mail_fetch::MailFetch>(),
    ActionDef::of::<nursery_gather::NurseryGather>(),
    ActionDef::of::<nursery_place::NurseryPlace>(),
    ActionDef::of::<nursery_score::NurseryScore>(),
    ActionDef::of::<ocr_form::OcrForm>(),
    ActionDef::of::<ocr_sort::OcrSort>(),
    ActionDef::of::<ocr_text::OcrText>(),
    ActionDef::of::<onestop_check::OnestopCheck>(),
    ActionDef::of::<overtime_calculate::OvertimeCalculate>(),
    ActionDef::of::<person_approve::PersonApprove>(),
    ActionDef::of::<person_check::PersonCheck>(),
    ActionDef::of::<value_require::ValueRequire>(),
    ActionDef::of::<value_set::ValueSet>(),
];

/// What the tests of single actions stand on.
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod bench {
    use crate::{
        clock::ManualClock,
        form::Forms,
        step::{Action, Folder, Place, Resources, StepContext},
    };
    use serde_json::Value;
    use std::{path::Path, sync::Arc};

    /// A context in the office folder `root`, on 2026-04-01 at noon.
    pub fn context(root: &Path) -> StepContext {
        let place =
            Place { run: "r".into(), scenario: "s".into(), item: Some(1), step: "p".into(), attempt: 1 };
        StepContext {
            folder: Arc::new(Folder::new(root.to_owned())),
            forms: Arc::new(Forms::new()),
            clock: Arc::new(ManualClock::new("2026-04-01T12:00:00+09:00".parse().unwrap())),
            place,
            resources: Resources::default(),
            system: None,
            session: None,
            answer: None,
            kept: Vec::new().into(),
        }
    }

    /// A context with a person's answer, in no particular folder.
    pub fn answered(answer: Value) -> StepContext {
        StepContext { answer: Some(answer), ..context(Path::new(".")) }
    }

    /// The action with these arguments.
    pub fn action<A: Action>(with: Value) -> A {
        serde_json::from_value(with).unwrap()
    }
}
