//! The command line from outside: exit status, standard output and standard error of the built program.

mod check;
mod fixes;
mod inputs;
mod reports;
pub(crate) mod schema;
pub(crate) mod support;
