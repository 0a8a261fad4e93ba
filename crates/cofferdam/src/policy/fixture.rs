//! Files beside a policy that it is tried on, and what their comments expect.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// What must be found on a line: how many fail, how many are unknown.
pub(super) type Lines = BTreeMap<usize, [usize; 2]>;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    Fires,
    Quiet,
    Unknown,
}

/// The file that a folder's policy is in.
pub(super) const POLICY: &str = "policy.yaml";

impl Purpose {
    /// By the first word of its name: `fires-init.yaml`.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let known = ["yaml", "yml", "json", "Dockerfile"];
        if !known.contains(&path.extension()?.to_str()?) {
            return None;
        }
        match name.split(['-', '.']).next()? {
            "fires" => Some(Self::Fires),
            "quiet" => Some(Self::Quiet),
            "unknown" => Some(Self::Unknown),
            _ => None,
        }
    }

    /// What is wrong with a file of this purpose that expects so much.
    pub(super) fn misfit(self, expected: &Lines) -> Option<&'static str> {
        let fails: usize = expected.values().map(|[fails, _]| fails).sum();
        let unknown: usize = expected.values().map(|[_, unknown]| unknown).sum();
        match (self, fails, unknown) {
            (Self::Fires, 0, _) => Some("no line of it says # fires"),
            (Self::Quiet, 1.., _) | (Self::Quiet, _, 1..) => {
                Some("it is to be quiet, and expects findings")
            }
            (Self::Unknown, 1.., _) => Some("it is to be unknown, and expects a failure"),
            (Self::Unknown, 0, 0) => Some("no line of it says # unknown"),
            _ => None,
        }
    }
}

/// The files beside a policy, in order of their names.
pub(super) fn beside(policy: &Path) -> io::Result<Vec<(PathBuf, Purpose)>> {
    let folder = policy.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder.unwrap_or_else(|| Path::new(".")))? {
        let path = entry?.path();
        files.extend(Purpose::of(&path).map(|purpose| (path, purpose)));
    }
    files.sort();
    Ok(files)
}

/// What the comments of a file expect. One at the end of a line is about that line, one of its own
/// about the next.
pub(super) fn expected(text: &str) -> Lines {
    let mut lines = Lines::new();
    for (index, line) in text.lines().enumerate() {
        let Some((before, comment)) = line.rsplit_once("# ") else { continue };
        let mut words = comment.split_whitespace();
        let unknown = match words.next() {
            Some("fires") => false,
            Some("unknown") => true,
            _ => continue,
        };
        let count: usize = words.next().and_then(|count| count.parse().ok()).unwrap_or(1);
        let number = if before.trim().is_empty() { index + 2 } else { index + 1 };
        let [fails, unknowns] = lines.entry(number).or_default();
        *(if unknown { unknowns } else { fails }) += count;
    }
    lines
}

/// The version of Kubernetes that a file asks for in its first line: `# kubernetes 1.30`.
pub(super) fn version(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix("# kubernetes ").map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::{Purpose, expected};
    use std::path::Path;

    #[test]
    fn comments() {
        let text =
            "a: 1 # fires\nb: '# fires' # fires 2\nc: x # unknown\n# fires\nRUN x\nd: 1 # other\n";
        let found: Vec<_> = expected(text).into_iter().collect();
        assert_eq!(found, [(1, [1, 0]), (2, [2, 0]), (3, [0, 1]), (5, [1, 0])]);
    }

    #[test]
    fn purposes() {
        let of = |name: &str| Purpose::of(Path::new(name));
        assert_eq!(of("a/fires-init.yaml"), Some(Purpose::Fires));
        assert_eq!(of("quiet.Dockerfile"), Some(Purpose::Quiet));
        assert_eq!(of("unknown.json"), Some(Purpose::Unknown));
        assert_eq!((of("policy.yaml"), of("fires.md")), (None, None));
    }
}
