//! Bounded HTTP fetches.
//!
//! One [`Client`] for feeds and registries: TLS by rustls with the system's certificate
//! authorities and more from a file, no way to turn verification off, plain HTTP to loopback only;
//! redirects, sizes, waits and retries limited. [`Client::send`] gives a streaming answer,
//! [`Client::fetch_to_file`] keeps a file current and goes on where a connection broke.
//!
//! This crate knows neither registries nor feeds, and stores no credentials. Proxies come from the
//! environment (`https_proxy`, `no_proxy`) as everywhere.
//!
//! ```
//! use cofferdam_download::{Client, Request, Settings};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let client = Client::new(&Settings::default())?;
//! let error = client.send(Request::get("http://example.com/feed")).await.unwrap_err();
//! assert_eq!(error.what, "plain HTTP is for loopback addresses only");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod client;
mod fetch;
mod message;
mod retry;
mod settings;
#[cfg(test)]
mod tests;
mod validators;

pub use address::stays_home;
pub use client::Client;
pub use fetch::{Fetched, Progress};
pub use message::{Request, Response};
pub use settings::Settings;
