//! Credentials in the files of an image and in its configuration.
//!
//! Detection has three steps, each cheaper than the one after it: a search for the fixed words of
//! all kinds at once, a regular expression at the few places where one stands, and a check of what
//! was found there (checksum, decoding, structure, randomness, the examples of manuals). A file is
//! read once, through a window of 72 KiB whatever its size or the length of its lines.
//!
//! This crate is not a verifier: it asks nobody whether a credential still works. It keeps no
//! credential either; what leaves it is a mask that the owner recognises. The kinds are listed for
//! people in `docs/secrets.md`, which a test holds to the table here.
//!
//! ```
//! use cofferdam_secrets::Scanner;
//!
//! let scanner = Scanner::new();
//! let text = b"# settings\nDATABASE_URL=postgres://app:Kw9rotterdam@db:5432/shop\n";
//! assert!(scanner.wants(text.len() as u64, text));
//! let (secrets, problems) = scanner.file("app/.env", text.len() as u64, &mut &text[..])?;
//! assert_eq!(secrets[0].kind, "url-credential");
//! assert_eq!(secrets[0].line, Some(2));
//! assert_eq!(secrets[0].masked, "Kw…");
//! assert!(problems.is_empty());
//! # Ok::<(), std::io::Error>(())
//! ```

mod checks;
mod configuration;
mod finding;
mod jwt;
mod kind;
mod named;
mod private_key;
mod randomness;
mod scanner;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod window;
mod words;

pub use kind::{Kind, kind, kinds};
pub use scanner::Scanner;
