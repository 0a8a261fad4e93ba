//! Files that a package brought from its publisher, told by their paths.

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

/// The package whose tests the file at `path` belongs to.
pub(crate) fn published_by(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let (_, folders) = parts.split_last()?;
    let top = folders.iter().rposition(|part| PACKAGE_FOLDERS.contains(part))?;
    let inside = folders.get(top + 1..)?;
    let (name, below) = match inside {
        [scope, name, below @ ..] if scope.starts_with('@') => (format!("{scope}/{name}"), below),
        [name, below @ ..] => ((*name).to_owned(), below),
        [] => return None,
    };
    below.iter().any(|folder| TEST_FOLDERS.contains(folder)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: Option<&str>) {
        assert_eq!(published_by(path).as_deref(), expected, "{path}");
    }

    #[test]
    fn only_tests_of_packages() {
        check("srv/app/node_modules/public-encrypt/test/1024.priv", Some("public-encrypt"));
        check("srv/node_modules/a/node_modules/@b/c/lib/fixtures/k.pem", Some("@b/c"));
        check("usr/lib/python3.11/site-packages/tornado/test/test.key", Some("tornado"));
        check("srv/app/test/test.key", None);
        check("srv/node_modules/a/config/prod.key", None);
        check("srv/node_modules/test/key.pem", None);
        check("srv/node_modules/k.pem", None);
        check("opt/site-packages/tests/k.pem", None);
    }
}
