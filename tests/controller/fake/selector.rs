//! Label and field selectors.
//!
//! After k8s.io/apimachinery `pkg/labels/selector.go`; of fields every API server
//! knows `metadata.name` and `metadata.namespace`, and the fake knows no others.

use serde_json::Value;

use super::answer::Refusal;

/// Which objects a list or a watch is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<Requirement>,
}

#[derive(Clone, Debug)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
}

impl Selector {
    /// Reads the two parameters of a request.
    pub(super) fn parse(labels: Option<&str>, fields: Option<&str>) -> Result<Self, Refusal> {
        let read = |text: Option<&str>| {
            let terms = terms(text.unwrap_or_default());
            let requirements = terms.into_iter().map(Requirement::parse);
            requirements.collect::<Option<Vec<Requirement>>>()
        };
        let unreadable = || Refusal::bad("unable to parse requirement");
        let fields = read(fields).ok_or_else(unreadable)?;
        let unknown =
            |it: &&Requirement| !["metadata.name", "metadata.namespace"].contains(&&*it.key);
        if let Some(unknown) = fields.iter().find(unknown) {
            let message = format!("field label not supported: {}", unknown.key);
            return Err(Refusal::bad(message));
        }
        Ok(Self {
            labels: read(labels).ok_or_else(unreadable)?,
            fields,
        })
    }

    /// Whether every object matches, so that none needs to be looked at.
    pub(super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether it is about an object.
    pub(super) fn matches(&self, object: &Value) -> bool {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let label = |key: &str| text(&object["metadata"]["labels"][key]);
        let field = |key: &str| text(&object["metadata"][key.trim_start_matches("metadata.")]);
        self.labels.iter().all(|it| it.holds(label(&it.key)))
            && self.fields.iter().all(|it| it.holds(field(&it.key)))
    }

    /// The one name that it asks for, which an API server's authorizer looks at.
    pub(super) fn name(&self) -> Option<&str> {
        self.fields.iter().find_map(|it| match &it.test {
            Test::In(values) if it.key == "metadata.name" => values.first().map(String::as_str),
            _ => None,
        })
    }
}

impl Requirement {
    /// One of `key`, `!key`, `key=v`, `key==v`, `key!=v`, `key in (v,w)`, `key notin (v,w)`.
    fn parse(term: &str) -> Option<Self> {
        let of = |key: &str, test| {
            let key = key.trim();
            let is_key = !key.is_empty() && !key.contains([' ', '(', ')', '=']);
            is_key.then(|| Self {
                key: key.to_owned(),
                test,
            })
        };
        let one = |value: &str| vec![value.trim().to_owned()];
        if let Some(key) = term.strip_prefix('!') {
            return of(key, Test::Absent);
        }
        if let Some((key, value)) = term.split_once("!=") {
            return of(key, Test::NotIn(one(value)));
        }
        if let Some((key, value)) = term.split_once('=') {
            let value = value.strip_prefix('=').unwrap_or(value);
            let is_value = !value.contains('=');
            return is_value.then(|| of(key, Test::In(one(value)))).flatten();
        }
        if let Some((key, values)) = term.split_once(" notin ") {
            return of(key, Test::NotIn(set(values)?));
        }
        if let Some((key, values)) = term.split_once(" in ") {
            return of(key, Test::In(set(values)?));
        }
        of(term, Test::Exists)
    }

    /// A missing label is in no set, and outside of each.
    fn holds(&self, value: Option<String>) -> bool {
        match (&self.test, value) {
            (Test::Exists, value) => value.is_some(),
            (Test::Absent, value) => value.is_none(),
            (Test::In(values), value) => value.is_some_and(|value| values.contains(&value)),
            (Test::NotIn(values), value) => value.is_none_or(|value| !values.contains(&value)),
        }
    }
}

/// `(v, w)`
fn set(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    Some(inner.split(',').map(|it| it.trim().to_owned()).collect())
}

/// Split at the commas that stand outside of parentheses.
fn terms(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let at_comma = |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    };
    let terms = text.split(at_comma).map(str::trim);
    terms.filter(|term| !term.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Selector;

    #[test]
    fn a_label_selector_is_read_as_kubernetes_reads_it() {
        let object = json!({"metadata": {
            "name": "pay", "namespace": "shop", "labels": {"shard": "a", "tier": "front"},
        }});
        for (labels, is_match) in [
            ("", true),
            ("shard", true),
            ("!shard", false),
            ("shard=a", true),
            ("shard==a,tier=front", true),
            ("shard=a,tier=back", false),
            ("shard!=b", true),
            ("other!=b", true),
            ("shard in (a, b),tier", true),
            ("shard notin (a,b)", false),
            ("other notin (a,b)", true),
        ] {
            let selector = Selector::parse(Some(labels), None).unwrap();
            assert_eq!(selector.matches(&object), is_match, "{labels}");
        }
    }

    #[test]
    fn of_fields_only_name_and_namespace_are_known() {
        let object = json!({"metadata": {"name": "pay", "namespace": "shop"}});
        for (fields, is_match) in [
            ("metadata.name=pay", true),
            ("metadata.name=web", false),
            ("metadata.name=pay,metadata.namespace!=shop", false),
        ] {
            let selector = Selector::parse(None, Some(fields)).unwrap();
            assert_eq!(selector.matches(&object), is_match, "{fields}");
        }
        let refused = Selector::parse(None, Some("spec.sourceRef=x")).unwrap_err();
        assert_eq!(
            (refused.code, refused.message.as_str()),
            (400, "field label not supported: spec.sourceRef")
        );
    }
}
