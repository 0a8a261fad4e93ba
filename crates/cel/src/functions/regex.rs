//! Regular expressions (cel-spec, "Regular expressions"; Kubernetes' regex library), with the
//! syntax of RE2.
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let source = "'a1 b22'.findAll('[0-9]+') == ['1', '22'] && 'web-7'.matches('^web')";
//! let program = Program::parse(source).unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Body, Function, pattern, refused};
use crate::{Evaluation, Value, evaluate::Evaluated};
use regex::Regex;

pub(super) const FUNCTIONS: &[Function] = &[
    pattern("matches", 2..=2, "text.matches(pattern)", matches),
    Function {
        name: "matches",
        receiver: false,
        count: 2..=2,
        usage: "text.matches(pattern)",
        body: Body::Pattern(matches),
    },
    pattern("find", 2..=2, "text.find(pattern)", find),
    pattern("findAll", 2..=3, "text.findAll(pattern, limit)", find_all),
];

fn matches<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    pattern: &Regex,
) -> Evaluated<'a> {
    match arguments {
        [Value::String(text), _] => {
            evaluation.step_bytes(text.len())?;
            Ok(Value::Bool(pattern.is_match(text)))
        }
        other => Err(refused("matches", other)),
    }
}

/// The first match; empty where there is none.
fn find<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    pattern: &Regex,
) -> Evaluated<'a> {
    match arguments {
        [Value::String(text), _] => {
            evaluation.step_bytes(text.len())?;
            let found = pattern.find(text).map(|found| found.as_str().to_owned());
            Ok(Value::from(found.unwrap_or_default()))
        }
        other => Err(refused("find", other)),
    }
}

/// All matches, or the first few.
fn find_all<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    pattern: &Regex,
) -> Evaluated<'a> {
    let (text, limit) = match arguments {
        [Value::String(text), _] => (text, -1),
        [Value::String(text), _, Value::Int(limit)] => (text, *limit),
        other => return Err(refused("findAll", other)),
    };
    evaluation.step_bytes(text.len())?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for part in pattern.find_iter(text).take(limit) {
        // A match may have looked at all of the rest.
        evaluation.step(1)?;
        evaluation.step_bytes((text.len() - part.end()) / 16)?;
        found.push(Value::from(part.as_str().to_owned()));
    }
    Ok(Value::list(found))
}
