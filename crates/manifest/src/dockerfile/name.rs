//! Which files are Dockerfiles, by their names.

/// What follows the name of files that are about Dockerfiles and are none.
const OTHERS: [&str; 32] = [
    "dockerignore",
    "bak",
    "diff",
    "erb",
    "go",
    "html",
    "in",
    "j2",
    "java",
    "jinja",
    "jinja2",
    "js",
    "json",
    "lock",
    "m4",
    "md",
    "mustache",
    "orig",
    "patch",
    "py",
    "rb",
    "rs",
    "sh",
    "swp",
    "template",
    "tmpl",
    "toml",
    "tpl",
    "ts",
    "txt",
    "yaml",
    "yml",
];

/// Whether a file of this name (without folders) is a Dockerfile: `Dockerfile`, `Containerfile`,
/// `Dockerfile.web`, `Dockerfile-web`, `web.Dockerfile`. Templates and code are none.
pub fn is_dockerfile(name: &str) -> bool {
    ["Dockerfile", "Containerfile"].into_iter().any(|kind| {
        if name.eq_ignore_ascii_case(kind) {
            return true;
        }
        if let Some((before, extension)) = name.rsplit_once('.')
            && extension.eq_ignore_ascii_case(kind)
        {
            return !before.is_empty();
        }
        let Some(rest) = name.strip_prefix(kind) else { return false };
        let extension = rest.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        rest.starts_with(['.', '-', '_'])
            && rest.len() > 1
            && !rest.ends_with('~')
            && !(rest.contains('.') && OTHERS.contains(&&*extension))
    })
}
