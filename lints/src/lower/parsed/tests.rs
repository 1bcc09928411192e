//! One line for each form: the statement and what is read from it.

mod alter;
mod create;
mod dml;
mod update;
