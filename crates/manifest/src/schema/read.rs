//! The data file, whose head says how it is laid out. It is our own, so a line that does not fit
//! is left out rather than reported; a test counts them.

use super::{
    FieldLine, Fields, Kind, Lifecycle, Release, Resource, Scalar, Schema, Shape, Type,
    slots::Slots,
};
use crate::tree::Sorts;
use std::collections::HashMap;

const SCALARS: &[Scalar] = &[
    Scalar::String,
    Scalar::Bool,
    Scalar::Int32,
    Scalar::Int64,
    Scalar::Double,
    Scalar::Bytes,
    Scalar::Quantity,
    Scalar::IntOrString,
    Scalar::Time,
    Scalar::Any,
];

pub(super) fn read(text: &'static str) -> Schema {
    let mut schema = Schema {
        version: "",
        types: Vec::with_capacity(1200),
        fields: Vec::with_capacity(4000),
        slots: Slots::default(),
        names: HashMap::with_capacity(1200),
        resources: Vec::with_capacity(128),
        lives: Vec::with_capacity(256),
    };
    for scalar in SCALARS {
        add(&mut schema, scalar.as_str(), Type { name: "", shape: Shape::Scalar(*scalar) });
    }
    for line in text.lines() {
        // Types are known by name before any field or alias names them.
        if let Some(rest) = line.strip_prefix("type ") {
            let name = rest.split(' ').next().unwrap_or_default();
            add(&mut schema, name, Type { name, shape: Shape::Object(Fields::default()) });
        }
    }
    let mut current = 0;
    for line in text.lines() {
        if let Some(field) = line.strip_prefix(' ') {
            read_field(&mut schema, current, field);
        } else if let Some((head, rest)) = line.split_once(' ') {
            match head {
                "type" => current = read_type(&mut schema, rest),
                "resource" => schema.resources.extend(read_resource(rest)),
                "life" => schema.lives.extend(read_life(rest)),
                "version" => schema.version = rest,
                _ => {}
            }
        }
    }
    for index in 0..schema.fields.len() {
        let takes = schema.fields.get(index).map_or(Sorts::NULL, |line| schema.takes(line.kind));
        if let Some(line) = schema.fields.get_mut(index) {
            line.takes = takes;
        }
    }
    let fields = schema.types.iter().filter_map(|kind| match kind.shape {
        Shape::Object(fields) => Some(fields),
        _ => None,
    });
    schema.slots = Slots::of(fields, &schema.fields);
    schema.resources.sort_by_key(|resource| resource.kind);
    schema.lives.sort_by_key(|(kind, _)| kind.telling_first());
    schema
}

fn add(schema: &mut Schema, name: &'static str, kind: Type) -> u16 {
    let index = u16::try_from(schema.types.len()).unwrap_or(u16::MAX);
    schema.types.push(kind);
    schema.names.insert(name, index);
    index
}

/// The type that an expression stands for; lists and maps are made when first met.
fn resolve(schema: &mut Schema, expression: &'static str) -> u16 {
    if let Some(index) = schema.names.get(expression) {
        return *index;
    }
    let shape = if let Some(rest) = expression.strip_prefix("[]") {
        Shape::List(resolve(schema, rest))
    } else if let Some(rest) = expression.strip_prefix("{}") {
        Shape::Map(resolve(schema, rest))
    } else {
        Shape::Scalar(Scalar::Any)
    };
    add(schema, expression, Type { name: "", shape })
}

/// A type's own line; its fields follow it.
fn read_type(schema: &mut Schema, rest: &'static str) -> usize {
    let (name, alias) = rest.split_once(' ').unwrap_or((rest, ""));
    let index = schema.names.get(name).copied().unwrap_or_default();
    let first = u16::try_from(schema.fields.len()).unwrap_or(u16::MAX);
    let shape = match alias {
        "" => Shape::Object(Fields { first, ..Fields::default() }),
        alias => Shape::Alias(resolve(schema, alias)),
    };
    if let Some(kind) = schema.types.get_mut(usize::from(index)) {
        kind.shape = shape;
    }
    usize::from(index)
}

fn read_field(schema: &mut Schema, of: usize, line: &'static str) {
    let Some((name, rest)) = line.split_once(' ') else { return };
    let (expression, values) = rest.split_once('=').unwrap_or((rest, ""));
    let kind = resolve(schema, expression);
    let (name, required) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
    // What it takes is known when all types are.
    schema.fields.push(FieldLine { name, kind, required, takes: Sorts::NULL, values });
    if let Some(Type { shape: Shape::Object(fields), .. }) = schema.types.get_mut(of) {
        fields.count += 1;
        fields.required += u16::from(required);
    }
}

/// `-` stands for nothing.
fn word(word: &'static str) -> &'static str {
    if word == "-" { "" } else { word }
}

fn read_kind(words: &mut impl Iterator<Item = &'static str>) -> Option<Kind> {
    Some(Kind { group: word(words.next()?), version: words.next()?, kind: words.next()? })
}

fn read_resource(rest: &'static str) -> Option<Resource> {
    let mut words = rest.split(' ');
    Some(Resource {
        kind: read_kind(&mut words)?,
        plural: words.next()?,
        namespaced: words.next()? == "namespaced",
        type_name: words.next()?,
    })
}

fn read_life(rest: &'static str) -> Option<(Kind, Lifecycle)> {
    let mut words = rest.split(' ');
    let kind = read_kind(&mut words)?;
    let life = Lifecycle {
        introduced: words.next().and_then(release),
        deprecated: words.next().and_then(release),
        removed: words.next().and_then(release),
        replacement: words.next().filter(|words| *words != "-").and_then(|words| {
            let mut words = words.split('/');
            read_kind(&mut words)
        }),
    };
    Some((kind, life))
}

fn release(word: &str) -> Option<Release> {
    let (major, minor) = word.split_once('.')?;
    Some(Release { major: major.parse().ok()?, minor: minor.parse().ok()? })
}
