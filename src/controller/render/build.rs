//! Mode `build`: what is looked at before kustomize runs, and the artifact that its
//! rendered stream becomes.
//!
//! Pure: kustomize runs between the two, in the shell's hands (`job`). Invariant: the
//! artifact's kustomization names all that is in it, so that kustomize-controller
//! looks for nothing by itself.

use crate::artifact::{FileTree, PathError};

use super::failure::Failure;

/// What an archive's kustomization is called; the first of the names that kustomize
/// knows.
pub(super) const KUSTOMIZATION: &str = "kustomization.yaml";

/// The rendered stream's file.
const MANIFESTS: &str = "manifests.yaml";

const NAMES: [&str; 3] = [KUSTOMIZATION, "kustomization.yml", "Kustomization"];

/// Settings in YAML that are no manifests, of this program and of SOPS.
const SETTINGS: [&str; 2] = [".glint.yaml", ".sops.yaml"];

/// With which every value begins that SOPS has encrypted, the file's own checksum
/// (`mac`) among them, whatever the file's format.
const ENCRYPTED: &[u8] = b"ENC[AES256_GCM,";

/// The artifact of a rendered stream: all of it in one file, byte for byte.
pub(super) fn built(stream: Vec<u8>) -> Result<FileTree, PathError> {
    let mut tree = FileTree::default();
    tree.insert(KUSTOMIZATION, kustomization(&[MANIFESTS.to_owned()], &[]))?;
    tree.insert(MANIFESTS, stream)?;
    Ok(tree)
}

/// A kustomization that names resources and components.
pub(super) fn kustomization(resources: &[String], components: &[&str]) -> String {
    let mut text =
        String::from("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n");
    let mut list = |field: &str, names: Vec<String>| {
        if !names.is_empty() {
            text.push_str(&format!("{field}:\n"));
        }
        for name in names {
            text.push_str(&format!("- {}\n", crate::manifest::quote(&name)));
        }
    };
    list("resources", resources.to_vec());
    list(
        "components",
        components.iter().map(|it| (*it).to_owned()).collect(),
    );
    text
}

/// A directory's path as a tree has it, without `./` and slashes too many; empty for
/// the whole tree.
pub(super) fn directory(path: &str) -> String {
    let names: Vec<&str> = path
        .split('/')
        .filter(|name| !matches!(*name, "" | "."))
        .collect();
    names.join("/")
}

/// Gives a directory without one the kustomization that kustomize-controller would
/// make for it: of all its YAML files, and of directories below that have their own
/// (fluxcd/pkg kustomize/kustomize_generator.go, `scanManifests`). A chart is left to
/// Helm.
pub(super) fn complete(tree: &mut FileTree, directory: &str) -> Result<(), PathError> {
    let prefix = match directory {
        "" => String::new(),
        directory => format!("{directory}/"),
    };
    let is_chart = tree.get(&format!("{prefix}Chart.yaml")).is_some();
    if is_chart || is_kustomized(tree, directory) {
        return Ok(());
    }
    let mut resources: Vec<String> = Vec::new();
    for (path, _) in tree.iter() {
        let Some(below) = path.strip_prefix(&prefix) else {
            continue;
        };
        let resource = match kustomized(tree, &prefix, below) {
            Some(base) => base,
            None if is_manifest(below) => below.to_owned(),
            None => continue,
        };
        if resources.last() != Some(&resource) {
            resources.push(resource);
        }
    }
    resources.dedup();
    // One without resources is refused by kustomize in words that say little.
    match resources.is_empty() {
        true => Ok(()),
        false => tree.insert(
            &format!("{prefix}{KUSTOMIZATION}"),
            kustomization(&resources, &[]),
        ),
    }
}

/// Whether a directory has a kustomization.
pub(super) fn is_kustomized(tree: &FileTree, directory: &str) -> bool {
    NAMES.iter().any(|name| {
        let path = match directory {
            "" => (*name).to_owned(),
            directory => format!("{directory}/{name}"),
        };
        tree.get(&path).is_some()
    })
}

/// The topmost directory of a path that has a kustomization of its own.
fn kustomized(tree: &FileTree, prefix: &str, below: &str) -> Option<String> {
    let mut directories = below.match_indices('/').map(|(end, _)| &below[..end]);
    let found = directories.find(|directory| is_kustomized(tree, &format!("{prefix}{directory}")));
    found.map(str::to_owned)
}

fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_yaml = [".yaml", ".yml"].iter().any(|end| name.ends_with(end));
    is_yaml && !SETTINGS.contains(&name)
}

/// Refuses what only kustomize-controller can build: files that it decrypts first, and
/// what `beyond` tells of.
pub(super) fn refuse<'a>(
    tree: &FileTree,
    reached: impl Iterator<Item = &'a str>,
    beyond: impl Iterator<Item = &'a str>,
) -> Result<(), Failure> {
    let encrypted = reached
        .filter(|path| {
            let file = tree.get(path);
            file.is_some_and(|file| is_encrypted(&file.bytes))
        })
        .map(|path| format!("`{path}` is encrypted with SOPS"));
    let what: Vec<String> = encrypted.chain(beyond.map(str::to_owned)).collect();
    match what.is_empty() {
        true => Ok(()),
        false => Err(Failure::only_flux(&what)),
    }
}

/// Whether SOPS has encrypted a file, or values in it.
fn is_encrypted(text: &[u8]) -> bool {
    text.windows(ENCRYPTED.len())
        .any(|found| found == ENCRYPTED)
}

#[cfg(test)]
mod tests {
    use super::{built, complete, directory, refuse};
    use crate::artifact::FileTree;

    fn tree(files: &[(&str, &str)]) -> FileTree {
        let mut tree = FileTree::default();
        for (path, text) in files {
            tree.insert(path, *text).unwrap();
        }
        tree
    }

    fn told(tree: &FileTree) -> String {
        let files = tree.iter().map(|(path, file)| {
            let text = String::from_utf8_lossy(&file.bytes);
            format!("# {path}\n{text}")
        });
        files.collect()
    }

    #[test]
    fn a_rendered_stream_is_one_file_that_the_kustomization_names() {
        let stream = "# kept\nkind: A\n---\nkind: B";
        assert_eq!(
            told(&built(stream.into()).unwrap()),
            "# kustomization.yaml\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- \"manifests.yaml\"\n# manifests.yaml\n# kept\nkind: A\n---\nkind: B"
        );
    }

    #[test]
    fn a_directory_without_a_kustomization_gets_fluxs() {
        let mut tree = tree(&[
            ("apps/.glint.yaml", ""),
            ("apps/a.yaml", ""),
            ("apps/b/c.yml", ""),
            ("apps/d/Kustomization", ""),
            ("apps/d/e/f.yaml", ""),
            ("apps/d/kept.yaml", ""),
            ("apps/read.me", ""),
            ("other.yaml", ""),
        ]);
        complete(&mut tree, &directory("./apps/")).unwrap();
        let made = &tree.get("apps/kustomization.yaml").unwrap().bytes;
        assert_eq!(
            String::from_utf8_lossy(made),
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- \"a.yaml\"\n- \"b/c.yml\"\n- \"d\"\n"
        );
    }

    #[test]
    fn a_kustomization_a_chart_and_an_empty_directory_stay_as_they_are() {
        for file in ["kustomization.yml", "Chart.yaml", "read.me"] {
            let before = tree(&[(file, ""), ("templates/a.txt", "")]);
            let mut after = before.clone();
            complete(&mut after, &directory("./")).unwrap();
            assert_eq!(after, before);
        }
    }

    #[test]
    fn what_only_flux_can_build_is_refused_by_name() {
        let tree = tree(&[
            (
                "a.yaml",
                "kind: Secret\ndata: {x: 'ENC[AES256_GCM,data:Zm8=,type:str]'}\n",
            ),
            ("b.env", "X=ENC[AES256_GCM,data:Zm8=]\nsops_version=3\n"),
            ("c.yaml", "kind: ConfigMap\n"),
            ("not-reached.yaml", "ENC[AES256_GCM,"),
        ]);
        let reached = ["a.yaml", "b.env", "c.yaml", "gone.yaml"].into_iter();
        let beyond = ["`kustomization.yaml` needs `https://x`"].into_iter();
        assert_eq!(
            refuse(&tree, reached, beyond).unwrap_err().message,
            "`a.yaml` is encrypted with SOPS, `b.env` is encrypted with SOPS, `kustomization.yaml` needs `https://x`: only Flux itself can build this; set `mode: augment`, which leaves the build to it"
        );
        let plain = ["c.yaml"].into_iter();
        assert_eq!(refuse(&tree, plain, [].into_iter()), Ok(()));
    }
}
