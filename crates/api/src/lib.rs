//! The HTTP API: routes, wire types, the OpenAPI document, and the console's server.
//!
//! Wire types become rows and model types here and nowhere else. It decides nothing: what is shown
//! was judged elsewhere, and what may be done is `identity`'s table.
//!
//! ```
//! let document = cofferdam_api::openapi();
//! assert_eq!(document["openapi"], "3.1.0");
//! ```

mod openapi;
mod routes;
mod wire;

pub use openapi::openapi;
