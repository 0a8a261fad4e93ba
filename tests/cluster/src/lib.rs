//! What the watch of a cluster promises, tried on a real API server: started here with a store of
//! its own, killed, compacted and cut off, and asked by kubectl what there really is; or the part of
//! it that the cluster of somebody else can bear (`cluster.rs`).

#[cfg(test)]
mod cluster;
#[cfg(test)]
mod listener;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod server;
#[cfg(test)]
mod story;
