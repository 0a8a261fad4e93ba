//! Our verdicts against those of the reference implementations, one module per oracle.
//!
//! Inputs come from the Go modules of the references, which `cargo xtask oracles` downloads to
//! `target/oracles`; what the references say of them is in `tests/goldens`, made anew by the
//! programs beside this crate. Input that is not there fails the test.

#[cfg(test)]
mod admission;
#[cfg(test)]
mod cel;
#[cfg(test)]
mod pod_security;
#[cfg(test)]
mod textproto;
#[cfg(test)]
mod truth;

#[cfg(test)]
mod files {
    //! Where inputs and goldens are.

    use std::path::{Path, PathBuf};

    /// The root of the repository.
    pub(crate) fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// The folder of a downloaded Go module, `name@version`.
    pub(crate) fn module(name: &str) -> PathBuf {
        let folder = root().join("target/oracles").join(name);
        assert!(folder.is_dir(), "{} is missing: cargo xtask oracles", folder.display());
        folder
    }

    /// The text of a golden.
    pub(crate) fn golden(name: &str) -> String {
        let path = root().join("tests/goldens").join(name);
        cofferdam_bounds::file::read_text(&path, 16 << 20)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}
