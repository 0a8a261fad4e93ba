//! Wire types: what the API's documents look like. They become rows and model types here and
//! nowhere else. `docs/api/openapi.json` is made from them.
//!
//! Fields are only added. A field that is `null` is not known or does not apply.

pub(crate) mod access;
pub(crate) mod admission;
pub(crate) mod cluster;
pub(crate) mod finding;
pub(crate) mod image;
pub(crate) mod overview;
pub(crate) mod policy;
pub(crate) mod problem;
pub(crate) mod session;
pub(crate) mod watch;
pub(crate) mod workload;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// A row of a list, and the whole thing that a row leads to: the row's fields and more, on one
/// level, from one place. What is `now` may be missing in a row, and never in the whole.
macro_rules! row_and_whole {
    (
        $(#[$row_attribute:meta])* row $row:ident {
            $( $(#[$field_attribute:meta])* $field:ident: $type:ty, )*
        }
        $( now { $( $(#[$now_attribute:meta])* $now:ident: $now_type:ty, )* } )?
        $(#[$whole_attribute:meta])* whole $whole:ident = $row_again:ident + $more:ident {
            $( $(#[$more_attribute:meta])* $extra:ident: $extra_type:ty, )*
        }
    ) => {
        $(#[$row_attribute])*
        #[derive(Debug, Serialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $row {
            $( $(#[$field_attribute])* pub(crate) $field: $type, )*
            $( $( $(#[$now_attribute])* pub(crate) $now: Option<$now_type>, )* )?
        }

        $(#[$whole_attribute])*
        #[derive(Debug, Serialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $whole {
            $( $(#[$field_attribute])* pub(crate) $field: $type, )*
            $( $( $(#[$now_attribute])* pub(crate) $now: $now_type, )* )?
            $( $(#[$more_attribute])* pub(crate) $extra: $extra_type, )*
        }

        #[doc = concat!("What [`", stringify!($whole), "`] has beyond its row.")]
        #[derive(Debug)]
        pub(crate) struct $more {
            $( $( pub(crate) $now: $now_type, )* )?
            $( pub(crate) $extra: $extra_type, )*
        }

        impl $whole {
            /// Puts a row and the rest together.
            pub(crate) fn new(row: $row_again, more: $more) -> Self {
                Self {
                    $( $field: row.$field, )*
                    $( $( $now: more.$now, )* )?
                    $( $extra: more.$extra, )*
                }
            }
        }
    };
}
pub(crate) use row_and_whole;

/// An enumeration of words: serialised as they are written, one for one with a type of the store
/// or the model.
macro_rules! words {
    (
        $(#[$attribute:meta])* $name:ident = $own:ty {
            $( $variant:ident = $word:literal, )*
        }
    ) => {
        words! { $(#[$attribute])* $name { $( $variant = $word, )* } }

        const _: () = {
            type Own = $own;

            impl From<Own> for $name {
                fn from(own: Own) -> Self {
                    match own { $( Own::$variant => Self::$variant, )* }
                }
            }

            impl From<$name> for Own {
                fn from(word: $name) -> Self {
                    match word { $( $name::$variant => Self::$variant, )* }
                }
            }
        };
    };
    ($(#[$attribute:meta])* $name:ident { $( $variant:ident = $word:literal, )* }) => {
        $(#[$attribute])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize,
            schemars::JsonSchema,
        )]
        pub(crate) enum $name { $( #[serde(rename = $word)] $variant, )* }
    };
}
pub(crate) use words;

words! {
    /// How bad something is.
    Severity = cofferdam_model::Severity {
        Critical = "critical",
        High = "high",
        Medium = "medium",
        Low = "low",
        None = "none",
    }
}

/// A time, RFC 3339 in UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time(pub(crate) jiff::Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}List")]
pub(crate) struct List<T> {
    /// The page.
    pub(crate) items: Vec<T>,
    /// How many there are on all pages together.
    pub(crate) total: u64,
    /// Whether `total` is all of them; if not there are more, and nobody counted them.
    pub(crate) total_is_exact: bool,
    /// What to give as `after` for the next page; null: this is the last.
    pub(crate) next: Option<String>,
}

/// Findings or vulnerabilities by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// Critical ones.
    pub(crate) critical: u64,
    /// High ones.
    pub(crate) high: u64,
    /// Medium ones.
    pub(crate) medium: u64,
    /// Low ones.
    pub(crate) low: u64,
    /// Those whose severity, or outcome, nobody knows.
    pub(crate) unknown: u64,
}

/// A way from outside to something worth having.
#[derive(Clone, Debug, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttackPath {
    /// Where it begins and ends.
    pub(crate) title: String,
    /// The steps in order.
    pub(crate) steps: Vec<AttackStep>,
    /// What to change so that this way is closed.
    pub(crate) cut: AttackCut,
}

/// A step of an attack path.
#[derive(Clone, Debug, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttackStep {
    /// What happens.
    pub(crate) title: String,
    /// What makes it possible.
    pub(crate) why: String,
    /// A path of the console.
    pub(crate) link: Option<String>,
}

/// What closes an attack path.
#[derive(Clone, Debug, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttackCut {
    /// What to do.
    pub(crate) what: String,
    /// A path of the console.
    pub(crate) link: Option<String>,
}
