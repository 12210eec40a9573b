//! How a block of ours is told from others' in one config.
//!
//! A jq comment at the end of `selector.query`: unknown keys may get lost where
//! a config is stored, and expressions do not. The comment holds the block's
//! id, by which a newer text replaces an older one in its place.

use std::fmt;

use crate::catalog::{BlueprintId, EntityKind};

const MARKER: &str = "# glint-gitops: ";

/// Which of the blocks for one selection of entities: the exporter cannot leave
/// a team out (null drops the entity, an empty one clears the catalog's), so
/// entities with a team have a block of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Team {
    Absent,
    Stated,
}

/// The identity of a block of ours.
pub(super) struct BlockId<'a> {
    pub(super) kind: EntityKind,
    /// `None` is the generic block, for every blueprint.
    pub(super) blueprint: Option<&'a BlueprintId>,
    pub(super) team: Team,
}

impl fmt::Display for BlockId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.blueprint {
            None => write!(f, "generic {}", self.kind.plural())?,
            Some(blueprint) => write!(f, "explicit {} {blueprint}", self.kind.plural())?,
        }
        match self.team {
            Team::Absent => Ok(()),
            Team::Stated => f.write_str(" with team"),
        }
    }
}

/// The condition with the block's id as a comment. No id holds a line end, since
/// a blueprint's identifier holds none.
pub(super) fn marked(condition: &str, id: &BlockId<'_>) -> String {
    format!("{condition} {MARKER}{id}")
}

/// The id in a `selector.query` that we wrote, else `None`.
///
/// A query that only mentions the marker, inside a string or above its last
/// line, is not ours: our ids hold no quote and no control character.
pub(super) fn block_id(query: &str) -> Option<&str> {
    let (_, id) = query.trim_end().rsplit_once(MARKER)?;
    let is_id = !id.is_empty() && !id.contains(|c: char| c == '"' || c.is_control());
    is_id.then_some(id)
}

/// The blueprint in the id of an explicit block.
#[cfg(feature = "catalog")]
pub(super) fn block_blueprint(query: &str) -> Option<&str> {
    let (_, of_kind) = block_id(query)?
        .strip_prefix("explicit ")?
        .split_once(' ')?;
    Some(of_kind.strip_suffix(" with team").unwrap_or(of_kind))
}

#[cfg(test)]
mod tests {
    use super::{BlockId, Team, block_id, marked};
    use crate::catalog::{BlueprintId, EntityKind};

    #[test]
    fn a_block_of_ours_is_known_by_its_last_comment() {
        let blueprint = BlueprintId::parse("a\\b/größe").unwrap();
        let id = BlockId {
            kind: EntityKind::ClusterEntity,
            blueprint: Some(&blueprint),
            team: Team::Stated,
        };
        let query = marked("true", &id);
        assert_eq!(
            query,
            "true # glint-gitops: explicit clusterentities a\\b/größe with team"
        );
        assert_eq!(
            block_id(&format!("{query} \n")),
            Some("explicit clusterentities a\\b/größe with team")
        );
    }

    #[test]
    fn a_query_that_mentions_the_marker_is_not_ours() {
        for query in [
            "true",
            "",
            "true # glint-gitops",
            "true # glint-gitops: ",
            ".x == \"# glint-gitops: generic entities\"",
            "# glint-gitops: generic entities\ntrue",
        ] {
            assert_eq!(block_id(query), None, "{query:?}");
        }
    }
}
