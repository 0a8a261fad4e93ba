//! npm packages as installed: `package.json` in a package's own place below `node_modules`.
//!
//! A place is `node_modules/<name>` or `node_modules/@<scope>/<name>`, again and again, with
//! nothing between a package and its own `node_modules`; so a fixture such as
//! `node_modules/resolve/test/node_modules/x` is not one, as for `npm ls`. Stores that link
//! packages (`node_modules/.pnpm/<id>/node_modules/<name>`, npm's and Yarn's `.store`) count.
//! An application's own `package.json` is no installed package. Out of scope: Yarn's
//! Plug'n'Play, which keeps packages in zip files.

use crate::{
    catalog::{Candidate, Cataloger, FileFacts, Need},
    language::{bytes, is_identity, license, package, problem},
};
use cofferdam_bounds::{Limits, Spool};
use cofferdam_model::{Evidence, PackageKind, Problem, ProblemKind};
use serde::de::{self, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

pub(crate) const CATALOGER: Cataloger = Cataloger { name: "node", wants, read };

fn wants(candidate: &Candidate<'_>) -> Option<Need> {
    let directory = candidate.path.strip_suffix("/package.json")?;
    is_package_place(directory).then_some(Need::Metadata)
}

fn is_package_place(directory: &str) -> bool {
    let mut components = directory.split('/');
    if !components.any(|component| component == "node_modules") {
        return false;
    }
    loop {
        let Some(mut name) = components.next() else { return false };
        let is_store = matches!(name, ".pnpm" | ".store");
        if is_store || name.starts_with('@') {
            let Some(second) = components.next() else { return false };
            name = second;
        }
        if name.is_empty() || name.starts_with('.') || name == "node_modules" {
            return false;
        }
        match components.next() {
            None => return !is_store,
            Some("node_modules") => {}
            Some(_) => return false,
        }
    }
}

fn read(candidate: &Candidate<'_>, content: &Spool, _: &Limits) -> FileFacts {
    match bytes(content) {
        Ok(bytes) => facts(candidate.path, &bytes),
        Err(error) => FileFacts::of_problem(problem(candidate.path, "cannot be read", &error)),
    }
}

fn facts(path: &str, bytes: &[u8]) -> FileFacts {
    let mut manifest = Manifest::default();
    let mut facts = FileFacts::default();
    // npm accepts a byte order mark too.
    let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let outcome = deserializer
        .deserialize_map(ManifestVisitor(&mut manifest))
        .and_then(|()| deserializer.end());
    // Broken JSON may still have said, before it broke, who it is.
    if let Err(error) = outcome {
        let detail = format!("package.json is not JSON: {error}");
        facts.problems.push(Problem::at(ProblemKind::Malformed, path, detail));
    }
    let version = manifest.version.trim().trim_start_matches(['v', '=']);
    if is_identity(&manifest.name) && is_identity(version) {
        let mut package =
            package(PackageKind::Npm, &manifest.name, version, path, Evidence::Metadata);
        package.license = license(&manifest.license);
        facts.packages.push(package);
    } else if facts.problems.is_empty() {
        let detail = "package.json of an installed package without a usable name and version";
        facts.problems.push(Problem::at(ProblemKind::Malformed, path, detail));
    }
    facts
}

/// The fields we use. The last of repeated keys counts, as in JavaScript.
#[derive(Debug, Default)]
struct Manifest {
    name: String,
    version: String,
    license: String,
}

struct ManifestVisitor<'a>(&'a mut Manifest);

impl<'de> Visitor<'de> for ManifestVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "name" => self.0.name = map.next_value::<Text>()?.plain,
                "version" => self.0.version = map.next_value::<Text>()?.plain,
                "license" => {
                    let license = map.next_value::<Text>()?;
                    self.0.license =
                        if license.plain.is_empty() { license.of_type } else { license.plain };
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Any JSON value: its text if it is one, or the `type` it has as an object (old licences).
#[derive(Debug, Default)]
struct Text {
    plain: String,
    of_type: String,
}

impl<'de> de::Deserialize<'de> for Text {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text { plain: text.to_owned(), ..Text::default() })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Text, E> {
        Ok(Text::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Text, E> {
        Ok(Text::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Text, E> {
        Ok(Text::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Text, E> {
        Ok(Text::default())
    }

    fn visit_unit<E>(self) -> Result<Text, E> {
        Ok(Text::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Text, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        let mut text = Text::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "type" {
                text.of_type = map.next_value::<Self::Value>()?.plain;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
