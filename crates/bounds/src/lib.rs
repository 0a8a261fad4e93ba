//! Budgets for hostile input, and the only readers allowed on it.
//!
//! Everything from an image, a manifest, a packet or a feed is an attack. Each quantity that it
//! controls has a named limit in [`Limits`]; running over one gives [`Exceeded`], which travels
//! inside `std::io::Error` through any reader and is found again with [`Exceeded::within`]. The
//! caller reports it as *not assessed* and goes on with the rest.
//!
//! This crate is not a sandbox: it bounds what our own code does with bytes. It parses nothing.
//!
//! ```
//! use cofferdam_bounds::{Cursor, Exceeded, read_all};
//!
//! let error = read_all(&b"12345"[..], 4, "a small file").unwrap_err();
//! assert_eq!(Exceeded::within(&error).unwrap().to_string(), "a small file is over its limit of 4");
//!
//! let mut cursor = Cursor::new(&[1, 0, 0, 0, 7]);
//! assert_eq!(cursor.u32_le(), Some(1));
//! assert_eq!(cursor.u32_le(), None);
//! ```

mod cursor;
mod exceeded;
pub mod file;
mod limits;
mod meter;
mod read;
mod read_at;
mod spool;

pub use cursor::Cursor;
pub use exceeded::Exceeded;
pub use limits::{LimitError, Limits};
pub use meter::Meter;
pub use read::{Capped, read_all, read_up_to};
pub use read_at::{ReadAt, Window};
pub use spool::Spool;
