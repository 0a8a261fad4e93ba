//! What Maven leaves in an archive: `META-INF/maven/<group>/<artifact>/pom.properties` and
//! `pom.xml`.

use crate::language::is_identity;

/// Maven coordinates; parts that are not known are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Coordinates {
    pub(crate) group: String,
    pub(crate) artifact: String,
    pub(crate) version: String,
}

impl Coordinates {
    /// `group:artifact`, or the artifact alone.
    pub(crate) fn name(&self) -> String {
        if self.group.is_empty() {
            self.artifact.clone()
        } else {
            format!("{}:{}", self.group, self.artifact)
        }
    }

    /// Takes over what is missing here.
    fn or(self, other: &Self) -> Self {
        let either = |own: String, others: &String| {
            if is_coordinate(&own) { own } else { others.clone() }
        };
        Self {
            group: either(self.group, &other.group),
            artifact: either(self.artifact, &other.artifact),
            version: either(self.version, &other.version),
        }
    }
}

/// Whether a part is filled in: properties and models are templates before a build.
fn is_coordinate(text: &str) -> bool {
    is_identity(text) && !text.contains(['$', '{', '@', ' ', ':', '/'])
}

/// Reads `pom.properties` (Java properties, of which Maven writes the plainest kind). What it
/// does not say is taken from its path.
pub(crate) fn properties(bytes: &[u8], path: &Coordinates) -> Coordinates {
    let mut found = Coordinates::default();
    for line in String::from_utf8_lossy(bytes).lines() {
        let Some((key, value)) = line.split_once(['=', ':']) else { continue };
        let field = match key.trim() {
            "groupId" => &mut found.group,
            "artifactId" => &mut found.artifact,
            "version" => &mut found.version,
            _ => continue,
        };
        value.trim().clone_into(field);
    }
    found.or(path)
}

/// Reads the coordinates of `pom.xml`: those of the project, then those of its parent, then of
/// its path. No entities, no namespaces, nothing but elements by name.
pub(crate) fn model(bytes: &[u8], path: &Coordinates) -> Coordinates {
    let text = String::from_utf8_lossy(bytes);
    let mut own = Coordinates::default();
    let mut parent = Coordinates::default();
    let mut open = Vec::<&str>::new();
    let mut rest = &*text;
    while let Some((value, after)) = rest.split_once('<') {
        let field = match &*open {
            ["project", "groupId"] => Some(&mut own.group),
            ["project", "artifactId"] => Some(&mut own.artifact),
            ["project", "version"] => Some(&mut own.version),
            ["project", "parent", "groupId"] => Some(&mut parent.group),
            ["project", "parent", "version"] => Some(&mut parent.version),
            _ => None,
        };
        if let Some(field) = field.filter(|field| field.is_empty()) {
            value.trim().clone_into(field);
        }
        rest = step(after, &mut open);
        if open.len() > DEPTH_MAX {
            break;
        }
    }
    own.or(&parent).or(path)
}

/// Deeper than any model; Maven's own goes to a dozen.
const DEPTH_MAX: usize = 64;

/// Steps over one tag, comment or the like, whose `<` has been read, and keeps book of what is
/// open.
fn step<'a>(after: &'a str, open: &mut Vec<&'a str>) -> &'a str {
    let skip_to = |end: &str| after.split_once(end).map_or("", |(_, rest)| rest);
    if after.starts_with("!--") {
        return skip_to("-->");
    }
    if after.starts_with("![CDATA[") {
        return skip_to("]]>");
    }
    if after.starts_with(['!', '?']) {
        return skip_to(">");
    }
    let (tag, rest) = after.split_once('>').unwrap_or((after, ""));
    if tag.starts_with('/') {
        open.pop();
    } else if !tag.ends_with('/') {
        open.push(tag.split_ascii_whitespace().next().unwrap_or_default());
    }
    rest
}
