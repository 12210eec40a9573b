//! One render as a job for the shell, which knows the settings and the operator's
//! policy; and the place on the disk where it happens.
//!
//! Not for what is made of the result (`build`, `augment`). Invariants: the place is
//! readable for this user alone and gone afterwards; the shell decides nothing but
//! what settings say.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tempfile::TempDir;

use super::failure::JobError;
use super::resource::{GlintRender, GlintRenderSpec};
use super::source::Source;
use crate::artifact::FileTree;
use crate::catalog::Dialect;
use crate::finding::Finding;
use crate::input::Limits;
use crate::render::Additions;

/// What is rendered, and what is said of it.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// `GlintRender shop/checkout`.
    pub object: String,
    /// What the cluster knows, by the names of settings.
    pub facts: Vec<(&'static str, String)>,
    /// The fields of `spec` that are settings. Untrusted.
    pub chosen: Map<String, Value>,
    /// Where the source is unpacked.
    pub root: PathBuf,
    /// The directory in it, without `./`; empty for the whole.
    pub directory: PathBuf,
}

/// What a render gives.
#[derive(Debug)]
pub(crate) struct Stream {
    /// All manifests.
    pub text: Vec<u8>,
    /// How many documents hold no entity, what was added left out.
    pub others: usize,
    /// How many entities there are.
    pub entities: usize,
    /// What there is to say about it.
    pub findings: Vec<Finding>,
}

/// What stands beside a source that Flux builds.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Glint's part.
    pub additions: Additions,
    /// Whose entities they are.
    pub dialect: Dialect,
}

/// What this module needs of the shell. Each call may take as long as the render's
/// deadline lets it, and waits for processes.
pub(crate) trait Shell: Send + Sync + 'static {
    /// Tells apart all that decides a render besides the object and its source: the
    /// operator's settings and policy, and the program itself.
    ///
    /// # Errors
    /// A policy that can't be read.
    fn fingerprint(&self) -> Result<String, JobError>;

    /// How much is read at most.
    fn limits(&self) -> Limits;

    /// Renders a directory as `glint-gitops render` does.
    fn render(&self, job: &Job) -> Result<Stream, JobError>;

    /// Tells Glint's part of files of manifests, each with its path.
    fn additions(&self, job: &Job, manifests: &[(String, Vec<u8>)]) -> Result<Beside, JobError>;
}

/// What is said of a render.
pub(super) fn job(render: &GlintRender, source: &Source, root: &Path, directory: &str) -> Job {
    let namespace = render.metadata.namespace.clone().unwrap_or_default();
    let name = render.metadata.name.clone().unwrap_or_default();
    let object = format!("GlintRender {namespace}/{name}");
    let mut facts = vec![
        ("host", "flux".to_owned()),
        ("application", name),
        ("namespace", namespace),
    ];
    facts.extend(source.url.clone().map(|url| ("source-repo", url)));
    if !directory.is_empty() {
        facts.push(("source-path", directory.to_owned()));
    }
    Job {
        object,
        facts,
        chosen: chosen(&render.spec),
        root: root.to_owned(),
        directory: PathBuf::from(directory),
    }
}

/// The fields that are settings; a new field of the spec is one or is named here.
fn chosen(spec: &GlintRenderSpec) -> Map<String, Value> {
    let GlintRenderSpec {
        source_ref: _,
        path: _,
        mode: _,
        interval: _,
        suspend: _,
        timeout,
        crds,
        mapping,
        mapping_style,
        deliver,
        allow_empty,
        dialect,
    } = spec;
    let value = |value: Result<Value, serde_json::Error>| value.ok().filter(|it| !it.is_null());
    let fields = [
        ("timeout", value(serde_json::to_value(timeout))),
        ("crds", value(serde_json::to_value(crds))),
        ("mapping", value(serde_json::to_value(mapping))),
        ("mappingStyle", value(serde_json::to_value(mapping_style))),
        ("deliver", value(serde_json::to_value(deliver))),
        ("allowEmpty", value(serde_json::to_value(allow_empty))),
        ("dialect", value(serde_json::to_value(dialect))),
    ];
    let fields = fields.into_iter();
    fields
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// A tree on the disk, for one render.
#[derive(Debug)]
pub(super) struct Scratch {
    directory: TempDir,
}

impl Scratch {
    /// Writes a tree where only this user can read it.
    pub(super) fn new(tree: &FileTree) -> io::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("glint-render-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()?;
        let scratch = Self { directory };
        let root = scratch.root();
        fs::create_dir(&root)?;
        for (path, file) in tree.iter() {
            let path = root.join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, &file.bytes)?;
        }
        Ok(scratch)
    }

    /// A message without the place, which is another one each time.
    pub(super) fn without(&self, message: &str) -> String {
        let root = self.root().display().to_string();
        let beside = self.directory.path().display().to_string();
        [
            (format!("{root}/"), ""),
            (root, "."),
            // Where a path leads that leaves the tree.
            (format!("{beside}/"), "../"),
            (beside, ".."),
        ]
        .iter()
        .fold(message.to_owned(), |message, (place, stands)| {
            message.replace(place, stands)
        })
    }

    /// The tree's root.
    pub(super) fn root(&self) -> PathBuf {
        self.directory.path().join("artifact")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::{Scratch, chosen};
    use crate::artifact::FileTree;
    use crate::controller::render::resource::GlintRenderSpec;

    #[test]
    fn what_the_author_left_out_is_not_chosen() {
        let spec: GlintRenderSpec = serde_json::from_value(json!({
            "sourceRef": {"kind": "GitRepository", "name": "shop"},
            "timeout": "30s",
            "mappingStyle": "explicit",
            "deliver": false,
        }))
        .unwrap();
        let chosen = serde_json::Value::Object(chosen(&spec));
        assert_eq!(
            chosen,
            json!({"timeout": "30s", "mappingStyle": "explicit", "deliver": false})
        );
    }

    #[test]
    fn a_message_never_tells_the_place_which_is_another_one_each_time() {
        let scratch = Scratch::new(&FileTree::default()).unwrap();
        let root = scratch.root().display().to_string();
        let message = format!("`{root}/a.yaml` in `{root}`; `../x` leads to `{root}/../x`");
        let beside = scratch.root().parent().unwrap().display().to_string();
        assert_eq!(
            scratch.without(&format!("{message}, `{beside}/x`")),
            "`a.yaml` in `.`; `../x` leads to `../x`, `../x`"
        );
    }

    #[test]
    fn a_tree_on_the_disk_is_this_users_alone_and_gone_afterwards() {
        let mut tree = FileTree::default();
        tree.insert("apps/a.yaml", "kind: A").unwrap();
        let scratch = Scratch::new(&tree).unwrap();
        let root = scratch.root();
        assert_eq!(fs::read(root.join("apps/a.yaml")).unwrap(), b"kind: A");
        let mode = fs::metadata(root.parent().unwrap())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(scratch);
        assert!(!root.exists());
    }
}
