//! The settings that are one word of a few, each as its own type.
//!
//! These are the words that a user writes. What a word makes the program do is
//! said where it is done; `command` maps each choice to the core's own option.

use crate::catalog::Dialect;

/// A setting's value that is one word of a fixed set.
pub(super) trait Choice: Copy + 'static {
    /// The words as they are written, in the order in which they are listed.
    const WORDS: &'static [&'static str];

    /// The value that a word stands for.
    fn from_word(word: &str) -> Option<Self>;
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl Choice for $name {
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

choice! {
    /// Who applies the stream. Unset means: found out from the stream.
    HostSetting {
        /// Argo CD.
        ArgoCd = "argocd",
        /// Flux.
        Flux = "flux",
        /// Helm, as its post-renderer.
        Helm = "helm",
        /// Nobody in particular: a pipe.
        Pipe = "pipe",
    }
}

choice! {
    /// Whether Glint's CRDs are added to the stream.
    CrdsSetting {
        /// Where there are entities and the host does not say that it has them.
        Auto = "auto",
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

choice! {
    /// Where the exporter's mapping goes in the stream.
    MappingSetting {
        /// Into a ConfigMap.
        ConfigMap = "configmap",
        /// Nowhere.
        None = "none",
    }
}

choice! {
    /// How the mapping is written.
    MappingStyle {
        /// One for all blueprints.
        Generic = "generic",
        /// A block for each blueprint, which names its properties.
        Explicit = "explicit",
    }
}

choice! {
    /// From which severity on findings make the exit code 1.
    FailOn {
        /// From none.
        Never = "never",
        /// From info.
        Info = "info",
        /// From warning.
        Warning = "warning",
        /// From error.
        Error = "error",
    }
}

choice! {
    /// What renders a directory.
    RendererSetting {
        /// Found out from the directory's files.
        Auto = "auto",
        /// Helm.
        Helm = "helm",
        /// Kustomize.
        Kustomize = "kustomize",
        /// Nothing: the YAML and JSON files as they are.
        Directory = "directory",
    }
}

choice! {
    /// How findings and lists are written.
    Format {
        /// For people.
        Text = "text",
        /// For machines.
        Json = "json",
    }
}

impl Choice for Dialect {
    const WORDS: &'static [&'static str] = &["glint", "port"];

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == word)
    }
}
