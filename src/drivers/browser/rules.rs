//! What one system's screens may do by themselves. What is not declared here stops the session.

/// What one system's screens may do by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemRules {
    /// The allow list, as `scheme://host:port`; made by [`origin_of`].
    pub allow: Vec<String>,
    /// Titles of windows that may appear by themselves and are closed.
    pub notices: Vec<String>,
    /// Texts of a page that says the session has run out.
    pub expired_when: Vec<String>,
    /// Texts of a page that says somebody else holds the record.
    pub locked_when: Vec<String>,
    /// Texts of a page that refuses the case.
    pub error_when: Vec<String>,
    /// Labels whose values are painted over in every picture.
    pub mask: Vec<String>,
}

impl SystemRules {
    /// Rules with nothing declared but where the system is.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self { allow: origin_of(url).into_iter().collect(), ..Self::default() }
    }

    /// Whether a page of that origin may be shown. `null` is the origin of `about:blank`.
    pub(super) fn allows(&self, origin: &str) -> bool {
        origin == "null" || self.allow.iter().any(|a| a == origin)
    }

    /// Whether a host, without scheme and port, is one of the allowed.
    pub(super) fn allows_host(&self, host: &str) -> bool {
        self.allow.iter().filter_map(|a| host_of(a)).any(|h| h == host)
    }

    /// The declared texts in the order of `verdict`.
    pub(super) fn texts(&self) -> Vec<&str> {
        let all = [&self.expired_when, &self.locked_when, &self.error_when];
        all.into_iter().flatten().map(String::as_str).collect()
    }
}

/// `scheme://host:port` of an `http` or `https` address, as a browser writes it; nothing for anything else,
/// for an address with a user name in it, and for one that browsers read in more than one way.
#[must_use]
pub fn origin_of(url: &str) -> Option<String> {
    if url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let host = authority.strip_suffix(default).unwrap_or(&authority);
    Some(format!("{scheme}://{host}"))
}

/// The host of an origin, without its port.
pub(super) fn host_of(origin: &str) -> Option<&str> {
    let authority = origin.split_once("://")?.1;
    let port = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    Some(port.map_or(authority, |(host, _)| host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        assert_eq!(origin_of("HTTP://Juki.City.LOCAL:80/a?b#c").as_deref(), Some("http://juki.city.local"));
        assert_eq!(origin_of("https://juki:8443").as_deref(), Some("https://juki:8443"));
        for bad in
            ["file:///etc/passwd", "juki", "http://", "http://juki@evil/", "http:\\\\juki/", "http://a b/"]
        {
            assert_eq!(origin_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_host_is_known_without_its_port() {
        assert_eq!(host_of("http://127.0.0.1:8080"), Some("127.0.0.1"));
        assert_eq!(host_of("https://[::1]"), Some("[::1]"));
    }

    #[test]
    fn no_way_of_writing_another_place_passes_for_this_one() {
        let rules = SystemRules::at("http://juki.city.local:8080/menu");
        assert!(origin_of("HTTP://JUKI.city.local:8080/other").is_some_and(|origin| rules.allows(&origin)));
        for other in [
            "https://juki.city.local:8080/",
            "http://juki.city.local/",
            "http://juki.city.local:80/",
            "http://juki.city.local:80800/",
            "http://juki.city.local.:8080/",
            "http://juki.city.local.evil:8080/",
            "http://evil/juki.city.local:8080/",
            "http://evil?juki.city.local:8080/",
            "http://evil#juki.city.local:8080/",
            "http://juki.city.local:8080@evil/",
            "http://juki.city.local%3a8080/",
            "http://juki。city。local:8080/",
            "http://jukі.city.local:8080/",
            "http://127.0.0.1:8080/",
            "http://2130706433:8080/",
            "http://[::1]:8080/",
            "http:/juki.city.local:8080/",
            "http:///juki.city.local:8080/",
            "http:\\\\juki.city.local:8080/",
            "http://juki.city.local:8080\\@evil/",
            "//juki.city.local:8080/",
            "view-source:http://juki.city.local:8080/",
            "blob:http://juki.city.local:8080/1",
            "ws://juki.city.local:8080/",
            "ftp://juki.city.local:8080/",
            "file:///juki.city.local:8080/",
            "javascript:location='http://juki.city.local:8080/'",
            "data:text/html,http://juki.city.local:8080/",
            "chrome://juki.city.local:8080/",
            "http://juki.city.local:8080\t/",
        ] {
            assert!(origin_of(other).is_none_or(|origin| !rules.allows(&origin)), "{other}");
        }
    }

    #[test]
    fn another_port_is_another_place() {
        let rules = SystemRules::at("http://127.0.0.1:8080/menu");
        assert!(rules.allows("http://127.0.0.1:8080") && rules.allows("null"));
        assert!(!rules.allows("http://127.0.0.1:8081") && !rules.allows("http://127.0.0.1"));
    }
}
