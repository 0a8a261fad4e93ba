//! The page of a rule, made from its policy.

use crate::Policy;
use std::fmt::Write as _;

/// The page `docs/rules/<CODE>.md` of a policy.
pub fn page(policy: &Policy) -> String {
    let mut page = String::new();
    let _ = writeln!(page, "# {} {}\n\n{}", policy.code, policy.title, policy.description);
    page
}
