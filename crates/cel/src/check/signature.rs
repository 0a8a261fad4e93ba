//! Signatures of functions, read from the text of the library's table.

use super::StaticType;
use crate::Type;

/// Distinct parameters of one signature: `A` and `B`.
pub(super) const PARAMETERS: usize = 2;

/// One way of calling a function or an operator.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) name: &'static str,
    /// Whether the first argument is the receiver.
    pub(super) receiver: bool,
    pub(super) arguments: Vec<StaticType>,
    /// Whether the last may stand any number of times.
    repeats: bool,
    pub(super) result: StaticType,
}

impl Signature {
    /// Reads `string.replace(string, string): string`; `@` before a name with a dot in it says
    /// that what stands before the dot is no receiver.
    pub(super) fn read(text: &'static str) -> Option<Self> {
        let (head, rest) = text.split_once('(')?;
        let (arguments, result) = rest.rsplit_once("): ")?;
        let (arguments, repeats) = match arguments.strip_suffix('…') {
            Some(arguments) => (arguments, true),
            None => (arguments, false),
        };
        let (receiver, name) = match head.strip_prefix('@') {
            Some(name) => (None, name),
            None => match head.rsplit_once('.') {
                // `sets.contains` is a name: there is no type `sets`.
                Some((receiver, name)) => match Reader(receiver).whole() {
                    Some(receiver) => (Some(receiver), name),
                    None => (None, head),
                },
                None => (None, head),
            },
        };
        let mut types: Vec<StaticType> = receiver.iter().cloned().collect();
        let mut reader = Reader(arguments);
        while !reader.0.is_empty() {
            types.push(reader.one()?);
            reader.0 = reader.0.trim_start_matches([',', ' ']);
        }
        let result = Reader(result).whole()?;
        Some(Self { name, receiver: receiver.is_some(), arguments: types, repeats, result })
    }

    /// Whether it takes so many arguments.
    pub(super) fn takes(&self, count: usize) -> bool {
        count == self.arguments.len() || (self.repeats && count > self.arguments.len())
    }

    /// The result for these arguments; `None` if they do not fit.
    pub(super) fn result(&self, arguments: &[StaticType]) -> Option<StaticType> {
        let mut filled = [const { None }; PARAMETERS];
        let own = self.arguments.iter();
        let last = self.arguments.last().filter(|_| self.repeats);
        let fits = self.takes(arguments.len())
            && own
                .chain(last.into_iter().cycle())
                .zip(arguments)
                .all(|(own, given)| own.accept(given, &mut filled));
        fits.then(|| self.result.filled(&filled))
    }
}

struct Reader(&'static str);

impl Reader {
    fn whole(mut self) -> Option<StaticType> {
        let kind = self.one()?;
        self.0.is_empty().then_some(kind)
    }

    fn take(&mut self, prefix: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(prefix)?;
        Some(())
    }

    /// One type: `[A]` is a list, `{string: A}` a map, `A?` an optional.
    fn one(&mut self) -> Option<StaticType> {
        let kind = if self.take("[").is_some() {
            let element = self.one()?;
            self.take("]")?;
            StaticType::list(element)
        } else if self.take("{").is_some() {
            let key = self.one()?;
            self.take(": ")?;
            let value = self.one()?;
            self.take("}")?;
            StaticType::map(key, value)
        } else {
            let end = self.0.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.0.len());
            let (word, rest) = self.0.split_at_checked(end)?;
            self.0 = rest;
            named(word)?
        };
        Some(if self.take("?").is_some() { StaticType::optional(kind) } else { kind })
    }
}

fn named(word: &str) -> Option<StaticType> {
    Some(match word {
        "A" => StaticType::Parameter(0),
        "B" => StaticType::Parameter(1),
        "dyn" => StaticType::Dyn,
        word => StaticType::Simple(match word {
            "null" => Type::Null,
            "bool" => Type::Bool,
            "int" => Type::Int,
            "uint" => Type::Uint,
            "double" => Type::Double,
            "string" => Type::String,
            "bytes" => Type::Bytes,
            "timestamp" => Type::Timestamp,
            "duration" => Type::Duration,
            "type" => Type::Type,
            "quantity" => Type::Quantity,
            "url" => Type::Url,
            "ip" => Type::Ip,
            "cidr" => Type::Cidr,
            "semver" => Type::Semver,
            "format" => Type::Format,
            "authorizer" => Type::Authorizer,
            "pathCheck" => Type::PathCheck,
            "groupCheck" => Type::GroupCheck,
            "resourceCheck" => Type::ResourceCheck,
            "decision" => Type::Decision,
            _ => return None,
        }),
    })
}
