//! What a user applies to install the program: the folders `argocd/`, `flux/` and
//! `helm/` of the project, for the user's own names.
//!
//! Names in, files out; writing them is the work of `output`. The folders
//! themselves are the only source: they build as they are, and their texts are
//! compiled in. Invariant: with the default names each file is the shipped one,
//! byte for byte.

mod names;
mod shipped;

pub(crate) use names::{NameError, Names};
pub(crate) use shipped::{argocd, flux, helm};

/// What is applied in one go: one folder of the project.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Its name, and the part's on the command line.
    pub(crate) name: &'static str,
    files: &'static [Shipped],
}

/// A file as it is shipped, with the default names.
#[derive(Debug)]
struct Shipped {
    name: &'static str,
    text: &'static str,
    role: Role,
}

/// What becomes of a file where no kustomize runs, in a stream for kubectl.
#[derive(Clone, Copy, Debug)]
enum Role {
    /// It is in the stream as it is.
    Manifest,
    /// It is a part of an object, for `kubectl patch`, and no object to apply.
    Patch,
    /// It is the only content of the ConfigMap of this name.
    Content(&'static str),
    /// It says how to build, or runs elsewhere: it is not in the stream.
    Tool,
}

/// A file for the user's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Its name in its folder.
    pub(crate) name: &'static str,
    /// Its content.
    pub(crate) text: String,
    /// Whether it is a program.
    pub(crate) is_program: bool,
}

impl Folder {
    /// The folder's files.
    pub(crate) fn files(&self, names: &Names) -> Vec<File> {
        let files = self.files.iter();
        files
            .map(|file| File {
                name: file.name,
                text: names.put_into(file.text),
                is_program: file.text.starts_with("#!"),
            })
            .collect()
    }

    /// The folder as one stream: what building it gives, for `kubectl apply`, or a
    /// patch, for `kubectl patch`. `None` where it is both, which no command takes.
    pub(crate) fn stream(&self, names: &Names) -> Option<String> {
        let mut documents = Vec::new();
        let mut patches = 0;
        for file in self.files {
            let text = names.put_into(file.text);
            match file.role {
                Role::Manifest => documents.push(text),
                Role::Patch => {
                    patches += 1;
                    documents.push(text);
                }
                Role::Content(config_map) => {
                    let config_map = names.put_into(config_map);
                    documents.push(content_of(&config_map, file.name, &text, names));
                }
                Role::Tool => {}
            }
        }
        (patches == 0 || documents.len() == 1).then(|| documents.join("---\n"))
    }
}

/// The ConfigMap that kustomize generates from one file, but for the digest.
fn content_of(config_map: &str, key: &str, text: &str, names: &Names) -> String {
    let namespace = names.namespace();
    let mut document = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {config_map}\n  \
         namespace: {namespace}\ndata:\n  {key}: |\n"
    );
    for line in text.lines() {
        // Without blanks on empty lines, as kustomize writes it.
        let indent = if line.is_empty() { "" } else { "    " };
        document.extend([indent, line, "\n"]);
    }
    document
}

#[cfg(test)]
mod tests {
    use super::{Names, argocd, flux, helm};

    #[test]
    fn the_default_names_give_the_shipped_files() {
        let folders = argocd::ALL.iter().chain(&flux::ALL).chain([&&helm::PLUGIN]);
        for folder in folders {
            for (file, shipped) in folder.files(&Names::of_argocd()).iter().zip(folder.files) {
                assert_eq!(file.text, shipped.text, "{}/{}", folder.name, file.name);
            }
        }
        for folder in flux::ALL {
            for (file, shipped) in folder.files(&Names::of_flux()).iter().zip(folder.files) {
                assert_eq!(file.text, shipped.text, "{}/{}", folder.name, file.name);
            }
        }
    }

    #[test]
    fn a_plugin_of_another_name_shares_nothing_but_the_policy() {
        let names = Names::of_argocd().with_plugin("next").unwrap();
        let files = argocd::PLUGIN_CONFIGMAP.files(&names);
        let lines = files.iter().flat_map(|file| file.text.lines());
        let rest: Vec<&str> = lines
            .filter(|line| line.contains("name: glint-gitops"))
            .map(str::trim)
            .collect();
        assert_eq!(
            rest,
            [
                "- name: glint-gitops-policy",
                "- name: glint-gitops-policy",
                "name: glint-gitops-policy"
            ]
        );
    }

    #[test]
    fn a_patch_beside_objects_is_no_stream() {
        let names = Names::of_argocd();
        let without: Vec<&str> = argocd::ALL
            .iter()
            .filter(|folder| folder.stream(&names).is_none())
            .map(|folder| folder.name)
            .collect();
        assert_eq!(without, [argocd::PLUGIN_CONFIGMAP.name]);
    }

    #[test]
    fn the_controllers_come_from_their_own_image() {
        let names = Names::of_flux().with_image("a:1").unwrap();
        let names = names.with_controller_image("b:2").unwrap();
        let folders = flux::ALL.iter();
        let files = folders.flat_map(|folder| folder.files(&names));
        let images: Vec<String> = files
            .flat_map(|file| {
                let lines = file.text.lines().map(str::trim).map(str::to_owned);
                lines.collect::<Vec<_>>()
            })
            .filter(|line| line.starts_with("image: ") || line.starts_with("container=$("))
            .collect();
        assert_eq!(
            images,
            ["container=$(docker create a:1)", "image: b:2", "image: b:2"]
        );
    }

    #[test]
    fn in_another_namespace_nothing_stays_in_the_shipped_one() {
        let names = Names::of_argocd().with_namespace("cd").unwrap();
        let files = argocd::ALL.iter().flat_map(|folder| folder.files(&names));
        let lines: Vec<String> = files
            .flat_map(|file| file.text.lines().map(str::to_owned).collect::<Vec<_>>())
            .filter(|line| !line.trim_start().starts_with('#'))
            .filter(|line| line.contains("argocd"))
            .filter(|line| {
                // The names and folders of Argo CD's own, and of the project.
                let is_own = |it: &str| line.contains(it);
                ![
                    "argocd-",
                    "argocd.argoproj.io/",
                    "/run/argocd",
                    "/argocd/",
                    "path: argocd/",
                    "[glint-gitops, argocd,",
                ]
                .into_iter()
                .any(is_own)
            })
            .collect();
        assert_eq!(lines, [""; 0]);
    }
}
