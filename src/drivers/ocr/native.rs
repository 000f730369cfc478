//! The native parts: where they are, and that they are the ones that were tested.

use super::{OcrError, calibration::CALIBRATION};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    env,
    ffi::OsString,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// Which inference runs the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Runtime {
    /// ONNX Runtime where its library is, else the built-in one.
    #[default]
    Auto,
    /// ONNX Runtime.
    Ort,
    /// The built-in one, pure Rust.
    Rten,
}

impl Runtime {
    /// The word in the reader's environment.
    const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Ort => "ort",
            Self::Rten => "rten",
        }
    }

    /// From the reader's environment.
    fn from_env() -> Self {
        match env::var(RUNTIME).as_deref() {
            Ok("ort") => Self::Ort,
            Ok("rten") => Self::Rten,
            _ => Self::Auto,
        }
    }
}

/// What an office may set about the native parts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NativeParts {
    /// The folder that holds them; none: found as [`NativeParts::folders`] says.
    pub folder: Option<PathBuf>,
    /// Which inference runs the models.
    pub runtime: Runtime,
    /// The folder with `jpn.traineddata`; none: Tesseract's own.
    pub tessdata: Option<PathBuf>,
    /// The office's own calibration, made by `shoki ocr calibrate`; none: the shipped one.
    #[serde(default)]
    pub calibration: Option<PathBuf>,
}

/// Names the folder.
const FOLDER: &str = "SHOKI_NATIVE";
/// Names Tesseract's folder; the name is its own.
const TESSDATA: &str = "TESSDATA_PREFIX";
/// Names the inference.
const RUNTIME: &str = "SHOKI_OCR_RUNTIME";

/// One file, and the SHA-256 of the version that was tested.
pub(super) struct Part {
    /// Its name in the folder.
    pub name: &'static str,
    /// Lower-case hex.
    pub sha256: &'static str,
}

/// PDF pages to pictures.
pub(super) const PDFIUM: Part =
    Part { name: "libpdfium.so", sha256: "c76dc0f7839644bfa7c3e3107a6068df714e339c861bb7d4519907b821d427f9" };
/// ONNX Runtime.
pub(super) const ONNXRUNTIME: Part = Part {
    name: "libonnxruntime.so.1.31.1",
    sha256: "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3",
};
/// Finds lines of text on a page.
pub(super) const DETECTOR: Part = Part {
    name: "PP-OCRv6_det_small.onnx",
    sha256: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
};
/// The first reader.
pub(super) const FIRST: Part = Part {
    name: "PP-OCRv6_rec_small.onnx",
    sha256: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
};
/// The third reader.
pub(super) const THIRD: Part = Part {
    name: "PP-OCRv5_rec_mobile.onnx",
    sha256: "5825fc7ebf84ae7a412be049820b4d86d77620f204a041697b0494669b1742c5",
};

/// Towns by postal code; made by the installer.
pub(super) const TOWNS: Part =
    Part { name: "towns.tsv", sha256: "8b597775e8d47883eff756b41464b19223e7b1a4fc2a9da8112e9d2256e0ce05" };

/// Surnames and given names with readings; made by the installer.
pub(super) const NAMES: Part =
    Part { name: "names.tsv", sha256: "ada4113459820531ced63bf3b898bac4145ddcb837ec2d2af7586c9d14980195" };

impl NativeParts {
    /// What a reader is told in its environment.
    pub(in crate::drivers) fn to_tell(&self) -> Vec<(&'static str, OsString)> {
        let path = |path: &Option<PathBuf>| path.clone().map(OsString::from);
        let runtime = (self.runtime != Runtime::Auto).then(|| self.runtime.word().into());
        let told = [
            (FOLDER, path(&self.folder)),
            (RUNTIME, runtime),
            (CALIBRATION, path(&self.calibration)),
            (TESSDATA, path(&self.tessdata)),
        ];
        told.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// What a reader was told. The folder, the calibration and Tesseract's own are looked up where they are used.
    pub(in crate::drivers) fn told() -> Self {
        Self { runtime: Runtime::from_env(), ..Self::default() }
    }

    /// The folders where parts are looked for, in this order: the one set, `SHOKI_NATIVE`, `lib` beside the program, the cache.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        let beside = env::current_exe().ok().and_then(|p| Some(p.parent()?.join("lib")));
        let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| env::var_os("HOME").map(|h| Path::new(&h).join(".cache")));
        let cache = cache.map(|c| c.join("shoki/native"));
        [self.folder.clone(), env::var_os(FOLDER).map(PathBuf::from), beside, cache]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Parts that reading cannot do without and that are nowhere, for `shoki doctor`.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        [PDFIUM, FIRST, DETECTOR].iter().filter(|p| self.find(p).is_err()).map(|p| p.name).collect()
    }

    /// Where the part is.
    ///
    /// # Errors
    /// When it is in none of the folders.
    pub(super) fn find(&self, part: &Part) -> Result<PathBuf, OcrError> {
        let mut places = self.folders().into_iter().map(|f| f.join(part.name));
        places.find(|p| p.is_file()).ok_or_else(|| OcrError::NativeMissing { part: part.name.to_owned() })
    }

    /// The part's bytes, checked.
    ///
    /// # Errors
    /// When it is nowhere or not the tested version.
    pub(super) fn load(&self, part: &Part) -> Result<(PathBuf, Vec<u8>), OcrError> {
        let path = self.find(part)?;
        let bytes = fs::read(&path).map_err(|_| OcrError::NativeMissing { part: part.name.to_owned() })?;
        if sha256_hex(&bytes) != part.sha256 {
            return Err(OcrError::NativeDamaged { part: path.display().to_string() });
        }
        Ok((path, bytes))
    }
}

/// The SHA-256 as lower-case hex.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, b| {
        let _ = write!(hex, "{b:02x}");
        hex
    })
}
