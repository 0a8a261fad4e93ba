//! The functions, as one table.

mod authorizer;
mod conversions;
mod encoders;
mod formats;
mod formatting;
mod lists;
mod math;
mod network;
mod optionals;
mod quantity;
mod regex;
mod semver;
mod strings;
mod times;
mod url;

pub(crate) use authorizer::{Asker, Wanted};
pub(crate) use formats::Format;
pub(crate) use network::Cidr;
pub(crate) use quantity::Quantity;
pub(crate) use semver::Semver;
pub(crate) use url::Url;

use crate::{
    Evaluation, Stop, Value,
    ast::{Expression, Kind},
    error::{ErrorKind, quoted},
    evaluate::Evaluated,
    limits::STEPS_DEFAULT,
    operators::no_overload,
    re2,
};
use ::regex::Regex;
use std::ops::RangeInclusive;

/// A function, for one way of calling it.
pub(crate) struct Function {
    name: &'static str,
    /// Whether it is called as `receiver.name(…)`; the receiver is its first argument.
    receiver: bool,
    /// How many arguments it takes, the receiver included.
    count: RangeInclusive<usize>,
    /// How to write a call, for people.
    usage: &'static str,
    pub(crate) body: Body,
}

/// What a function does.
pub(crate) enum Body {
    Plain(Call),
    /// It asks of an optional only whether there is a value.
    Presence(Call),
    /// Its second argument is a regular expression, compiled.
    Pattern(PatternCall),
}

impl Body {
    pub(crate) const fn asks_presence(&self) -> bool {
        matches!(self, Self::Presence(_))
    }
}

pub(crate) type Call = for<'a> fn(&mut Evaluation<'a>, &[Value<'a>]) -> Evaluated<'a>;

pub(crate) type PatternCall =
    for<'a> fn(&mut Evaluation<'a>, &[Value<'a>], &Regex) -> Evaluated<'a>;

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.usage)
    }
}

const fn global(
    name: &'static str,
    count: RangeInclusive<usize>,
    usage: &'static str,
    call: Call,
) -> Function {
    Function { name, receiver: false, count, usage, body: Body::Plain(call) }
}

const fn member(
    name: &'static str,
    count: RangeInclusive<usize>,
    usage: &'static str,
    call: Call,
) -> Function {
    Function { name, receiver: true, count, usage, body: Body::Plain(call) }
}

const fn pattern(
    name: &'static str,
    count: RangeInclusive<usize>,
    usage: &'static str,
    call: PatternCall,
) -> Function {
    Function { name, receiver: true, count, usage, body: Body::Pattern(call) }
}

static FUNCTIONS: [&[Function]; 16] = [
    GENERAL,
    strings::FUNCTIONS,
    formatting::FUNCTIONS,
    lists::FUNCTIONS,
    regex::FUNCTIONS,
    conversions::FUNCTIONS,
    times::FUNCTIONS,
    optionals::FUNCTIONS,
    math::FUNCTIONS,
    encoders::FUNCTIONS,
    network::FUNCTIONS,
    quantity::FUNCTIONS,
    semver::FUNCTIONS,
    url::FUNCTIONS,
    formats::FUNCTIONS,
    authorizer::FUNCTIONS,
];

const GENERAL: &[Function] = &[
    global("size", 1..=1, "size(value)", size),
    member("size", 1..=1, "value.size()", size),
    global("dyn", 1..=1, "dyn(value)", |_, arguments| Ok(first(arguments))),
    global("type", 1..=1, "type(value)", |_, arguments| Ok(Value::Type(first(arguments).kind()))),
];

fn first<'a>(arguments: &[Value<'a>]) -> Value<'a> {
    arguments.first().cloned().unwrap_or(Value::Null)
}

/// `size`: code points, octets, elements or entries.
fn size<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let length = match arguments {
        [Value::String(text)] => {
            evaluation.step_bytes(text.len())?;
            text.chars().count()
        }
        [Value::Bytes(bytes)] => bytes.len(),
        [value] => evaluation.size(value)?,
        _ => 0,
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn all() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().flat_map(|group| group.iter())
}

/// The function with this name for so many arguments, the receiver included.
pub(crate) fn find(name: &str, receiver: bool, count: usize) -> Option<&'static Function> {
    all().find(|function| {
        function.name == name && function.receiver == receiver && function.count.contains(&count)
    })
}

/// Every name, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    all().map(|function| function.name)
}

/// How a function of this name is called, if there is one.
pub(crate) fn arguments_of(name: &str) -> Option<&'static str> {
    all().find(|function| function.name == name).map(|function| function.usage)
}

/// Name, receiver and counts of arguments of every function.
#[cfg(test)]
pub(crate) fn calls() -> impl Iterator<Item = (&'static str, bool, RangeInclusive<usize>)> {
    all().map(|function| (function.name, function.receiver, function.count.clone()))
}

impl Function {
    /// Whether its first argument is its receiver.
    pub(crate) const fn is_member(&self) -> bool {
        self.receiver
    }

    /// What a call gives that makes a value of one literal text: `duration('1h')`. A text that is
    /// refused is refused where the call is reached.
    pub(crate) fn constant(&self, arguments: &[Expression]) -> Option<Value<'static>> {
        const MAKERS: [&str; 7] =
            ["cidr", "duration", "ip", "quantity", "semver", "timestamp", "url"];
        let (Body::Plain(body), [Expression { kind: Kind::Literal(literal), .. }]) =
            (&self.body, arguments)
        else {
            return None;
        };
        if self.receiver || !MAKERS.contains(&self.name) || literal.as_str().is_none() {
            return None;
        }
        body(&mut Evaluation::unrecorded(STEPS_DEFAULT), std::slice::from_ref(literal)).ok()
    }

    /// The compiled pattern of a call with a literal one.
    pub(crate) fn literal_pattern(&self, arguments: &[Expression]) -> Option<Box<Regex>> {
        re2::compile(self.literal(arguments)?).ok().map(Box::new)
    }

    /// What is wrong with a literal pattern.
    pub(crate) fn pattern_error(&self, arguments: &[Expression]) -> Option<String> {
        re2::compile(self.literal(arguments)?).err()
    }

    fn literal<'e>(&self, arguments: &'e [Expression]) -> Option<&'e str> {
        match (&self.body, arguments) {
            (
                Body::Pattern(_),
                [_, Expression { kind: Kind::Literal(Value::String(pattern)), .. }, ..],
            ) => Some(pattern),
            _ => None,
        }
    }
}

/// Calls a function with a pattern that is not a literal: compiled each time, and paid for.
pub(crate) fn compile_and_call<'a>(
    evaluation: &mut Evaluation<'a>,
    function: &Function,
    arguments: &[Value<'a>],
    body: PatternCall,
) -> Evaluated<'a> {
    const COMPILE_STEPS_PER_BYTE: u64 = 100;
    let Some(Value::String(pattern)) = arguments.get(1) else {
        return Err(refused(function.name, arguments));
    };
    let bytes = u64::try_from(pattern.len()).unwrap_or(u64::MAX);
    evaluation.step(bytes.saturating_mul(COMPILE_STEPS_PER_BYTE))?;
    let compiled = re2::compile(pattern).map_err(|wrong| {
        ErrorKind::Invalid(format!("{} is not a regular expression: {wrong}", quoted(pattern)))
    })?;
    body(evaluation, arguments, &compiled)
}

/// The error for a function that does not take these arguments.
pub(crate) fn refused(name: &str, arguments: &[Value<'_>]) -> Stop {
    no_overload(name, &arguments.iter().collect::<Vec<_>>())
}
