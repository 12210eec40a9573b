//! What several applications leave in the cluster together: each directory
//! rendered as `render` would, each file as the stream that it is.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

use super::render::{read, sources, stopped};
use super::{console, options, settings};
use crate::catalog::Entity;
use crate::cli::Cli;
use crate::config::{Checkout, Environment, Settings};
use crate::exporter::Fragment;
use crate::finding::Finding;
use crate::input::{self, Renderer, Repository};
use crate::lock::Owner;
use crate::manifest::{FieldPath, Location, ResourceRef};
use crate::output::Format;
use crate::render::{self, Emptiness, Host, Inventory, MappingPlacement, Options};

/// A directory or file to read, and what to call what is found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// What its files are called by: itself, or, on the earlier side of a
    /// comparison, what it is compared with.
    pub named: PathBuf,
}

impl Input {
    /// One that is called by its own path.
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            named: path.to_owned(),
        }
    }
}

/// Where an object of a collection comes from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The index of its input.
    pub input: usize,
    /// Its identity in the cluster.
    pub resource: ResourceRef,
    /// What it declares, where it is an entity that the catalog would take.
    pub entity: Option<Entity>,
    /// Where it begins; `None` for what the render adds.
    pub location: Option<Location>,
    /// Its application, where that does not depend on the machine.
    pub application: Option<String>,
}

impl Origin {
    /// The object as an entity's owner.
    pub(super) fn owner(&self) -> Owner {
        Owner::new(&self.resource, self.application.as_deref())
    }
}

/// All objects of several inputs.
#[derive(Debug)]
pub(super) struct Collection {
    /// As the cluster gets them.
    pub objects: Vec<Value>,
    /// Where each comes from, in the same order.
    pub origins: Vec<Origin>,
    /// All findings, in the order of the inputs.
    pub findings: Vec<Finding>,
    /// The names that the mapping of all inputs needs.
    pub fragment: Fragment,
    /// Those of the last input, which hold for what is made of all together.
    pub settings: Settings,
    /// The inputs, in their order.
    texts: Vec<Texts>,
}

/// What was read of an input, for whoever asks for places in it afterwards.
#[derive(Debug)]
struct Texts {
    read: input::Input,
    /// What rendered them; none for a file.
    renderer: Option<Renderer>,
    options: Options,
}

impl Collection {
    /// One of nothing.
    #[cfg(feature = "catalog")]
    pub(super) fn empty(settings: &Settings) -> Self {
        Self {
            objects: Vec::new(),
            origins: Vec::new(),
            findings: Vec::new(),
            fragment: Fragment::empty(settings.dialect),
            settings: settings.clone(),
            texts: Vec::new(),
        }
    }

    /// Where fields of an object stand, or the nearest field above each that is
    /// there; `None` for what the render adds.
    pub(super) fn places(
        &self,
        object: usize,
        fields: &[FieldPath],
    ) -> anyhow::Result<Vec<Option<Location>>> {
        let wanted = [(object, fields.to_vec())];
        let places = self.places_of_all(&wanted)?;
        Ok(places.into_iter().next().unwrap_or_default())
    }

    /// The same for many objects: each text is read once.
    pub(super) fn places_of_all(
        &self,
        wanted: &[(usize, Vec<FieldPath>)],
    ) -> anyhow::Result<Vec<Vec<Option<Location>>>> {
        let mut places = vec![Vec::new(); wanted.len()];
        for (input, texts) in self.texts.iter().enumerate() {
            let is_in = |object: usize| self.origins[object].input == input;
            let of_input = wanted.iter().enumerate();
            let mut of_input = of_input
                .filter(|(_, (object, _))| is_in(*object))
                .peekable();
            if of_input.peek().is_none() {
                continue;
            }
            let before = self.origins.iter().take_while(|it| it.input < input);
            let first = before.count();
            let Texts { read, options, .. } = texts;
            let sources = sources(&read.sources);
            let inventory = render::inventory(&sources, options)?;
            for (at, (object, fields)) in of_input {
                let fields = fields.iter();
                let found = fields.map(|field| inventory.location(object - first, field));
                places[at] = found.collect();
            }
        }
        Ok(places)
    }

    /// What rendered an object; none where it stands in a file.
    pub(super) fn renderer(&self, object: usize) -> Option<Renderer> {
        self.texts[self.origins[object].input].renderer
    }
}

/// Reads all inputs.
pub(super) fn collect(
    cli: &Cli,
    environment: &Environment,
    inputs: &[Input],
) -> anyhow::Result<Collection> {
    let settings = settings_of(cli, environment, None)?;
    let mut collection = Collection {
        objects: Vec::new(),
        origins: Vec::new(),
        findings: Vec::new(),
        fragment: Fragment::empty(settings.dialect),
        settings,
        texts: Vec::new(),
    };
    for (index, input) in inputs.iter().enumerate() {
        let settings = settings_of(cli, environment, Some(&input.path))?;
        if index == 0 {
            collection.fragment = Fragment::empty(settings.dialect);
        }
        let reading = Reading {
            cli,
            input,
            settings: &settings,
            application: application(&settings, input)?,
        };
        reading.add_to(&mut collection, index)?;
        collection.settings = settings;
    }
    Ok(collection)
}

/// The settings of an input: those of the repository around a directory.
pub(super) fn settings_of(
    cli: &Cli,
    environment: &Environment,
    path: Option<&Path>,
) -> anyhow::Result<Settings> {
    let checkout = match path.filter(|path| path.is_dir()) {
        Some(path) => Some(Checkout {
            directory: path.to_owned(),
            root: Repository::around(path)?.root().to_owned(),
        }),
        None => None,
    };
    settings(cli, environment, checkout.as_ref())
}

/// The application of an input: as it is said, else the directory's name, but
/// for the root of a repository, which everybody calls otherwise.
fn application(settings: &Settings, input: &Input) -> anyhow::Result<Option<String>> {
    // One that only the earlier side has is called by that.
    let path = match input.named.exists() {
        true => &input.named,
        false => &input.path,
    };
    if settings.application.is_some() || !path.is_dir() {
        return Ok(settings.application.clone());
    }
    let is_root = path.canonicalize()? == Repository::around(path)?.root();
    Ok(options::directory_name(path).filter(|_| !is_root))
}

/// One input on its way into a collection.
struct Reading<'a> {
    cli: &'a Cli,
    input: &'a Input,
    settings: &'a Settings,
    application: Option<String>,
}

impl Reading<'_> {
    fn add_to(self, collection: &mut Collection, index: usize) -> anyhow::Result<()> {
        let (read, renderer) = self.texts()?;
        let options = self.options(renderer.map(Renderer::as_str));
        let texts = sources(&read.sources);
        let mut console = console(self.cli, Format::Text);
        let inventory = render::inventory(&texts, &options);
        let inventory = stopped(inventory, self.settings, &mut console)
            .with_context(|| format!("in `{}`", self.input.path.display()))?;
        let fragment = collection.fragment.clone();
        collection.fragment = fragment.merge(inventory.fragment().clone())?;
        collection.findings.extend_from_slice(inventory.findings());
        self.take_objects(collection, index, &inventory);
        collection.texts.push(Texts {
            read,
            renderer,
            options,
        });
        Ok(())
    }

    /// The texts of an input, and what rendered them.
    fn texts(&self) -> anyhow::Result<(input::Input, Option<Renderer>)> {
        let path = &self.input.path;
        if path.is_dir() {
            let deadline = options::deadline(self.settings, path);
            let read = read(self.settings, path, deadline, self.cli)?;
            let renderer = read.renderer;
            return Ok((read, Some(renderer)));
        }
        let is_json = path.extension().is_some_and(|it| it == "json");
        let source = input::Source {
            name: path.display().to_string(),
            format: match is_json {
                true => input::SourceFormat::Json,
                false => input::SourceFormat::Stream,
            },
            text: input::read_file(path, self.settings.input_limit)?,
            renderer: None,
        };
        let read = input::Input {
            sources: vec![source],
            renderer: Renderer::Directory,
        };
        Ok((read, None))
    }

    fn take_objects(&self, collection: &mut Collection, input: usize, inventory: &Inventory<'_>) {
        for object in inventory.objects() {
            collection.objects.push(object.value.clone());
            collection.origins.push(Origin {
                input,
                resource: object.resource.clone(),
                entity: object.entity.clone(),
                location: object.location.clone().map(|place| self.named(place)),
                application: self.application.clone(),
            });
        }
    }

    /// As `render` renders it, but without the mapping's ConfigMap, and with
    /// nothing in it where there is nothing.
    fn options(&self, renderer: Option<&str>) -> Options {
        let host = options::host(self.settings).unwrap_or(Host::Pipe);
        let named = options::directory_name(&self.input.named).filter(|_| renderer.is_some());
        let mut options = options::render(self.settings, host, renderer, named);
        options.mapping = MappingPlacement::None;
        options.emptiness = Emptiness::Allowed;
        options
    }

    /// A place by the name that the input goes by.
    fn named(&self, mut place: Location) -> Location {
        let Input { path, named } = self.input;
        if path != named {
            place.file = renamed(&place.file, path, named);
        }
        place
    }
}

/// A file below one directory, as if it were below another.
fn renamed(file: &str, from: &Path, to: &Path) -> String {
    let plain = |path: &Path| -> PathBuf {
        let parts = path.components();
        parts.filter(|part| part.as_os_str() != ".").collect()
    };
    let (file, from, to) = (plain(Path::new(file)), plain(from), plain(to));
    let Ok(below) = file.strip_prefix(&from) else {
        return file.display().to_string();
    };
    let parts: PathBuf = to.components().chain(below.components()).collect();
    match parts.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => parts.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::renamed;

    #[track_caller]
    fn check(file: &str, from: &str, to: &str, expected: &str) {
        assert_eq!(renamed(file, Path::new(from), Path::new(to)), expected);
    }

    #[test]
    fn a_file_goes_by_the_directory_that_it_is_compared_with() {
        check("../main/apps/a.yaml", "../main", ".", "apps/a.yaml");
        check(
            "../main/apps/pay/a.yaml",
            "../main/apps/pay",
            "./apps/pay",
            "apps/pay/a.yaml",
        );
        check("../main", "../main", "charts/web", "charts/web");
        check("a.yaml", ".", "../new", "../new/a.yaml");
        check(".", ".", ".", ".");
        check("base.yaml", "base.yaml", "head.yaml", "head.yaml");
    }
}
