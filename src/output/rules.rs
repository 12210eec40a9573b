//! The list of all rules, for people.

use crate::validate::RULES;

/// One line a rule: id, severity, summary.
pub(crate) fn rules() -> String {
    let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    RULES
        .iter()
        .map(|rule| {
            let stops = if rule.stops { "; stops a render" } else { "" };
            format!(
                "{:width$}  {:7}  {}{stops}\n",
                rule.id,
                rule.severity.as_str(),
                rule.summary
            )
        })
        .collect()
}
