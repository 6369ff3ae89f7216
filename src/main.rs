//! Parse arguments, call the command line, turn its outcome into an exit code.

fn main() {}
