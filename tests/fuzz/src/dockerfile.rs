//! Fuzz target of Dockerfiles.

use crate::Target;
use cofferdam_bounds::Meter;
use cofferdam_manifest::dockerfile::{commands, read, script};

pub(crate) const TARGETS: &[Target] = &[("manifest_dockerfile", manifest_dockerfile)];

/// Any text gives instructions in order, with places inside it; so does its every command.
fn manifest_dockerfile(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (file, _) = read("Dockerfile", text.into(), &Meter::default());
    let lines = text.split_inclusive('\n').count().max(1);
    let mut last = 0;
    for instruction in &file.instructions {
        assert!(instruction.line > last && instruction.line <= instruction.end_line);
        assert!(instruction.end_line as usize <= lines);
        let span = instruction.span;
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{instruction:?}");
        last = instruction.line;
        for command in commands(&file, instruction) {
            assert!(command.line >= instruction.line && command.line as usize <= lines);
        }
    }
    for command in script(text, 1) {
        assert!(command.line as usize <= lines, "{command:?}");
    }
}
