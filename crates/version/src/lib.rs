//! Every ecosystem's own version order
