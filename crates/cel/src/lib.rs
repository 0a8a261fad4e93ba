//! The Common Expression Language with unknowns

mod map;
mod shared;
mod source;
mod time;
mod trace;
mod value;

pub use map::{Key, Map};
pub use shared::Shared;
pub use source::{Handle, Lookup, Node, Source};
pub use time::{Instant, Span};
pub use trace::{ClockComparison, Read, ReadId, Step, Trace};
pub use value::{List, Type, Value};
