//! The command line: one room a subcommand; `output` is the only place that prints.
