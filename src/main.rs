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
            let told = error.print();
            return match (error.use_stderr(), told) {
                (true, _) => ExitCode::from(2),
                (false, _) => ExitCode::SUCCESS,
            };
        }
    };
    match glint_gitops::run(&cli) {
        Exit::Done => ExitCode::SUCCESS,
        Exit::Findings => ExitCode::from(1),
        Exit::Failed => ExitCode::from(2),
    }
}
