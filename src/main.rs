//! The exit code: the only place that knows 0 (fine), 1 (findings) and 2
//! (could not do it).

use std::process::ExitCode;

use glint_gitops::{Cli, Exit, Parser};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help to stdout and mistakes to stderr; if neither is
            // there any more, nobody is left to tell.
            let _told = error.print();
            if !error.use_stderr() {
                return ExitCode::SUCCESS;
            }
            glint_gitops::misuse(&error.to_string());
            return ExitCode::from(2);
        }
    };
    match glint_gitops::run(&cli) {
        Exit::Done => ExitCode::SUCCESS,
        Exit::Findings => ExitCode::from(1),
        Exit::Failed => ExitCode::from(2),
    }
}
