//! The table of shapes, read.

use cofferdam_cel::Type;
use std::{collections::BTreeMap, sync::LazyLock};

/// The table.
pub(super) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("shapes.txt")));

/// The types of roots by name, and those of fields by shape and name.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    pub(super) roots: BTreeMap<&'static str, Word>,
    pub(super) fields: BTreeMap<&'static str, BTreeMap<&'static str, Word>>,
    /// Lines that are none of these; a test sees to it that there are none.
    pub(super) unread: Vec<&'static str>,
}

/// A type as it is written.
#[derive(Debug)]
pub(super) enum Word {
    Dyn,
    Simple(Type),
    List(Box<Word>),
    Map(Box<Word>, Box<Word>),
    Shape(&'static str),
    Kubernetes(&'static str),
}

impl Shapes {
    fn read(text: &'static str) -> Self {
        let mut shapes = Self::default();
        let mut open = None;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if shapes.line(line, &mut open).is_none() {
                shapes.unread.push(line);
            }
        }
        shapes
    }

    fn line(&mut self, line: &'static str, open: &mut Option<&'static str>) -> Option<()> {
        if let Some(field) = line.strip_prefix("  ") {
            let (name, word) = field.split_once(' ')?;
            self.fields.get_mut((*open)?)?.insert(name, Word::read(word)?);
        } else if let Some(root) = line.strip_prefix("root ") {
            let (name, word) = root.split_once(' ')?;
            self.roots.insert(name, Word::read(word)?);
        } else {
            let name = line.strip_prefix("shape ")?;
            self.fields.insert(name, BTreeMap::new());
            *open = Some(name);
        }
        Some(())
    }
}

impl Word {
    fn read(text: &'static str) -> Option<Self> {
        if let Some(element) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return Some(Self::List(Box::new(Self::read(element)?)));
        }
        if let Some(entry) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            let (key, value) = entry.split_once(": ")?;
            return Some(Self::Map(Box::new(Self::read(key)?), Box::new(Self::read(value)?)));
        }
        if let Some(name) = text.strip_prefix("kubernetes:") {
            return Some(Self::Kubernetes(name));
        }
        if text.starts_with(|first: char| first.is_ascii_uppercase()) {
            return Some(Self::Shape(text));
        }
        Some(Self::Simple(match text {
            "dyn" => return Some(Self::Dyn),
            "bool" => Type::Bool,
            "int" => Type::Int,
            "double" => Type::Double,
            "string" => Type::String,
            "timestamp" => Type::Timestamp,
            "authorizer" => Type::Authorizer,
            "resourceCheck" => Type::ResourceCheck,
            _ => return None,
        }))
    }
}
