//! The Common Expression Language, with unknowns.
//!
//! [`Program::parse`] reads an expression; an [`Evaluation`] evaluates programs over a [`Scope`]
//! of variables. The language is the one that Kubernetes uses, as the cel-spec language
//! definition describes it, and three things are added to what an evaluator usually does:
//!
//! - **Unknown is a result.** A [`Source`] of facts may say of an attribute that it cannot be
//!   known. What does not depend on it still has a value: `true || unknown` is true. What does
//!   gives [`Stop::Unknown`] with the attributes that are missing. An absent field is not unknown.
//! - **Every read is recorded**, with its path and what was found, in a [`Trace`];
//!   [`Evaluation::clause`] finds the part of a condition that decided it. Where nobody asks,
//!   [`Evaluation::unrecorded`] gives the same results in a third of the time and reads facts
//!   without allocating.
//! - **The clock is followed.** A value made of [`Instant::now`] remembers that it moves, so the
//!   trace knows until when each comparison with it holds.
//!
//! Facts are borrowed and resolved one step at a time through [`Source`], so a hundred thousand
//! packages cost nothing until an expression asks for one. Everything is bounded: length and depth
//! of expressions ([`limits`]), steps of an evaluation, size of regular expressions.
//!
//! # The library
//!
//! Everything that an API server of Kubernetes 1.37 has, with its results: 2,600 expressions in
//! `corpus/kubernetes` were evaluated there.
//!
//! | | |
//! |---|---|
//! | strings | `charAt` `contains` `endsWith` `format` `indexOf` `join` `lastIndexOf` `lowerAscii` `replace` `size` `split` `startsWith` `strings.quote` `substring` `trim` `upperAscii` |
//! | regular expressions | `find` `findAll` `matches`, in the syntax of RE2 |
//! | lists | `distinct` `first` `flatten` `includes` `indexOf` `isSorted` `last` `lastIndexOf` `lists.range` `max` `min` `reverse` `slice` `sort` `sortBy` `sum` |
//! | sets | `sets.contains` `sets.equivalent` `sets.intersects` |
//! | macros | `all` `cel.bind` `exists` `existsOne` `exists_one` `filter` `has` `map` `transformList` `transformMap` `transformMapEntry`, with one variable or two |
//! | optional values | `.?field` `[?index]` `[?element]` `{?key: value}` `hasValue` `optFlatMap` `optMap` `optional.none` `optional.of` `optional.ofNonZeroValue` `optional.unwrap` `or` `orValue` `unwrapOpt` `value` |
//! | conversions, times | `bool` `bytes` `double` `duration` `dyn` `int` `string` `timestamp` `type` `uint`, `getFullYear` and its like, in any time zone |
//! | quantities | `quantity` `isQuantity` `add` `asApproximateFloat` `asInteger` `compareTo` `isGreaterThan` `isInteger` `isLessThan` `sign` `sub` |
//! | versions | `semver` `isSemver` `major` `minor` `patch` `compareTo` `isGreaterThan` `isLessThan` |
//! | networks | `ip` `isIP` `ip.isCanonical` `family` `isLoopback` `isGlobalUnicast`…, `cidr` `isCIDR` `containsCIDR` `containsIP` `masked` `prefixLength` |
//! | URLs | `url` `isURL` `getEscapedPath` `getHost` `getHostname` `getPort` `getQuery` `getScheme` |
//! | named formats | `format.dns1123Label()` and its like, `format.named`, `validate` |
//! | the authorizer | `path` `group` `serviceAccount` `resource` `subresource` `namespace` `name` `fieldSelector` `labelSelector` `check` `allowed` `errored` `error` `reason`, answered by an [`Authorizer`] |
//! | beyond Kubernetes | `math.*`, `base64.*`, `text.reverse()`, `cidr.isMask()` |
//!
//! This crate does no I/O, asks no clock, and knows nothing of policies. Protocol buffer messages
//! are not supported: Kubernetes' objects are maps.
//!
//! ```
//! use cofferdam_cel::{Evaluation, Program, Scope, Stop, Value};
//!
//! let program = Program::parse("user == 'root' || severity in ['high', 'critical']").unwrap();
//! assert!(program.check(&["user", "severity"]).is_empty());
//!
//! let mut scope = Scope::default();
//! scope.set("user", Value::from("root"));
//! scope.set_unknown("severity");
//! assert_eq!(Evaluation::default().condition(&program, &scope), Ok(true));
//!
//! scope.set("user", Value::from("app"));
//! let stop = Evaluation::default().condition(&program, &scope).unwrap_err();
//! assert!(matches!(stop, Stop::Unknown(_)));
//!
//! let error = Program::parse("user = 'root'").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "line 1, column 6: '=' is not part of the language; to compare, write =="
//! );
//! ```

mod access;
mod asked;
mod ast;
mod authorizer;
mod check;
mod clause;
mod compare;
mod comprehension;
mod environment;
mod error;
mod evaluate;
mod functions;
pub mod limits;
mod literal;
mod macros;
mod map;
mod number;
mod opaque;
mod operators;
mod parser;
mod path;
mod program;
mod re2;
mod scope;
mod shared;
mod source;
mod syntax;
mod time;
mod token;
mod trace;
mod value;

#[cfg(test)]
mod tests;

pub use asked::FieldTest;
pub use authorizer::{Access, Authorizer, Question, Resource, Target};
pub use check::{Checked, Cost, Declarations, Field, ObjectId, Sizes, StaticType};
pub use clause::{Clause, ClauseElement};
pub use error::{ErrorKind, EvaluationError, Reads, Stop};
pub use evaluate::{Evaluated, Evaluation};
pub use map::{Key, Map};
pub use opaque::Opaque;
pub use program::Program;
pub use scope::{Scope, Slot};
pub use shared::Shared;
pub use source::{Handle, Lookup, Node, Source};
pub use syntax::{Place, SyntaxError};
pub use time::{Instant, Span};
pub use trace::{ClockComparison, Mark, Read, ReadId, Step, Trace};
pub use value::{List, Type, Value};
