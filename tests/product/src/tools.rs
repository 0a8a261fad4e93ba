//! Programs of others that judge our output, and one that measures us.

use crate::binary::{Run, read, shared};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

/// Runs a program that must succeed.
#[track_caller]
pub(crate) fn must(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The official schemas of CycloneDX 1.6, in the project's own validator, and `jsonschema`.
const PYTHON_PACKAGE: &str = "cyclonedx-python-lib[json-validation]==11.12.0";

/// The schema of SARIF 2.1.0 as Microsoft, its author, publishes it.
const SARIF_PACKAGE: &str = "@microsoft/jest-sarif@1.0.0-beta.0";
const SARIF_SCHEMA: &str = "package/lib/schemas/sarif-2.1.0-rtm.5.json";

/// A Python with the validators; made once, and kept.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = shared("venv");
    let done = folder.join(".complete");
    if fs::read_dir(&folder).is_err() || !done.exists() || read(&done) != PYTHON_PACKAGE.as_bytes()
    {
        must(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        must(Command::new(folder.join("bin/python")).args(pip).arg(PYTHON_PACKAGE));
        fs::write(&done, PYTHON_PACKAGE).unwrap();
    }
    folder.join("bin/python")
});

static SARIF: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = shared("sarif");
    let schema = folder.join(SARIF_SCHEMA);
    if !schema.exists() {
        fs::create_dir_all(&folder).unwrap();
        let pack = ["pack", "--silent", "--loglevel=error", SARIF_PACKAGE];
        let name = must(Command::new("npm").args(pack).current_dir(&folder));
        must(Command::new("tar").args(["-xzf", name.trim(), SARIF_SCHEMA]).current_dir(&folder));
    }
    schema
});

const SCHEMA: &str = "\
import json, sys, jsonschema
schema, document = (json.load(open(path, encoding='utf-8')) for path in sys.argv[1:3])
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
sys.exit('\\n'.join(f'{error.json_path}: {error.message}'[:400]
    for error in validator(schema).iter_errors(document)) or 0)
";

const CYCLONEDX: &str = "\
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
with open(sys.argv[1], encoding='utf-8') as file:
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read())
sys.exit(str(error)[:2000] if error else 0)
";

/// Fails unless a document keeps to a JSON schema.
#[track_caller]
pub(crate) fn check_schema(schema: &Path, document: &Path) {
    must(Command::new(&*PYTHON).args(["-c", SCHEMA]).arg(schema).arg(document));
}

/// Fails unless a file is SARIF 2.1.0.
#[track_caller]
pub(crate) fn check_sarif(document: &Path) {
    check_schema(&SARIF, document);
}

/// Fails unless a file is CycloneDX 1.6.
#[track_caller]
pub(crate) fn check_cyclonedx(document: &Path) {
    must(Command::new(&*PYTHON).args(["-c", CYCLONEDX]).arg(document));
}

/// A page is well-formed HTML of ours: what the target says makes no element and no attribute.
const PAGE: &str = "\
import sys, html.parser
class Page(html.parser.HTMLParser):
    void = {'meta', 'link', 'br', 'hr', 'img', 'input'}
    def __init__(self):
        super().__init__(); self.open = []; self.bad = []
    def handle_starttag(self, tag, attributes):
        if tag not in self.void: self.open.append(tag)
        for name, value in attributes:
            if name.startswith('on') or (value or '').strip().lower().startswith('javascript'):
                self.bad.append((tag, name))
        if tag in {'img', 'iframe', 'object', 'link', 'svg', 'evil'}: self.bad.append(tag)
    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag: self.bad.append('/' + tag)
page = Page()
page.feed(open(sys.argv[1], encoding='utf-8').read())
sys.exit(str(page.bad + page.open) if page.bad or page.open else 0)
";

/// Suites of cases, counted right.
const XML: &str = "\
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == 'testsuites'
for suite in root:
    cases = suite.findall('testcase')
    count = lambda name: sum(1 for case in cases if case.find(name) is not None)
    for name, word in [('failures', 'failure'), ('errors', 'error'), ('skipped', 'skipped')]:
        assert int(suite.get(name)) == count(word), suite.attrib
    assert int(suite.get('tests')) == len(cases), suite.attrib
";

/// Fails unless a page is well-formed, with no element and no attribute of its target's.
#[track_caller]
pub(crate) fn check_page(document: &Path) {
    must(Command::new("python3").args(["-c", PAGE]).arg(document));
}

/// Fails unless a file is JUnit XML that counts what it lists.
#[track_caller]
pub(crate) fn check_junit(document: &Path) {
    must(Command::new("python3").args(["-c", XML]).arg(document));
}

/// Runs a command with a limit on its address space and on time; what it used goes to a file.
const MEASURE: &str = "\
import resource, subprocess, sys
space, seconds, used, *command = sys.argv[1:]
space = int(space)
limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (space, space))
try:
    code = subprocess.run(command, preexec_fn=limit, timeout=float(seconds)).returncode
except subprocess.TimeoutExpired:
    sys.exit(f'still running after {seconds} s')
with open(used, 'w', encoding='utf-8') as file:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=file)
sys.exit(code)
";

/// Most address space that a run may ask for. Threads of the C library reserve much more of it
/// than they use.
const SPACE_BYTES: u64 = 3 << 30;

/// Runs a command within limits; gives its peak memory in KiB too.
#[track_caller]
pub(crate) fn measured(command: &Command, seconds: u32) -> (Run, u64) {
    let mut used = tempfile::NamedTempFile::new().unwrap();
    let mut python = Command::new("python3");
    python.args(["-c", MEASURE, &SPACE_BYTES.to_string(), &seconds.to_string()]);
    python.arg(used.path()).arg(command.get_program()).args(command.get_args());
    python.env_clear().stdin(Stdio::null());
    python.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        python.current_dir(folder);
    }
    let run = Run::of(python.output().unwrap());
    used.flush().unwrap();
    let text = String::from_utf8(read(used.path())).unwrap();
    let memory = text.trim().parse().unwrap_or_else(|_| panic!("not measured: {}", run.stderr));
    (run, memory)
}
