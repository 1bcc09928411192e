//! The command line from outside: exit status, standard output and standard error of the built program.

mod check;
mod diff;
mod fixes;
mod inputs;
mod layouts;
mod outputs;
mod page;
mod reports;
pub(crate) mod schema;
pub(crate) mod support;
#[cfg(unix)]
mod workflows;
