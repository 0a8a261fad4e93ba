//! The type checker, and the bound on what an expression may cost (cel-spec, "Gradual type
//! checking").
//!
//! [`Program::check_types`] finds misspelt fields, operators and functions that do not take what
//! they are given, and conditions that are none, before any value is there. What is declared as
//! [`StaticType::Dyn`] passes everywhere, as in the language itself.
//!
//! ```
//! use cofferdam_cel::{Declarations, Field, ObjectId, Program, Sizes, StaticType, Type};
//!
//! /// `image: {user: string, layers: list(string)}`
//! struct Facts;
//!
//! impl Declarations for Facts {
//!     fn variable(&self, name: &str) -> Option<StaticType> {
//!         (name == "image").then_some(StaticType::Object(ObjectId(0)))
//!     }
//!
//!     fn field(&self, _: ObjectId, name: &str) -> Field {
//!         match name {
//!             "user" => Field::Known(Type::String.into()),
//!             "layers" => Field::Known(StaticType::list(Type::String.into())),
//!             _ => Field::Absent(vec!["user".into(), "layers".into()]),
//!         }
//!     }
//!
//!     fn name(&self, _: ObjectId) -> String {
//!         "image".into()
//!     }
//! }
//!
//! let check = |source| Program::parse(source).unwrap().check_types(&Facts, Sizes::KUBERNETES);
//! let checked = check("image.layers.all(layer, layer != image.user)");
//! assert_eq!((checked.kind, checked.errors.len()), (Type::Bool.into(), 0));
//!
//! let mistake = check("image.usr == 'root'").errors.remove(0);
//! assert_eq!(mistake.message, "image has no field \"usr\", did you mean \"user\"?");
//! let mistake = check("image.layers == 'root'").errors.remove(0);
//! assert_eq!(mistake.message, "== does not take list(string) and string");
//! ```

mod checker;
mod cost;
mod library;
mod macros;
mod signature;
mod static_type;
#[cfg(test)]
mod tests;

pub use cost::{Cost, Sizes};
pub use static_type::StaticType;

use crate::{Program, SyntaxError};

/// Names one kind of object among [`Declarations`]; the number is theirs to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u64);

/// What is known of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// Its type.
    Known(StaticType),
    /// There is none of that name, but these.
    Absent(Vec<String>),
}

/// What the variables and objects of an expression are.
pub trait Declarations {
    /// The type of a variable; `None` if there is none. Names may have dots (`variables.owner`).
    fn variable(&self, name: &str) -> Option<StaticType>;

    /// A field of an object.
    fn field(&self, object: ObjectId, name: &str) -> Field;

    /// What an object is called in messages.
    fn name(&self, object: ObjectId) -> String;
}

/// What checking found.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The type of the expression; `Dyn` where a mistake hides it.
    pub kind: StaticType,
    /// What evaluating it costs at most, in Kubernetes' units, over values of the sizes given.
    pub cost: Cost,
    /// The mistakes, in order of the source, at most [`crate::limits::MISTAKES_MAX`].
    pub errors: Vec<SyntaxError>,
}

impl Program {
    /// Finds what cannot work, and how much work it is, before there are values. `sizes` bounds
    /// lists, maps and texts that come from outside.
    pub fn check_types(&self, declarations: &dyn Declarations, sizes: Sizes) -> Checked {
        checker::check(self, declarations, sizes)
    }
}
