//! Parsed expressions.

use crate::{
    Place, Stop, Type, Value,
    functions::Function,
    operators,
    scope::{Guess, Name},
};
use regex::Regex;

/// An expression and where it stands.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) place: Place,
    /// Levels below and including this one: what bounds recursion.
    pub(crate) depth: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Literal(Value<'static>),
    /// A variable from outside.
    Variable(Variable),
    /// A variable of the macro at this level of nesting.
    Local(usize),
    /// `operand.field`, `operand.?field`; `qualified` where the whole could be the dotted name of
    /// a variable or a type.
    Select {
        operand: Box<Expression>,
        field: Box<str>,
        qualified: Option<Box<Qualified>>,
        optional: bool,
    },
    /// `has(operand.field)`.
    Has {
        operand: Box<Expression>,
        field: Box<str>,
    },
    /// `operand[index]`, `operand[?index]`.
    Index {
        operand: Box<Expression>,
        index: Box<Expression>,
        optional: bool,
    },
    /// A function; a receiver is its first argument.
    Call {
        name: Box<str>,
        /// `None`: no such function, which is an error when it is reached.
        function: Option<&'static Function>,
        arguments: Vec<Expression>,
        /// The compiled pattern, where it is a literal.
        pattern: Option<Box<Regex>>,
        /// What it gives, where that is known when it is read: `quantity('1Gi')`.
        constant: Option<Box<Value<'static>>>,
    },
    Not(Box<Expression>),
    Negate(Box<Expression>),
    Binary {
        operator: Operator,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    /// `a && b && c`.
    And(Vec<Expression>),
    /// `a || b || c`.
    Or(Vec<Expression>),
    Conditional {
        condition: Box<Expression>,
        then: Box<Expression>,
        otherwise: Box<Expression>,
    },
    /// `[a, ?b]`; `constant` where it is made of literals only.
    List {
        items: Vec<Pair>,
        constant: Option<Value<'static>>,
    },
    /// `{a: b, ?c: d}`; `constant` where it is made of literals only.
    Map {
        entries: Vec<(Expression, Pair)>,
        constant: Option<Value<'static>>,
    },
    Comprehension(Box<Comprehension>),
    Bind(Box<Bind>),
    /// `left.or(right)`; with `unwrap` it is `left.orValue(right)`.
    Either {
        left: Box<Expression>,
        right: Box<Expression>,
        unwrap: bool,
    },
}

/// A variable from outside, or the type of that name.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: Name<Box<str>>,
    pub(crate) guess: Guess,
    /// The type that has this name.
    pub(crate) kind: Option<Type>,
}

/// A dotted name.
#[derive(Debug)]
pub(crate) struct Qualified {
    /// Its first segment.
    pub(crate) root: Variable,
    /// All of it.
    pub(crate) whole: Variable,
}

/// An element of a list or the value of an entry, which may be `?optional`.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) optional: bool,
    pub(crate) value: Expression,
}

/// A macro over a list or a map.
#[derive(Debug)]
pub(crate) struct Comprehension {
    pub(crate) kind: ComprehensionKind,
    pub(crate) range: Expression,
    /// Level of its variable, or of the first of two.
    pub(crate) local: usize,
    /// Whether it has two: index and element, or key and value.
    pub(crate) two: bool,
    /// The condition; those that transform may have none.
    pub(crate) condition: Option<Expression>,
    /// What is made of each.
    pub(crate) transform: Option<Expression>,
}

impl ComprehensionKind {
    /// Whether it gives a bool.
    pub(crate) const fn is_test(self) -> bool {
        matches!(self, Self::All | Self::Exists | Self::ExistsOne)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComprehensionKind {
    All,
    Exists,
    ExistsOne,
    Filter,
    /// `map`, `transformList`
    Map,
    TransformMap,
    TransformMapEntry,
    SortBy,
}

/// A macro that names one value.
#[derive(Debug)]
pub(crate) struct Bind {
    pub(crate) kind: BindKind,
    pub(crate) local: usize,
    pub(crate) value: Expression,
    pub(crate) body: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BindKind {
    /// `cel.bind(name, value, body)`
    Value,
    /// `value.optMap(name, body)`
    OptionalMap,
    /// `value.optFlatMap(name, body)`
    OptionalFlatMap,
}

impl Expression {
    /// The value of a literal.
    pub(crate) fn constant(&self) -> Option<&Value<'static>> {
        match &self.kind {
            Kind::Literal(value)
            | Kind::List { constant: Some(value), .. }
            | Kind::Map { constant: Some(value), .. } => Some(value),
            _ => None,
        }
    }

    /// Whether it is `operand.?field`, or fields and entries of that: an optional, whatever it
    /// reads.
    pub(crate) fn is_chain(&self) -> bool {
        match &self.kind {
            Kind::Select { operand, optional, .. } => *optional || operand.is_chain(),
            Kind::Index { operand, .. } => operand.is_chain(),
            _ => false,
        }
    }
}

impl Pair {
    /// The value of a literal.
    pub(crate) fn constant(&self) -> Option<Value<'static>> {
        self.value.constant().filter(|_| !self.optional).cloned()
    }

    /// What this adds, if it adds anything.
    pub(crate) fn present<'a>(&self, value: Value<'a>) -> Result<Option<Value<'a>>, Stop> {
        match value {
            value if !self.optional => Ok(Some(value)),
            Value::Optional(value) => Ok(value.map(|value| (*value).clone())),
            other => Err(operators::no_overload("?", &[&other])),
        }
    }
}

impl Variable {
    pub(crate) fn new(name: Box<str>) -> Self {
        let kind = Type::ALL.into_iter().find(|kind| kind.is_named() && *kind.as_str() == *name);
        Self { name: Name::new(name), guess: Guess::default(), kind }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

impl Operator {
    /// The operator and how tightly it binds, more is tighter.
    pub(crate) fn of(symbol: &str) -> Option<(Self, u8)> {
        Some(match symbol {
            "*" => (Self::Multiply, 3),
            "/" => (Self::Divide, 3),
            "%" => (Self::Remainder, 3),
            "+" => (Self::Add, 2),
            "-" => (Self::Subtract, 2),
            "==" => (Self::Equal, 1),
            "!=" => (Self::NotEqual, 1),
            "<" => (Self::Less, 1),
            "<=" => (Self::LessOrEqual, 1),
            ">" => (Self::Greater, 1),
            ">=" => (Self::GreaterOrEqual, 1),
            "in" => (Self::In, 1),
            _ => return None,
        })
    }

    /// Whether it gives a bool.
    pub(crate) const fn is_test(self) -> bool {
        !matches!(
            self,
            Self::Add | Self::Subtract | Self::Multiply | Self::Divide | Self::Remainder
        )
    }

    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
        }
    }
}

impl Kind {
    /// The chain of which this asks whether it leads to a value: that of `chain.hasValue()`.
    pub(crate) fn asked_for_presence(&self) -> Option<&Expression> {
        match self {
            Self::Call { function: Some(function), arguments, .. }
                if function.body.asks_presence() =>
            {
                arguments.first().filter(|chain| arguments.len() == 1 && chain.is_chain())
            }
            _ => None,
        }
    }

    /// The direct parts.
    pub(crate) fn children(&self) -> Vec<&Expression> {
        match self {
            Self::Literal(_) | Self::Variable(_) | Self::Local(_) => Vec::new(),
            Self::Select { operand, .. }
            | Self::Has { operand, .. }
            | Self::Not(operand)
            | Self::Negate(operand) => vec![operand],
            Self::Index { operand, index, .. } => vec![operand, index],
            Self::Call { arguments, .. } => arguments.iter().collect(),
            Self::Binary { left, right, .. } | Self::Either { left, right, .. } => {
                vec![left, right]
            }
            Self::And(parts) | Self::Or(parts) => parts.iter().collect(),
            Self::List { items, .. } => items.iter().map(|item| &item.value).collect(),
            Self::Conditional { condition, then, otherwise } => vec![condition, then, otherwise],
            Self::Map { entries, .. } => {
                entries.iter().flat_map(|(key, entry)| [key, &entry.value]).collect()
            }
            Self::Bind(bind) => vec![&bind.value, &bind.body],
            Self::Comprehension(comprehension) => [Some(&comprehension.range)]
                .into_iter()
                .chain([comprehension.condition.as_ref(), comprehension.transform.as_ref()])
                .flatten()
                .collect(),
        }
    }
}
