//! The exit code: the only place that knows 0 (fine), 1 (findings) and 2
//! (could not do it).

use std::process::ExitCode;

use glint_gitops::{Cli, Exit, Parser};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            glint_gitops::misuse(&error);
            return ExitCode::from(2);
        }
        Err(help) => {
            // If nobody reads it any more, nobody is left to tell.
            let _told = help.print();
            return ExitCode::SUCCESS;
        }
    };
    match glint_gitops::run(&cli) {
        Exit::Done => ExitCode::SUCCESS,
        Exit::Findings => ExitCode::from(1),
        Exit::Failed => ExitCode::from(2),
    }
}
