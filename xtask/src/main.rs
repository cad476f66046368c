//! Build automation. `cargo xtask run FILE` makes everything and opens the window; `cargo xtask test` checks everything.

mod bench;
mod build;
mod components;
mod deps;
mod dist;
mod error;
mod fonts;
mod metadata;
mod models;
mod node;
mod paths;
mod python;
mod run;
mod shell;
mod test;
mod tidy;
mod workers;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, runs and checks SecureTranscribe.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Gets what the build needs: system packages, native libraries, packages of the user interface.
    Deps,
    /// Gets and makes the development models.
    Models,
    /// Gets the fonts for PDF.
    Fonts,
    /// Builds every program for release.
    Build,
    /// Builds the worker for a kind of graphics card, beside the other programs.
    Workers {
        /// What computes.
        #[arg(long, value_enum)]
        backend: workers::Backend,
    },
    /// Makes everything and opens the window; without a screen, writes the text of the recordings.
    Run {
        /// Recordings to open; a sample where none is given.
        files: Vec<PathBuf>,
    },
    /// Runs every check, or some parts.
    Test {
        /// Parts to run; all where none is given.
        #[arg(value_enum)]
        parts: Vec<test::Part>,
    },
    /// Makes the package for this system.
    Dist {
        /// Installs it in an empty Debian, opens its window and transcribes with it.
        #[arg(long)]
        check: bool,
    },
    /// Writes the list of what is shipped, with licences, for the page "About".
    Components,
    /// Makes the pictures of the README from the real window.
    Pictures,
    /// Checks the rules of the design.
    Tidy,
    /// Measures speed, errors and memory against other programs.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Deps => deps::all(),
        Task::Models => deps::python_packages().and_then(|()| models::all()),
        Task::Fonts => fonts::all(),
        Task::Build => deps::to_build().and_then(|()| build::programs()),
        Task::Workers { backend } => deps::to_build().and_then(|()| workers::build(backend)),
        Task::Run { files } => run::run(&files),
        Task::Test { parts } => return if test::run(&parts) { ExitCode::SUCCESS } else { ExitCode::FAILURE },
        Task::Bench(options) => bench::run(&options),
        Task::Dist { check } => dist::package().and_then(|made| if check { dist::check(&made) } else { Ok(()) }),
        Task::Components => components::write(),
        Task::Pictures => run::pictures(),
        Task::Tidy => tidy::report(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
