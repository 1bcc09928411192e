//! How a migration runner names and orders its files.

pub mod plain;
pub mod sqlx;
