//! The main section of `META-INF/MANIFEST.MF` (JAR File Specification, "JAR Manifest").

/// The attributes that may say what an archive is; empty when absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) implementation_title: String,
    pub(crate) implementation_version: String,
    pub(crate) specification_title: String,
    pub(crate) specification_version: String,
    pub(crate) bundle_symbolic_name: String,
    pub(crate) bundle_version: String,
    pub(crate) automatic_module_name: String,
}

impl Manifest {
    /// Reads the main section, which ends at the first empty line. The first of repeated
    /// attributes counts.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut manifest = Self::default();
        let text = String::from_utf8_lossy(bytes);
        let mut lines = Lines(&text).peekable();
        while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
            let mut line = line.to_owned();
            // A line is at most 72 bytes long and continues, after a space, on the next.
            while let Some(more) = lines.next_if(|next| next.starts_with(' ')) {
                line.push_str(more.get(1..).unwrap_or_default());
            }
            if let Some((name, value)) = line.split_once(':') {
                manifest.set(name, value.trim());
            }
        }
        manifest
    }

    fn set(&mut self, name: &str, value: &str) {
        let field = match &*name.to_ascii_lowercase() {
            "implementation-title" => &mut self.implementation_title,
            "implementation-version" => &mut self.implementation_version,
            "specification-title" => &mut self.specification_title,
            "specification-version" => &mut self.specification_version,
            "bundle-symbolicname" => &mut self.bundle_symbolic_name,
            "bundle-version" => &mut self.bundle_version,
            "automatic-module-name" => &mut self.automatic_module_name,
            _ => return,
        };
        // What a build left unfilled says nothing.
        if field.is_empty() && !value.contains("${") {
            // `org.example.name; singleton:=true`
            value.split(';').next().unwrap_or_default().trim().clone_into(field);
        }
    }

    /// Its versions, the likeliest first.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &str> {
        [&self.implementation_version, &self.bundle_version, &self.specification_version]
            .into_iter()
            .filter(|version| version.starts_with(|first: char| first.is_ascii_alphanumeric()))
            .map(String::as_str)
    }

    /// The name of the OSGi bundle or of the Java module.
    pub(crate) fn symbolic_name(&self) -> &str {
        if self.bundle_symbolic_name.is_empty() {
            &self.automatic_module_name
        } else {
            &self.bundle_symbolic_name
        }
    }

    /// Whether this is a part of the Java runtime itself (`rt.jar`, `jrt-fs.jar`), which is no
    /// artifact of Maven's.
    pub(crate) fn is_java_runtime(&self) -> bool {
        self.implementation_title == "Java Runtime Environment"
            || self.specification_title == "Java Platform API Specification"
    }
}

/// Lines that end in CR LF, LF or CR alone, as the specification allows.
struct Lines<'a>(&'a str);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let (line, rest) = self.0.split_once(['\r', '\n']).unwrap_or((self.0, ""));
        let has_both = self.0.get(line.len()..).is_some_and(|end| end.starts_with("\r\n"));
        self.0 = if has_both { rest.get(1..).unwrap_or_default() } else { rest };
        Some(line)
    }
}
