//! The codes and their pages.
//!
//! 01xx reading YAML · 02xx expressions · 03xx forms · 04xx reading paper · 05xx browser · 06xx files and workbooks ·
//! 07xx running · 08xx audit and store · 09xx the program itself.

/// A code and its page in Japanese: the title in its first line, then what happened, why, the repair, an example.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// `SHK0101`.
    pub code: &'static str,
    /// The page, Markdown.
    pub page: &'static str,
}

/// The page of one code; the file has the code's name.
macro_rules! pages {
    ($($code:literal)*) => {
        &[$(Code { code: $code, page: include_str!(concat!("pages/", $code, ".md")) }),*]
    };
}

/// Every code, sorted.
pub const CODES: &[Code] = pages! {
    "SHK0101"
    "SHK0102"
    "SHK0103"
    "SHK0104"
    "SHK0105"
    "SHK0106"
    "SHK0107"
    "SHK0108"
    "SHK0109"
    "SHK0110"
    "SHK0111"
    "SHK0112"
    "SHK0113"
    "SHK0114"
    "SHK0115"
    "SHK0116"
    "SHK0117"
    "SHK0118"
    "SHK0119"
    "SHK0120"
    "SHK0121"
    "SHK0122"
    "SHK0123"
    "SHK0124"
    "SHK0125"
    "SHK0126"
    "SHK0127"
    "SHK0128"
    "SHK0129"
    "SHK0130"
    "SHK0131"
    "SHK0132"
    "SHK0133"
    "SHK0134"
    "SHK0135"
    "SHK0136"
    "SHK0140"
    "SHK0141"
    "SHK0142"
    "SHK0144"
    "SHK0145"
    "SHK0201"
    "SHK0202"
    "SHK0203"
    "SHK0204"
    "SHK0205"
    "SHK0206"
    "SHK0207"
    "SHK0301"
    "SHK0302"
    "SHK0303"
    "SHK0304"
    "SHK0305"
    "SHK0306"
    "SHK0307"
    "SHK0401"
    "SHK0402"
    "SHK0403"
    "SHK0404"
    "SHK0405"
    "SHK0406"
    "SHK0501"
    "SHK0502"
    "SHK0503"
    "SHK0504"
    "SHK0505"
    "SHK0506"
    "SHK0507"
    "SHK0508"
    "SHK0509"
    "SHK0510"
    "SHK0511"
    "SHK0512"
    "SHK0513"
    "SHK0514"
    "SHK0515"
    "SHK0516"
    "SHK0517"
    "SHK0518"
    "SHK0519"
    "SHK0520"
    "SHK0521"
    "SHK0522"
    "SHK0523"
    "SHK0601"
    "SHK0602"
    "SHK0603"
    "SHK0604"
    "SHK0605"
    "SHK0606"
    "SHK0607"
    "SHK0608"
    "SHK0609"
    "SHK0610"
    "SHK0611"
    "SHK0612"
    "SHK0613"
    "SHK0614"
    "SHK0615"
    "SHK0616"
    "SHK0701"
    "SHK0702"
    "SHK0703"
    "SHK0704"
    "SHK0705"
    "SHK0706"
    "SHK0707"
    "SHK0720"
    "SHK0721"
    "SHK0722"
    "SHK0723"
    "SHK0724"
    "SHK0725"
    "SHK0726"
    "SHK0727"
    "SHK0728"
    "SHK0729"
    "SHK0730"
    "SHK0731"
    "SHK0732"
    "SHK0733"
    "SHK0734"
    "SHK0735"
    "SHK0736"
    "SHK0737"
    "SHK0738"
    "SHK0750"
    "SHK0751"
    "SHK0752"
    "SHK0760"
    "SHK0761"
    "SHK0901"
    "SHK0902"
    "SHK0903"
    "SHK1001"
};

/// The page of a code, for `shoki explain`.
#[must_use]
pub fn explain(code: &str) -> Option<&'static str> {
    CODES.iter().find(|c| c.code.eq_ignore_ascii_case(code)).map(|c| c.page)
}

/// The title of a code: the first line of its page.
#[must_use]
pub fn title(code: &str) -> Option<&'static str> {
    let first = explain(code)?.lines().next()?;
    first.split_once(' ').and_then(|(_, rest)| rest.split_once(' ')).map(|(_, title)| title)
}
