//! Pages: a bounded piece of a list, and how to go on behind it.

use crate::{
    error::{Result, StoreError},
    value::Value,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The most rows a page holds: what a screen can show, and what fits a response of 2 MB.
pub const LARGEST_PAGE: u16 = 500;
/// Totals are counted up to here; beyond it, "more than" is as good to a person and costs nothing.
pub const LARGEST_TOTAL: u64 = 10_000;
/// A cursor holds a sort key and an identifier; nothing of ours is longer.
const LONGEST_CURSOR: usize = 2048;
/// Between the parts of a cursor: ASCII's unit separator, which no name of ours contains.
const BETWEEN: &str = "\u{1f}";

/// Which piece of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<S> {
    /// How many rows; more than [`LARGEST_PAGE`] is that.
    pub limit: u16,
    /// The cursor of the page before.
    pub after: Option<Cursor>,
    /// By what.
    pub sort: S,
    /// From the largest down.
    pub descending: bool,
}

impl<S: Default> Default for Page<S> {
    fn default() -> Self {
        Self { limit: 50, after: None, sort: S::default(), descending: true }
    }
}

/// A piece of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows there are on all pages together, counted up to [`LARGEST_TOTAL`] where
    /// `total_is_exact` is false: then there are at least so many.
    pub total: u64,
    /// Whether `total` is all of them.
    pub total_is_exact: bool,
    /// How to go on; `None` on the last page.
    pub next: Option<Cursor>,
}

impl<T> Listed<T> {
    /// The same page of something else.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Listed<U> {
        Listed {
            items: self.items.into_iter().map(each).collect(),
            total: self.total,
            total_is_exact: self.total_is_exact,
            next: self.next,
        }
    }
}

/// Where a page ended: the sort key and the identifier of its last row. Rows that come or go
/// meanwhile neither repeat nor hide others.
///
/// ```
/// use cofferdam_store::Cursor;
/// assert!(Cursor::parse("not a cursor").is_none());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor(pub(crate) Vec<Value>);

impl Cursor {
    /// Reads what [`Cursor::text`] wrote. Hostile input: whatever it holds is only ever compared
    /// with.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST_CURSOR {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = String::from_utf8(bytes).ok()?;
        if plain.contains('\0') {
            return None; // PostgreSQL knows no such text
        }
        let value = |part: &str| match part.split_at_checked(1)? {
            ("i", integer) => integer.parse().ok().map(Value::Integer),
            ("t", text) => Some(Value::Text(text.to_owned())),
            _ => None,
        };
        plain.split(BETWEEN).map(value).collect::<Option<_>>().map(Self)
    }

    /// The cursor as text that fits a URL.
    pub fn text(&self) -> String {
        let part = |value: &Value| match value {
            Value::Integer(integer) => format!("i{integer}"),
            Value::Text(text) => format!("t{text}"),
            // Sort keys and identifiers are nothing else.
            Value::Null | Value::Real(_) | Value::Bytes(_) => "t".to_owned(),
        };
        let parts: Vec<String> = self.0.iter().map(part).collect();
        URL_SAFE_NO_PAD.encode(parts.join(BETWEEN))
    }

    /// The values, if they are of the kinds that this order has: its columns, then so many
    /// identifiers.
    pub(crate) fn values(&self, sort: impl Sort, identifiers: usize) -> Result<&[Value]> {
        let columns = std::iter::once(sort.is_text()).chain(sort.then().map(|_| false));
        let kinds = columns.chain(std::iter::repeat_n(true, identifiers));
        let found = self.0.iter().map(|value| matches!(value, Value::Text(_)));
        if kinds.eq(found) {
            return Ok(&self.0);
        }
        Err(StoreError::Unsupported("the cursor is of another list or order".to_owned()))
    }
}

/// An order of a list.
pub(crate) trait Sort: Copy {
    /// The column; never NULL.
    fn column(self) -> &'static str;
    /// Whether it holds text.
    fn is_text(self) -> bool;
    /// The column, an integer, that decides among equals.
    fn then(self) -> Option<&'static str>;
}

/// The second column of an order, if one was declared.
macro_rules! then {
    () => {
        None
    };
    ($column:literal) => {
        Some($column)
    };
}

/// Declares orders: the name on the wire, the column, whether it holds text.
macro_rules! sorts {
    ($($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $case:ident = $word:literal $column:literal $text:literal $(then $then:literal)?),* $(,)? })*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name { $($(#[$note])* $case),* }

        impl $name {
            /// All of them; the first is the default.
            pub const ALL: &[Self] = &[$(Self::$case),*];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word),* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> std::result::Result<Self, ()> {
                Self::ALL.iter().copied().find(|sort| sort.as_str() == text).ok_or(())
            }
        }

        impl Sort for $name {
            fn column(self) -> &'static str {
                match self { $(Self::$case => $column),* }
            }

            fn is_text(self) -> bool {
                match self { $(Self::$case => $text),* }
            }

            fn then(self) -> Option<&'static str> {
                match self { $(Self::$case => then!($($then)?)),* }
            }
        }
    )*};
}

sorts! {
    /// Orders of workloads.
    WorkloadSort {
        /// By score.
        #[default]
        Score = "score" "score" false,
        /// By name.
        Name = "name" "name" true,
        /// By namespace.
        Namespace = "namespace" "namespace" true,
        /// By kind.
        Kind = "kind" "kind" true,
        /// By first sight.
        FirstSeen = "firstSeen" "first_seen" false,
        /// By last sight.
        LastSeen = "lastSeen" "last_seen" false,
    }
    /// Orders of workloads of an earlier time: by what never changes.
    PastSort {
        /// By name.
        #[default]
        Name = "name" "name" true,
        /// By namespace.
        Namespace = "namespace" "namespace" true,
        /// By kind.
        Kind = "kind" "kind" true,
        /// By first sight.
        FirstSeen = "firstSeen" "first_seen" false,
    }
    /// Orders of findings.
    FindingSort {
        /// By score.
        #[default]
        Score = "score" "score" false,
        /// By severity.
        Severity = "severity" "severity" false then "score",
        /// By rule.
        Rule = "rule" "rule" true then "score",
        /// By first sight.
        FirstSeen = "firstSeen" "first_seen" false,
    }
    /// Orders of images.
    ImageSort {
        /// By score.
        #[default]
        Score = "score" "score" false,
        /// By name.
        Name = "name" "name" true,
        /// By size.
        Size = "size" "size" false,
        /// By packages.
        Packages = "packages" "packages" false,
    }
    /// Orders of vulnerabilities.
    VulnerabilitySort {
        /// By score.
        #[default]
        Score = "score" "score" false,
        /// By identifier.
        Id = "id" "id" true,
        /// By package.
        Package = "package" "package" true,
    }
    /// Orders of objects.
    ObjectSort {
        /// By name.
        #[default]
        Name = "name" "name" true,
        /// By kind.
        Kind = "kind" "kind" true,
    }
    /// Orders of what happened.
    TimeSort {
        /// By time.
        #[default]
        At = "at" "at" false,
    }
}
