//! Tokens to an expression, by precedence.

use crate::{
    Key, Map, Place, SyntaxError, Value,
    ast::{Expression, Kind, Operator, Pair, Qualified, Variable},
    functions,
    limits::{DEPTH_MAX, PATTERNS_MAX, SOURCE_BYTES_MAX},
    token::{Token, TokenKind, tokens},
};

/// Words that cannot name a variable (cel-spec, "Syntax", RESERVED), except `in`, `true`,
/// `false` and `null`, which have a meaning.
const RESERVED: [&str; 18] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

pub(crate) type Parsed = Result<Expression, SyntaxError>;

/// Parses a whole expression.
pub(crate) fn parse(source: &str) -> Parsed {
    if source.len() > SOURCE_BYTES_MAX {
        let place = Place { start: 0, end: source.len() };
        let message = format!("an expression has at most {SOURCE_BYTES_MAX} bytes");
        return Err(SyntaxError::new(source, place, message));
    }
    let tokens = tokens(source)?;
    let mut parser =
        Parser { source, tokens, next: 0, nesting: 0, patterns: 0, locals: Vec::new() };
    let expression = parser.expression()?;
    match parser.peek() {
        TokenKind::End => Ok(expression),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

pub(crate) struct Parser<'s> {
    pub(crate) source: &'s str,
    tokens: Vec<Token>,
    next: usize,
    nesting: usize,
    /// Literal patterns so far.
    patterns: usize,
    /// Variables of the comprehensions around this place, outermost first.
    pub(crate) locals: Vec<Box<str>>,
}

impl Parser<'_> {
    pub(crate) fn peek(&self) -> &TokenKind {
        self.peek_ahead(0)
    }

    pub(crate) fn peek_ahead(&self, ahead: usize) -> &TokenKind {
        self.tokens.get(self.next + ahead).map_or(&TokenKind::End, |token| &token.kind)
    }

    pub(crate) fn place(&self) -> Place {
        let end = Place { start: self.source.len(), end: self.source.len() };
        self.tokens.get(self.next).map_or(end, |token| token.place)
    }

    pub(crate) fn advance(&mut self) {
        self.next += 1;
    }

    pub(crate) fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), TokenKind::Symbol(found) if *found == symbol)
    }

    pub(crate) fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.next += usize::from(found);
        found
    }

    pub(crate) fn expect(&mut self, symbol: &'static str) -> Result<Place, SyntaxError> {
        let place = self.place();
        if self.take(symbol) { Ok(place) } else { Err(self.unexpected(&format!("{symbol:?}"))) }
    }

    pub(crate) fn unexpected(&self, expected: &str) -> SyntaxError {
        self.error(self.place(), format!("expected {expected}, found {}", self.peek()))
    }

    pub(crate) fn error(&self, place: Place, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.source, place, message)
    }

    /// An expression of these parts, refused when the tree grows too deep.
    pub(crate) fn build(&self, place: Place, kind: Kind) -> Parsed {
        let below = kind.children().into_iter().map(|child| child.depth).max().unwrap_or(0);
        if below >= DEPTH_MAX {
            return Err(self.too_deep(place));
        }
        Ok(Expression { place, depth: below + 1, kind })
    }

    fn too_deep(&self, place: Place) -> SyntaxError {
        self.error(place, format!("expressions are nested at most {DEPTH_MAX} levels deep"))
    }

    /// `or ? or : expression`
    pub(crate) fn expression(&mut self) -> Parsed {
        self.nesting += 1;
        if self.nesting > DEPTH_MAX {
            return Err(self.too_deep(self.place()));
        }
        let condition = self.or()?;
        let expression = if self.take("?") {
            let then = self.or()?;
            self.expect(":")?;
            let otherwise = self.expression()?;
            let place = condition.place.to(otherwise.place);
            let [condition, then, otherwise] = [condition, then, otherwise].map(Box::new);
            self.build(place, Kind::Conditional { condition, then, otherwise })
        } else {
            Ok(condition)
        };
        self.nesting -= 1;
        expression
    }

    fn or(&mut self) -> Parsed {
        self.chain("||", Self::and, Kind::Or)
    }

    fn and(&mut self) -> Parsed {
        self.chain("&&", |parser| parser.binary(1), Kind::And)
    }

    fn chain(
        &mut self,
        symbol: &str,
        operand: fn(&mut Self) -> Parsed,
        make: fn(Vec<Expression>) -> Kind,
    ) -> Parsed {
        let first = operand(self)?;
        if !self.is(symbol) {
            return Ok(first);
        }
        let mut place = first.place;
        let mut parts = vec![first];
        while self.take(symbol) {
            let part = operand(self)?;
            place = place.to(part.place);
            parts.push(part);
        }
        self.build(place, make(parts))
    }

    /// Operators that bind at least as tightly as `tightness`, from the left.
    fn binary(&mut self, tightness: u8) -> Parsed {
        let mut left = self.unary()?;
        loop {
            let operator = match self.peek() {
                TokenKind::Symbol(symbol) => Operator::of(symbol),
                TokenKind::Name(name) if **name == *"in" => Operator::of("in"),
                _ => None,
            };
            let Some((operator, tight)) = operator.filter(|(_, tight)| *tight >= tightness) else {
                return Ok(left);
            };
            self.advance();
            let right = self.binary(tight + 1)?;
            let place = left.place.to(right.place);
            let [left_box, right] = [left, right].map(Box::new);
            left = self.build(place, Kind::Binary { operator, left: left_box, right })?;
        }
    }

    /// `!` and `-`, repeated; a minus before a number belongs to the number, so that the smallest
    /// integer can be written.
    fn unary(&mut self) -> Parsed {
        let first = self.place();
        let mut signs = Vec::new();
        while self.is("!") || self.is("-") {
            let number = matches!(self.peek_ahead(1), TokenKind::Int(_) | TokenKind::Double(_));
            if self.is("-") && number {
                break;
            }
            signs.push((self.is("!"), self.place()));
            self.advance();
        }
        if let Some((_, place)) =
            signs.iter().find(|(not, _)| Some(not) != signs.first().map(|s| &s.0))
        {
            return Err(self.error(*place, "! and - are not mixed; use parentheses"));
        }
        let mut operand = if self.take("-") { self.negative(first)? } else { self.member()? };
        for (not, place) in signs.into_iter().rev() {
            let place = place.to(operand.place);
            let inner = Box::new(operand);
            operand =
                self.build(place, if not { Kind::Not(inner) } else { Kind::Negate(inner) })?;
        }
        Ok(operand)
    }

    /// A number after its minus, with what hangs on it.
    fn negative(&mut self, sign: Place) -> Parsed {
        let place = sign.to(self.place());
        let value = match *self.peek() {
            TokenKind::Int(value) => Value::Int(
                0_i64
                    .checked_sub_unsigned(value)
                    .ok_or_else(|| self.error(place, "this integer does not fit into 64 bits"))?,
            ),
            TokenKind::Double(value) => Value::Double(-value),
            _ => return Err(self.unexpected("a number")),
        };
        self.advance();
        let literal = self.build(place, Kind::Literal(value))?;
        self.members(literal)
    }

    fn member(&mut self) -> Parsed {
        let primary = self.primary()?;
        self.members(primary)
    }

    /// `.field`, `.function(…)` and `[index]`, as many as there are.
    fn members(&mut self, mut operand: Expression) -> Parsed {
        loop {
            if self.take("[") {
                let optional = self.take("?");
                let index = Box::new(self.expression()?);
                let place = operand.place.to(self.expect("]")?);
                let kind = Kind::Index { operand: Box::new(operand), index, optional };
                operand = self.build(place, kind)?;
            } else if self.take(".") {
                let optional = self.take("?");
                operand = self.selection(operand, optional)?;
            } else if self.is("{")
                && matches!(operand.kind, Kind::Variable(_) | Kind::Select { optional: false, .. })
            {
                return Err(self.error(self.place(), "protocol buffer messages cannot be made"));
            } else {
                return Ok(operand);
            }
        }
    }

    fn selection(&mut self, operand: Expression, optional: bool) -> Parsed {
        let place = operand.place.to(self.place());
        let (field, quoted) = match self.peek() {
            TokenKind::Name(name) if !matches!(&**name, "in" | "true" | "false" | "null") => {
                (name.clone(), false)
            }
            TokenKind::Quoted(name) => (name.clone(), true),
            _ => return Err(self.unexpected("the name of a field or of a function")),
        };
        self.advance();
        if !quoted && !optional && self.take("(") {
            return self.member_call(operand, &field, place);
        }
        let dotted = match &operand.kind {
            Kind::Variable(variable) => Some((&variable.name, &variable.name)),
            Kind::Select { qualified: Some(known), .. } => {
                Some((&known.root.name, &known.whole.name))
            }
            _ => None,
        };
        let qualified = dotted.filter(|_| !quoted && !optional).map(|(root, name)| {
            let whole = Variable::new([&**name, ".", &*field].concat().into());
            Box::new(Qualified { root: Variable::new((**root).into()), whole })
        });
        let operand = Box::new(operand);
        self.build(place, Kind::Select { operand, field, qualified, optional })
    }

    fn primary(&mut self) -> Parsed {
        let place = self.place();
        let literal = match self.peek() {
            TokenKind::Int(value) => Value::Int(
                i64::try_from(*value)
                    .map_err(|_| self.error(place, "this integer does not fit into 64 bits"))?,
            ),
            TokenKind::Uint(value) => Value::Uint(*value),
            TokenKind::Double(value) => Value::Double(*value),
            TokenKind::String(text) => Value::String(crate::Shared::Owned(text.clone())),
            TokenKind::Bytes(bytes) => Value::Bytes(crate::Shared::Owned(bytes.clone())),
            TokenKind::Name(_) => return self.name(),
            TokenKind::Symbol("(") => {
                self.advance();
                let inner = self.expression()?;
                self.expect(")")?;
                return Ok(inner);
            }
            TokenKind::Symbol("[") => return self.list(),
            TokenKind::Symbol("{") => return self.map(),
            TokenKind::Symbol(".") => {
                self.advance();
                return self.absolute_name();
            }
            _ => return Err(self.unexpected("an expression")),
        };
        self.advance();
        self.build(place, Kind::Literal(literal))
    }

    fn name(&mut self) -> Parsed {
        let place = self.place();
        let TokenKind::Name(name) = self.peek().clone() else {
            return Err(self.unexpected("a name"));
        };
        let literal = match &*name {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            _ => None,
        };
        if literal.is_none() && RESERVED.contains(&&*name) {
            return Err(self.error(place, format!("{name:?} is a reserved word")));
        }
        self.advance();
        if let Some(value) = literal {
            return self.build(place, Kind::Literal(value));
        }
        if self.take("(") {
            return self.global_call(&name, place);
        }
        let level = self.locals.iter().rposition(|local| *local == name);
        let variable = || Kind::Variable(Variable::new(name));
        self.build(place, level.map_or_else(variable, Kind::Local))
    }

    /// A name after a leading dot: never that of a comprehension's variable.
    fn absolute_name(&mut self) -> Parsed {
        let place = self.place();
        match self.peek().clone() {
            TokenKind::Name(name) if !RESERVED.contains(&&*name) => {
                self.advance();
                if self.take("(") {
                    return self.global_call(&name, place);
                }
                self.build(place, Kind::Variable(Variable::new(name)))
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    fn list(&mut self) -> Parsed {
        let start = self.expect("[")?;
        let mut items = Vec::new();
        while !self.is("]") {
            let optional = self.take("?");
            items.push(Pair { optional, value: self.expression()? });
            if !self.take(",") {
                break;
            }
        }
        let end = self.close("]", items.is_empty())?;
        let constant = items.iter().map(Pair::constant).collect::<Option<Vec<_>>>();
        let constant = constant.map(Value::list);
        self.build(start.to(end), Kind::List { items, constant })
    }

    fn map(&mut self) -> Parsed {
        let start = self.expect("{")?;
        let mut entries = Vec::new();
        while !self.is("}") {
            let optional = self.take("?");
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((key, Pair { optional, value: self.expression()? }));
            if !self.take(",") {
                break;
            }
        }
        let end = self.close("}", entries.is_empty())?;
        let constant = entries
            .iter()
            .map(|(key, entry)| Some((Key::of(key.constant()?)?, entry.constant()?)))
            .collect::<Option<Vec<_>>>()
            .and_then(|entries| Map::from_entries(entries).ok().map(Value::Map));
        self.build(start.to(end), Kind::Map { entries, constant })
    }

    fn close(&mut self, close: &'static str, is_empty: bool) -> Result<Place, SyntaxError> {
        if !self.is(close) && !is_empty {
            return Err(self.unexpected(&format!("\",\" or {close:?}")));
        }
        self.expect(close)
    }

    /// Expressions with commas between them, up to and including `close`.
    pub(crate) fn items(
        &mut self,
        close: &'static str,
    ) -> Result<(Vec<Expression>, Place), SyntaxError> {
        let mut items = Vec::new();
        while !self.is(close) {
            items.push(self.expression()?);
            if !self.take(",") {
                break;
            }
        }
        let end = self.close(close, items.is_empty())?;
        Ok((items, end))
    }

    /// A call, with the function it names if there is one for so many arguments.
    pub(crate) fn call(
        &mut self,
        name: &str,
        receiver: bool,
        arguments: Vec<Expression>,
        place: Place,
    ) -> Parsed {
        let function = functions::find(name, receiver, arguments.len());
        let pattern = function.and_then(|function| function.literal_pattern(&arguments));
        self.patterns += usize::from(pattern.is_some());
        if self.patterns > PATTERNS_MAX {
            let message = format!("an expression has at most {PATTERNS_MAX} patterns");
            return Err(self.error(place, message));
        }
        let constant = function.and_then(|function| function.constant(&arguments)).map(Box::new);
        let name = name.into();
        self.build(place, Kind::Call { name, function, arguments, pattern, constant })
    }
}
