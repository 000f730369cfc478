//! `browser.open`: goes to a page of the system.

use crate::{
    drivers::browser::{Dialogs, Session},
    step::{Action, Arg, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Which page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserOpen {
    /// 開くページ。/ から始めれば対象システムの url からの道筋です。
    url: Arg<String>,
    /// 開くときに出るかもしれない警告の窓の文の一部。OK を押して進んでよいものだけを書きます。ほかの窓が出れば何も押さずに止まります。
    #[serde(default)]
    alerts: Vec<String>,
}

impl Action for BrowserOpen {
    const NAME: &'static str = "browser.open";
    const SUMMARY: &'static str = "対象システムのページを開きます。";
    const EXAMPLE: &'static str = "url: /menu\n";
    const EFFECT: Effect = Effect::Read;
    const NEEDS_SESSION: bool = true;
    type Output = ();

    async fn run(&self, cx: &StepContext) -> Result<(), Failure> {
        let session = cx.session::<Session>()?;
        let base = cx.system.as_ref().map_or("", |s| s.url.as_str());
        let dialogs = Dialogs { must: Vec::new(), may: self.alerts.clone() };
        Ok(session.screen().await.open_past(&address(base, self.url.get()), &dialogs).await?)
    }
}

/// The address of a page, from the system's own where it begins with `/`.
fn address(base: &str, url: &str) -> String {
    if !url.starts_with('/') {
        return url.to_owned();
    }
    let host = base.find("://").map_or(0, |at| at + 3);
    let end = base[host..].find('/').map_or(base.len(), |at| host + at);
    format!("{}{url}", &base[..end])
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_path_begins_at_the_systems_host() {
        assert_eq!(address("http://juki:8080/start/", "/menu?a=1"), "http://juki:8080/menu?a=1");
        assert_eq!(address("http://juki", "/menu"), "http://juki/menu");
        assert_eq!(address("http://juki", "http://other/x"), "http://other/x");
    }
}
