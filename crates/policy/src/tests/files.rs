//! Reading policies from files and directories, in a fixed order, and refusing what is not one.

use crate::read_files;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A directory of this test's own that goes when the test ends.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("cofferdam-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("below")).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn names(paths: &[PathBuf], top: &Path) -> Vec<String> {
    let files = read_files(paths).unwrap();
    files
        .iter()
        .map(|file| Path::new(&file.place).strip_prefix(top).unwrap().display().to_string())
        .collect()
}

#[test]
fn directories_are_read_in_order_and_files_as_named() {
    let Directory(top) = &Directory::new("files");
    for name in ["b.yaml", "a.yml", "c.txt", "below/d.yaml"] {
        fs::write(top.join(name), name).unwrap();
    }
    assert_eq!(names(std::slice::from_ref(top), top), ["a.yml", "b.yaml", "below/d.yaml"]);
    // Named outright, a file may be called anything.
    let named = [top.join("c.txt"), top.join("b.yaml")];
    assert_eq!(names(&named, top), ["c.txt", "b.yaml"]);
}

#[test]
fn what_cannot_be_read_is_the_users_to_mend() {
    let Directory(top) = &Directory::new("unreadable");
    fs::write(top.join("latin1.yaml"), b"\xe4").unwrap();
    for path in [top.join("missing.yaml"), top.join("latin1.yaml"), "/dev/zero".into()] {
        let error = read_files(std::slice::from_ref(&path)).unwrap_err();
        assert_eq!(error.exit, cofferdam_model::Exit::Usage);
        assert_eq!(error.place.as_deref(), Some(&*path.display().to_string()));
    }
}
