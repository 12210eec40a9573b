//! The names of a user's installation, and where they stand in the shipped files.
//!
//! Invariant: a name is a word that needs no quotes in YAML and in a shell.

use thiserror::Error;

/// The image as it is shipped; a place in the reader's mind, for no registry is
/// called so.
const IMAGE: &str = concat!(
    "registry.example.com/glint-gitops:",
    env!("CARGO_PKG_VERSION")
);
/// The controllers' image as it is shipped.
const CONTROLLER_IMAGE: &str = concat!(
    "registry.example.com/glint-gitops-controller:",
    env!("CARGO_PKG_VERSION")
);
/// The plugin's name as it is shipped, and as the image's own plugin.yaml has it.
const PLUGIN: &str = "glint-gitops";

/// The names of one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    image: String,
    controller_image: String,
    shipped_namespace: &'static str,
    namespace: String,
    plugin: String,
}

/// A name that can't be one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum NameError {
    /// No image reference.
    #[error("`{0}` is no image; write it as `registry/name:tag` or `registry/name@sha256:digest`")]
    Image(String),
    /// No namespace.
    #[error("`{0}` is no namespace: it takes at most 63 lower-case letters, digits and `-`")]
    Namespace(String),
    /// No name for a plugin.
    #[error(
        "`{0}` is no name for a plugin: it takes at most 56 lower-case letters, digits and `-`"
    )]
    Plugin(String),
}

impl Names {
    /// Those that the folder `argocd/` is shipped with.
    pub(crate) fn of_argocd() -> Self {
        Self::shipped("argocd")
    }

    /// Those that the folder `flux/` is shipped with.
    pub(crate) fn of_flux() -> Self {
        Self::shipped("flux-system")
    }

    fn shipped(namespace: &'static str) -> Self {
        Self {
            image: IMAGE.to_owned(),
            controller_image: CONTROLLER_IMAGE.to_owned(),
            shipped_namespace: namespace,
            namespace: namespace.to_owned(),
            plugin: PLUGIN.to_owned(),
        }
    }

    /// With another image.
    ///
    /// # Errors
    /// Where it is no image reference.
    pub(crate) fn with_image(self, image: &str) -> Result<Self, NameError> {
        Ok(Self {
            image: reference(image)?,
            ..self
        })
    }

    /// With another image of the controllers.
    ///
    /// # Errors
    /// Where it is no image reference.
    pub(crate) fn with_controller_image(self, image: &str) -> Result<Self, NameError> {
        Ok(Self {
            controller_image: reference(image)?,
            ..self
        })
    }

    /// In another namespace.
    ///
    /// # Errors
    /// Where it is no namespace.
    pub(crate) fn with_namespace(self, namespace: &str) -> Result<Self, NameError> {
        if !is_label(namespace, 63) {
            return Err(NameError::Namespace(namespace.to_owned()));
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            ..self
        })
    }

    /// With another name for the plugin.
    ///
    /// # Errors
    /// Where it, or a volume that is called after it, can't be called so.
    pub(crate) fn with_plugin(self, plugin: &str) -> Result<Self, NameError> {
        if !is_label(plugin, 63 - "-plugin".len()) {
            return Err(NameError::Plugin(plugin.to_owned()));
        }
        Ok(Self {
            plugin: plugin.to_owned(),
            ..self
        })
    }

    /// The namespace of Argo CD or of Flux.
    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether the plugin is called as in the image's own plugin.yaml.
    pub(crate) fn has_plugin_of_the_image(&self) -> bool {
        self.plugin == PLUGIN
    }

    /// A shipped text with these names. The images come last, as they may hold
    /// what the others are looked for by; the two shipped ones hold not each other.
    pub(super) fn put_into(&self, text: &str) -> String {
        let Self {
            image,
            controller_image,
            shipped_namespace,
            namespace,
            plugin,
        } = self;
        text.replace(
            &format!("namespace: {shipped_namespace}\n"),
            &format!("namespace: {namespace}\n"),
        )
        .replace(
            &format!("--namespace {shipped_namespace} "),
            &format!("--namespace {namespace} "),
        )
        // A Service's name for whoever asks from another namespace.
        .replace(
            &format!(".{shipped_namespace}.svc."),
            &format!(".{namespace}.svc."),
        )
        .replace("name: glint-gitops\n", &format!("name: {plugin}\n"))
        // The key of the chart's values, and that of the ConfigMap it makes.
        .replace("      glint-gitops:\n", &format!("      {plugin}:\n"))
        .replace("key: glint-gitops.yaml\n", &format!("key: {plugin}.yaml\n"))
        .replace("glint-gitops-tmp", &format!("{plugin}-tmp"))
        .replace("glint-gitops-plugin", &format!("{plugin}-plugin"))
        .replace(IMAGE, image)
        .replace(CONTROLLER_IMAGE, controller_image)
    }
}

/// An image, where it is one.
fn reference(image: &str) -> Result<String, NameError> {
    let is_part = |it: char| it.is_ascii_alphanumeric() || "._-/:@".contains(it);
    let starts = image.starts_with(|it: char| it.is_ascii_alphanumeric());
    match starts && image.chars().all(is_part) {
        true => Ok(image.to_owned()),
        false => Err(NameError::Image(image.to_owned())),
    }
}

/// RFC 1123's label, which Kubernetes wants of most names.
fn is_label(text: &str, longest: usize) -> bool {
    let is_end = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    text.len() <= longest
        && text.starts_with(is_end)
        && text.ends_with(is_end)
        && text.chars().all(|it| is_end(it) || it == '-')
}

#[cfg(test)]
mod tests {
    use super::{NameError, Names};

    #[test]
    fn a_name_that_yaml_or_kubernetes_would_refuse_is_refused() {
        let names = Names::of_argocd;
        for image in ["", "a b", "a\nb", "a:\"1\"", "-a", "${IMAGE}"] {
            let expected = Err(NameError::Image(image.to_owned()));
            assert_eq!(names().with_image(image), expected);
            assert_eq!(names().with_controller_image(image), expected);
        }
        for label in ["", "Shop", "-a", "a-", "a.b", &"a".repeat(64)] {
            let expected = Err(NameError::Namespace(label.to_owned()));
            assert_eq!(names().with_namespace(label), expected);
            let expected = Err(NameError::Plugin(label.to_owned()));
            assert_eq!(names().with_plugin(label), expected);
        }
    }

    #[test]
    fn an_image_may_have_port_tag_and_digest() {
        let image = "registry:5000/a/glint-gitops-tmp:1.2@sha256:0f";
        let names = Names::of_argocd().with_image(image).unwrap();
        let names = names.with_plugin("next").unwrap();
        let shipped = concat!(
            "name: glint-gitops\nimage: registry.example.com/glint-gitops:",
            env!("CARGO_PKG_VERSION"),
            "\n"
        );
        assert_eq!(
            names.put_into(shipped),
            format!("name: next\nimage: {image}\n")
        );
    }
}
