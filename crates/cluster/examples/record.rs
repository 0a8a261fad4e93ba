//! Records what is in a cluster: `record KUBECONFIG FILE`. The file can be read back with
//! `zstd -dc FILE`: one trimmed object a line, in the order of their names.

use cofferdam_cluster::{Access, Connection, KINDS, Recording, watch};
use cofferdam_model::{Change, Diagnostic, Exit};
use std::collections::BTreeMap;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Diagnostic> {
    let mut words = std::env::args_os().skip(1);
    let (Some(config), Some(file)) = (words.next(), words.next()) else {
        return Err(Diagnostic::new(Exit::Usage, "record KUBECONFIG FILE"));
    };
    let access = Access::File { path: config.into(), context: None };
    let connection = Connection::open(&access).await?;
    let mut changes = watch(&connection, KINDS);
    let mut objects = BTreeMap::new();
    while let Some(change) = changes.recv().await {
        match change {
            Change::Put(object) => {
                objects.insert(object.key.clone(), object);
            }
            Change::Gone(key) => {
                objects.remove(&key);
            }
            Change::Synced => break,
            Change::Lost { kind, why } => {
                let what = format!("cannot record every {kind}");
                return Err(Diagnostic::new(Exit::Infrastructure, what).because(why));
            }
        }
    }
    let unwritten =
        |error| Diagnostic::new(Exit::Infrastructure, "cannot write the recording").because(error);
    let bytes = Recording::write(objects.values()).map_err(|error| unwritten(error.to_string()))?;
    std::fs::write(&file, bytes).map_err(|error| unwritten(error.to_string()))
}
