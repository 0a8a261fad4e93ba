//! The HTTP API: routes, wire types, the OpenAPI document, and the console's server.
//!
//! Wire types become rows and model types here and nowhere else. It decides nothing: what is shown
//! was judged elsewhere, and what may be done is `identity`'s table. Every route is a row of one
//! table, from which the server, the OpenAPI document and the test that walks all routes are made.
//!
//! ```text
//! listener ─► limits, TLS ─► host ─► who ─► may ─► meant ─► handler ─► document | problem
//! ```
//!
//! ```
//! let document = cofferdam_api::openapi();
//! assert_eq!(document["openapi"], "3.1.0");
//! ```

mod audit;
mod call;
mod catalogue;
mod console;
mod control;
mod cookie;
mod dispatch;
mod handle;
mod health;
mod local;
mod metrics;
mod openapi;
mod proxy;
mod refusal;
mod routes;
mod rows;
mod server;
mod service;
mod slice;
mod stream;
mod wire;
mod yaml;

#[cfg(test)]
mod tests;

pub use audit::read as read_audit;
pub use call::moment;
pub use catalogue::Catalogue;
pub use control::{Control, Door, Trouble};
pub use local::LocalServer;
pub use openapi::openapi;
pub use proxy::Network;
pub use server::{Transport, serve};
pub use service::{Api, ApiParts, EVENTS, Settings};
pub use yaml::yaml;

use axum::Router;
use cofferdam_bus::Bus;
use cofferdam_identity::Identity;
use cofferdam_store::Store;
use jiff::Timestamp;
use metrics::Metrics;
use std::sync::Arc;
use stream::Streams;
use tokio::sync::watch;

/// What every request shares.
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) identity: Arc<Identity>,
    pub(crate) control: Arc<dyn Control>,
    pub(crate) catalogue: watch::Receiver<Arc<Catalogue>>,
    pub(crate) settings: Settings,
    pub(crate) clock: fn() -> Timestamp,
    pub(crate) metrics: Metrics,
    pub(crate) streams: Streams,
    pub(crate) document: bytes::Bytes,
}

/// The routes over what they share.
pub(crate) type Routes = Router;
