//! What a real API server says of admission policies, for the goldens.

use super::{apiserver, output, write};
use crate::command::{command, root};

/// Asks an API server afresh for `tests/goldens/admission/apiserver.txt`.
pub(crate) fn ask() -> Result<(), String> {
    apiserver::up()?;
    let golden = root().join("tests/goldens/admission/apiserver.txt");
    let asked =
        output(command("python3").arg("tests/rig/admission/ask.py").arg(apiserver::state()));
    apiserver::down()?;
    write(&golden, &asked?)
}
