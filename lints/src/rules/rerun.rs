//! Can the file run a second time?
