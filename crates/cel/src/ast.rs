//! Parsed expressions.

use crate::{Place, Value, functions::Function};
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
    Variable(Box<str>),
    /// A variable of the comprehension at this level of nesting.
    Local(usize),
    /// `operand.field`; `qualified` is the whole dotted name when it could be that of a variable.
    Select {
        operand: Box<Expression>,
        field: Box<str>,
        qualified: Option<Box<str>>,
    },
    /// `has(operand.field)`.
    Has {
        operand: Box<Expression>,
        field: Box<str>,
    },
    Index {
        operand: Box<Expression>,
        index: Box<Expression>,
    },
    /// A function; a receiver is its first argument.
    Call {
        name: Box<str>,
        /// `None`: no such function, which is an error when it is reached.
        function: Option<&'static Function>,
        arguments: Vec<Expression>,
        /// The compiled pattern of `matches`, where it is a literal.
        pattern: Option<Box<Regex>>,
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
    List(Vec<Expression>),
    Map(Vec<(Expression, Expression)>),
    Comprehension(Box<Comprehension>),
}

/// A macro over a list or the keys of a map.
#[derive(Debug)]
pub(crate) struct Comprehension {
    pub(crate) kind: ComprehensionKind,
    pub(crate) range: Expression,
    /// Level of its variable.
    pub(crate) local: usize,
    /// The condition; `map` may have none.
    pub(crate) condition: Option<Expression>,
    /// What `map` makes of each.
    pub(crate) transform: Option<Expression>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComprehensionKind {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
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
    /// The direct parts.
    pub(crate) fn children(&self) -> Vec<&Expression> {
        match self {
            Self::Literal(_) | Self::Variable(_) | Self::Local(_) => Vec::new(),
            Self::Select { operand, .. }
            | Self::Has { operand, .. }
            | Self::Not(operand)
            | Self::Negate(operand) => vec![operand],
            Self::Index { operand, index } => vec![operand, index],
            Self::Call { arguments, .. } => arguments.iter().collect(),
            Self::Binary { left, right, .. } => vec![left, right],
            Self::And(parts) | Self::Or(parts) | Self::List(parts) => parts.iter().collect(),
            Self::Conditional { condition, then, otherwise } => vec![condition, then, otherwise],
            Self::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Self::Comprehension(comprehension) => [Some(&comprehension.range)]
                .into_iter()
                .chain([comprehension.condition.as_ref(), comprehension.transform.as_ref()])
                .flatten()
                .collect(),
        }
    }
}
