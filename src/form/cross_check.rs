//! Whether the checks across fields hold.

use super::{CrossCheck, Form};
use crate::expr::{Scope, truth};
use serde_json::{Map, Value};

impl Form {
    /// The checks that do not hold, or that cannot be computed, for these values: field → value, rows as lists of maps.
    /// A check whose fields are all empty is not asked.
    #[must_use]
    pub fn failed_checks(&self, values: &Map<String, Value>) -> Vec<&CrossCheck> {
        let scope = Scope::new(values.clone());
        let empty = |field: &String| match values.get(field) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(_) => false,
        };
        let asked = self.checks.iter().filter(|c| c.fields.is_empty() || !c.fields.iter().all(empty));
        asked.filter(|c| !truth(&c.that, &scope).unwrap_or(false)).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::form::{CrossCheck, Form, PageSpec};
    use serde_json::{Map, Value, json};

    fn form() -> Form {
        let page = PageSpec { width: 210.0, height: 297.0, blank: "b.pdf".into() };
        let that = "異動日 <= 届出日 or 異動区分 == '転出'".to_owned();
        let check = CrossCheck {
            that,
            otherwise: "異動日が届出日より後です".to_owned(),
            fields: vec!["異動日".to_owned()],
        };
        Form {
            id: "f".into(),
            title: "f".into(),
            page,
            fields: Vec::new(),
            rows: Vec::new(),
            checks: vec![check],
        }
    }

    fn values(moved: &str, kind: &str) -> Map<String, Value> {
        let all = json!({ "異動日": moved, "届出日": "2026-11-02", "異動区分": kind });
        all.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_check_holds_or_is_named() {
        assert!(form().failed_checks(&values("2026-11-01", "転入")).is_empty());
        assert!(form().failed_checks(&values("2026-11-09", "転出")).is_empty());
        assert_eq!(form().failed_checks(&values("2026-11-09", "転入")).len(), 1);
        assert!(form().failed_checks(&values("", "転入")).is_empty(), "nothing to compare yet");
    }
}
