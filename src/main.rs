//! Parse arguments, call the command line, turn its outcome into an exit code.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    marsad::cli::main(std::env::args_os())
}
