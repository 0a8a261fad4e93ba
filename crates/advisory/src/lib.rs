//! Advisory feeds in, one compact file out, read in place
