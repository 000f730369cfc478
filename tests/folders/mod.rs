//! Copying the samples that scenarios ship with into an office of a test, and what LibreOffice makes of a workbook.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let at = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &at) } else { assert!(fs::copy(&path, &at).is_ok()) }
    }
}

/// The workbook as LibreOffice saves it after calculating every formula anew. `home` takes its profile and the file.
pub fn recalculated(book: &Path, home: &Path) -> PathBuf {
    let profile = home.join("profile");
    fs::create_dir_all(profile.join("user")).unwrap();
    let always = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><oor:items xmlns:oor=\"http://openoffice.org/2001/registry\"><item oor:path=\"/org.openoffice.Office.Calc/Formula/Load\"><prop oor:name=\"OOXMLRecalcMode\" oor:op=\"fuse\"><value>0</value></prop></item></oor:items>";
    fs::write(profile.join("user/registrymodifications.xcu"), always).unwrap();
    let done = std::process::Command::new("soffice")
        .arg(format!("-env:UserInstallation=file://{}", profile.display()))
        .args(["--headless", "--convert-to", "xlsx", "--outdir"])
        .arg(home.join("再計算"))
        .arg(book)
        .status()
        .unwrap();
    assert!(done.success());
    home.join("再計算").join(book.file_name().unwrap())
}
