//! What is made from the definition of the command line: completion scripts and
//! man pages, as text. Writing them somewhere is the work of `command`.

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Cli;

/// The completion script of one shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut command = typed();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}

/// The definition without the commands that nobody types, which clap_complete
/// does not leave out.
fn typed() -> Command {
    let whole = Cli::command();
    let commands = whole.get_subcommands().filter(|it| !it.is_hide_set());
    Command::new(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .args(whole.get_arguments().cloned())
        .subcommands(commands.cloned())
}

/// The man page (roff) of the command that the words name, `[]` for the program
/// itself; `None` where there is no such command.
pub(crate) fn man_page(words: &[String]) -> Option<Vec<u8>> {
    let mut command = built();
    for word in words {
        command = command.find_subcommand(word)?.clone();
    }
    Some(page(command).1)
}

/// Every man page with its file name (`glint-gitops-argocd-generate.1`), the
/// program's own first.
pub(crate) fn man_pages() -> Vec<(String, Vec<u8>)> {
    fn collect(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) {
        pages.push(page(command.clone()));
        for subcommand in command
            .get_subcommands()
            .filter(|it| it.get_name() != "help" && !it.is_hide_set())
        {
            collect(subcommand, pages);
        }
    }
    let mut pages = Vec::new();
    collect(&built(), &mut pages);
    pages
}

/// The definition with what clap adds to each subcommand: the global flags and
/// the full name, by which the pages are told apart.
fn built() -> Command {
    let mut command = Cli::command();
    command.build();
    command
}

fn page(command: Command) -> (String, Vec<u8>) {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let man = Man::new(command.display_name(name.clone()));
    let mut roff = Vec::new();
    // A Vec takes every byte, so there is no error to pass on.
    man.render(&mut roff).ok();
    (format!("{name}.1"), roff)
}

#[cfg(test)]
mod tests {
    use clap_complete::Shell;

    #[cfg(feature = "controller")]
    use super::man_pages;
    use super::{completions, man_page};

    #[test]
    #[cfg(feature = "controller")] // which has commands of its own, as has `catalog`
    fn every_command_has_a_page_of_its_own() {
        let names: Vec<_> = man_pages().into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "glint-gitops.1",
                "glint-gitops-render.1",
                "glint-gitops-post-render.1",
                "glint-gitops-argocd.1",
                "glint-gitops-argocd-generate.1",
                "glint-gitops-argocd-parameters.1",
                "glint-gitops-mapping.1",
                "glint-gitops-mapping-merge.1",
                "glint-gitops-preview.1",
                "glint-gitops-why.1",
                "glint-gitops-lock.1",
                "glint-gitops-check.1",
                "glint-gitops-explain.1",
                "glint-gitops-sandbox.1",
                "glint-gitops-schema.1",
                "glint-gitops-crds.1",
                "glint-gitops-publish.1",
                "glint-gitops-report.1",
                "glint-gitops-controller.1",
                "glint-gitops-controller-report.1",
                "glint-gitops-controller-render.1",
                "glint-gitops-install.1",
                "glint-gitops-install-argocd.1",
                "glint-gitops-install-flux.1",
                "glint-gitops-install-helm.1",
                "glint-gitops-completions.1",
                "glint-gitops-man.1",
            ]
        );
    }

    #[test]
    fn a_page_is_found_by_the_words_of_its_command() {
        let words = |line: &str| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let page = man_page(&words("argocd generate")).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("glint\\-gitops argocd generate"), "{page}");
        assert_eq!(man_page(&words("argocd deploy")), None);
    }

    #[test]
    fn a_completion_script_knows_the_words_of_a_flag() {
        let script = String::from_utf8(completions(Shell::Bash)).unwrap();
        assert!(script.contains("always never"), "{script}");
    }
}
