//! Files that a package brought from its publisher, told by their paths.

use cofferdam_model::{Package, PackageKind};
use std::collections::HashSet;

/// Folders whose content a language package carries for its own tests and documentation. Nothing
/// that a user of the package wrote is in there.
const TEST_FOLDERS: [&str; 9] = [
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "__tests__",
    "fixtures",
    "spec",
    "testutils",
];

/// Folders that package managers fill, each with a folder a package.
const PACKAGE_FOLDERS: [&str; 3] = ["node_modules", "site-packages", "dist-packages"];

/// Package folders that are what their names say, for packages were found in them: anybody can
/// name a folder `node_modules`.
pub(crate) struct Publishers<'a>(HashSet<&'a str>);

impl<'a> Publishers<'a> {
    /// From the places of language packages: of npm the package's own folder, of Python the one
    /// that all share.
    pub(crate) fn of(packages: &'a [Package]) -> Self {
        let folder = |package: &'a Package| {
            let path = package.location.file();
            match package.kind {
                PackageKind::Npm => path.strip_suffix("/package.json"),
                PackageKind::Python => ["site-packages", "dist-packages"]
                    .iter()
                    .find_map(|name| path.rfind(&format!("{name}/")).map(|at| at + name.len()))
                    .and_then(|end| path.get(..end)),
                _ => None,
            }
        };
        Self(packages.iter().filter_map(folder).collect())
    }

    /// The package whose tests the file at `path` belongs to.
    pub(crate) fn find(&self, path: &str) -> Option<String> {
        let parts: Vec<&str> = path.split('/').collect();
        let (_, folders) = parts.split_last()?;
        let top = folders.iter().rposition(|part| PACKAGE_FOLDERS.contains(part))?;
        let inside = folders.get(top + 1..)?;
        let (name, below) = match inside {
            [scope, name, below @ ..] if scope.starts_with('@') => {
                (format!("{scope}/{name}"), below)
            }
            [name, below @ ..] => ((*name).to_owned(), below),
            [] => return None,
        };
        let shared = folders.get(..=top)?.join("/");
        let is_npm = folders.get(top) == Some(&"node_modules");
        let home = if is_npm { format!("{shared}/{name}") } else { shared };
        let is_test = below.iter().any(|folder| TEST_FOLDERS.contains(folder));
        (is_test && self.0.contains(&*home)).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::package;
    use cofferdam_model::Evidence;

    fn check(path: &str, expected: Option<&str>) {
        let at = |kind, path| package(kind, "x", "1", path, Evidence::Metadata);
        let packages = [
            at(PackageKind::Npm, "srv/app/node_modules/public-encrypt/package.json"),
            at(PackageKind::Npm, "srv/node_modules/a/node_modules/@b/c/package.json"),
            at(PackageKind::Npm, "srv/node_modules/a/package.json"),
            at(PackageKind::Python, "usr/lib/python3.11/site-packages/x-1.dist-info/METADATA"),
        ];
        assert_eq!(Publishers::of(&packages).find(path).as_deref(), expected, "{path}");
    }

    #[test]
    fn only_tests_of_packages() {
        check("srv/app/node_modules/public-encrypt/test/1024.priv", Some("public-encrypt"));
        check("srv/node_modules/a/node_modules/@b/c/lib/fixtures/k.pem", Some("@b/c"));
        check("usr/lib/python3.11/site-packages/tornado/test/test.key", Some("tornado"));
        check("srv/app/node_modules/mine/test/prod.key", None);
        check("srv/site-packages/tornado/test/test.key", None);
        check("usr/lib/python3.11/dist-packages/tornado/test/test.key", None);
        check("srv/app/test/test.key", None);
        check("srv/node_modules/a/config/prod.key", None);
        check("srv/node_modules/test/key.pem", None);
        check("srv/node_modules/k.pem", None);
        check("opt/site-packages/tests/k.pem", None);
    }
}
