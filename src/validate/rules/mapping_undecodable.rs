//! `mapping-undecodable`: a config that the exporter can't decode.
//!
//! It has stopped what it did before when it finds out, and does nothing until the
//! config is mended (port-k8s-exporter 0.7.9).

use crate::exporter::{ConfigError, Effect};
use crate::finding::{Finding, Severity};
use crate::manifest::FieldPath;

const RULE: &str = "mapping-undecodable";

/// The finding, its field being the config's.
pub(crate) fn finding(error: &ConfigError) -> Finding {
    let ConfigError {
        path,
        problem,
        effect,
    } = error;
    let help = match effect {
        Effect::Stops => "until it is mended, the exporter does nothing",
        Effect::Crashes => "the exporter crashes at the first object, and again after each restart",
        Effect::Unclear => "the exporter may read it otherwise than it is meant",
    };
    Finding::new(
        RULE,
        Severity::Error,
        format!("the exporter's {path} {problem}"),
    )
    .with_help(help)
    .in_field(field(path))
}

/// `config.resources[0].kind` as a path, as far as its names are plain.
fn field(path: &str) -> FieldPath {
    let mut field = FieldPath::root();
    for part in path.split('.').skip(1) {
        let (name, indexes) = part.split_once('[').unwrap_or((part, ""));
        field = field.key(name);
        for index in indexes.split('[') {
            let index = index.trim_end_matches(']').parse();
            field = index.map_or(field.clone(), |index| field.index(index));
        }
    }
    field
}

#[cfg(test)]
mod tests {
    use super::finding;
    use crate::catalog::Dialect;
    use crate::exporter::Config;
    use crate::validate::rules::fixture;

    #[track_caller]
    fn check(config: &str, expected: &str) {
        let config = fixture::read(config).value().clone();
        let error = Config::decode(config, Dialect::Glint).expect_err("it can't be decoded");
        assert_eq!(fixture::lines(&[finding(&error)]), [expected]);
    }

    #[test]
    fn what_can_not_be_decoded_is_told_with_its_place() {
        check(
            "resources: [{kind: v1/pods, selector: {query: true}}]",
            "error mapping-undecodable .resources[0].selector.query: the exporter's config.resources[0].selector.query must be a string: put it in quotes",
        );
    }
}
