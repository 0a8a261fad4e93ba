//! The whole server over a real store and a real listener.
