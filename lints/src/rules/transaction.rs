//! Does it run the way the author thinks?
