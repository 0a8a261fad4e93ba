//! One declaration for a row: its struct, its table, its columns in order, to and from values.

/// Declares row types. The fields are the columns, in the order of the declaration.
macro_rules! rows {
    ($($(#[$about:meta])* $name:ident in $table:literal by $key:tt {
        $($(#[$note:meta])* $field:ident: $shape:ty),* $(,)?
    })*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $($(#[$note])* pub $field: $shape),* }

        impl $crate::rows::Row for $name {
            const FROM: &'static str = concat!("\"", $table, "\"");
            const KEY: &'static [&'static str] = &$key;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn values(&self) -> Vec<$crate::value::Value> {
                vec![$($crate::value::Cell::store(&self.$field)),*]
            }

            fn read(fields: &mut $crate::rows::Fields) -> $crate::error::Result<Self> {
                Ok(Self { $($field: fields.next()?),* })
            }
        }
    )*};
}
