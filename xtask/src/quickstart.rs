//! To come.

pub(crate) fn run(_image: Option<&str>) -> Result<(), String> {
    Ok(())
}
