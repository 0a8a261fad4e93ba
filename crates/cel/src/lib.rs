//! The Common Expression Language, with unknowns.
//!
//! [`Program::parse`] reads an expression; an [`Evaluation`] evaluates programs over a [`Scope`]
//! of variables. The language is the one that Kubernetes uses, as the cel-spec language
//! definition describes it, and three things are added to what an evaluator usually does:
//!
//! - **Unknown is a result.** A [`Source`] of facts may say of an attribute that it cannot be
//!   known. What does not depend on it still has a value: `true || unknown` is true. What does
//!   gives [`Stop::Unknown`] with the attributes that are missing. An absent field is not unknown.
//! - **Every read is recorded**, with its path and what was found, in a [`Trace`].
//! - **The clock is followed.** A value made of [`Instant::now`] remembers that it moves, so the
//!   trace knows until when each comparison with it holds.
//!
//! Facts are borrowed and resolved one step at a time through [`Source`], so a hundred thousand
//! packages cost nothing until an expression asks for one. Everything is bounded: length and depth
//! of expressions ([`limits`]), steps of an evaluation, size of regular expressions.
//!
//! This crate does no I/O, asks no clock, and knows nothing of policies. It has no type checker:
//! [`Program::check`] knows names, not types. Protocol buffer messages are not supported.
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
mod ast;
mod authorizer;
mod clause;
mod compare;
mod comprehension;
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

pub use authorizer::{Access, Authorizer, Question, Resource, Target};
pub use clause::{Clause, ClauseElement};
pub use error::{ErrorKind, EvaluationError, Stop};
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
