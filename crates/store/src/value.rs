//! The values both engines share, and how a Rust type becomes one column.

use crate::error::{Result, StoreError};
use cofferdam_model::Severity;
use jiff::Timestamp;
use std::{collections::BTreeMap, io::Read, sync::Arc};

/// One value of one column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A type that is stored in one column.
pub(crate) trait Cell: Sized {
    fn store(&self) -> Value;
    fn load(value: Value) -> Result<Self>;
}

fn wrong(wanted: &str, found: &Value) -> StoreError {
    let found = match found {
        Value::Null => "nothing",
        Value::Integer(_) => "an integer",
        Value::Real(_) => "a real number",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
    };
    StoreError::corrupt(format!("{found} where {wanted} should be"))
}

impl Value {
    /// Text as it is stored and asked for: PostgreSQL knows no U+0000, which a name in a cluster or
    /// a question of a client may have, so that it is U+FFFD in both databases.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.replace('\0', "\u{fffd}"))
    }
}

impl Cell for String {
    fn store(&self) -> Value {
        Value::text(self)
    }

    fn load(value: Value) -> Result<Self> {
        match value {
            Value::Text(text) => Ok(text),
            other => Err(wrong("text", &other)),
        }
    }
}

impl Cell for Vec<u8> {
    fn store(&self) -> Value {
        Value::Bytes(self.clone())
    }

    fn load(value: Value) -> Result<Self> {
        match value {
            Value::Bytes(bytes) => Ok(bytes),
            other => Err(wrong("bytes", &other)),
        }
    }
}

impl Cell for f64 {
    fn store(&self) -> Value {
        Value::Real(*self)
    }

    fn load(value: Value) -> Result<Self> {
        match value {
            Value::Real(real) => Ok(real),
            other => Err(wrong("a real number", &other)),
        }
    }
}

impl Cell for bool {
    fn store(&self) -> Value {
        Value::Integer(i64::from(*self))
    }

    fn load(value: Value) -> Result<Self> {
        match value {
            Value::Integer(0) => Ok(false),
            Value::Integer(1) => Ok(true),
            other => Err(wrong("0 or 1", &other)),
        }
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Cell for $integer {
            fn store(&self) -> Value {
                Value::Integer(i64::from(*self))
            }

            fn load(value: Value) -> Result<Self> {
                match value {
                    Value::Integer(integer) => Self::try_from(integer)
                        .map_err(|_| StoreError::corrupt(format!("{integer} is out of range"))),
                    other => Err(wrong("an integer", &other)),
                }
            }
        }
    )*};
}

integers!(u8, u16, u32, i64);

/// Sizes: what does not fit in 63 bits is stored as the largest that does.
impl Cell for u64 {
    fn store(&self) -> Value {
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn load(value: Value) -> Result<Self> {
        match value {
            Value::Integer(integer) => Self::try_from(integer)
                .map_err(|_| StoreError::corrupt(format!("{integer} is out of range"))),
            other => Err(wrong("an integer", &other)),
        }
    }
}

/// Milliseconds since 1970.
impl Cell for Timestamp {
    fn store(&self) -> Value {
        Value::Integer(self.as_millisecond())
    }

    fn load(value: Value) -> Result<Self> {
        match value {
            Value::Integer(integer) => Self::from_millisecond(integer).map_err(StoreError::corrupt),
            other => Err(wrong("a time", &other)),
        }
    }
}

/// 0 (none) to 4 (critical), so that it sorts.
impl Cell for Severity {
    fn store(&self) -> Value {
        Value::Integer(match self {
            Self::None => 0,
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
            Self::Critical => 4,
        })
    }

    fn load(value: Value) -> Result<Self> {
        match value {
            Value::Integer(0) => Ok(Self::None),
            Value::Integer(1) => Ok(Self::Low),
            Value::Integer(2) => Ok(Self::Medium),
            Value::Integer(3) => Ok(Self::High),
            Value::Integer(4) => Ok(Self::Critical),
            other => Err(wrong("a severity", &other)),
        }
    }
}

/// What is not there is NULL.
impl<T: Cell> Cell for Option<T> {
    fn store(&self) -> Value {
        self.as_ref().map_or(Value::Null, Cell::store)
    }

    fn load(value: Value) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            other => T::load(other).map(Some),
        }
    }
}

/// Strings and string maps as JSON text, written and read by `serde_json`.
macro_rules! json {
    ($($shape:ty),*) => {$(
        impl Cell for $shape {
            fn store(&self) -> Value {
                // Maps and lists of strings always have a JSON form.
                Value::Text(serde_json::to_string(self).unwrap_or_default())
            }

            fn load(value: Value) -> Result<Self> {
                let text = String::load(value)?;
                serde_json::from_str(&text).map_err(StoreError::corrupt)
            }
        }
    )*};
}

json!(Vec<String>, BTreeMap<String, String>);

/// Text that is stored compressed (zstd), for manifests and other long documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed(pub Arc<str>);

/// Level 3 is zstd's default: 200 MB/s and a sixth of a manifest's size.
const LEVEL: i32 = 3;
/// A Kubernetes object is at most 1.5 MiB in etcd; lists and YAML forms of one take more.
const LARGEST_DOCUMENT: u64 = 16 << 20;

impl From<&str> for Packed {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl Cell for Packed {
    fn store(&self) -> Value {
        // Compressing in memory fails for want of memory only.
        Value::Bytes(zstd::bulk::compress(self.0.as_bytes(), LEVEL).unwrap_or_default())
    }

    fn load(value: Value) -> Result<Self> {
        let bytes = Vec::load(value)?;
        let decoder = zstd::Decoder::with_buffer(bytes.as_slice()).map_err(StoreError::corrupt)?;
        let mut text = Vec::new();
        let mut limited = decoder.take(LARGEST_DOCUMENT + 1);
        std::io::copy(&mut limited, &mut text).map_err(StoreError::corrupt)?;
        if u64::try_from(text.len()).is_ok_and(|length| length > LARGEST_DOCUMENT) {
            return Err(StoreError::corrupt("a document above 16 MiB"));
        }
        let text = String::from_utf8(text).map_err(StoreError::corrupt)?;
        Ok(Self(text.into()))
    }
}
