//! Is something lost that cannot be brought back?
