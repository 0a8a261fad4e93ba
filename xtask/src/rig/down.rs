//! Ends a cluster, whatever state it is in, and deletes everything of it.

use super::{cluster::Cluster, folder, host, output};
use crate::command::command;
use std::{fs, path::Path};

/// Ends it. One that is not there is ended already.
pub(super) fn run(cluster: &Cluster) -> Result<(), String> {
    host::end_processes(cluster)?;
    host::disconnect(cluster);
    // What another checkout made is deleted there; first that, then what says where it is.
    delete(&cluster.state())?;
    delete(&cluster.run())?;
    Cluster::forget_all();
    println!("{} is down", cluster.name);
    Ok(())
}

/// Ends all that run on this machine.
pub(super) fn all() -> Result<(), String> {
    Cluster::all().iter().try_for_each(run)
}

/// Deletes a folder, but nothing that is mounted in it.
fn delete(folder: &Path) -> Result<(), String> {
    if !folder.exists() {
        return Ok(());
    }
    let mut remove = command("rm");
    output(remove.args(["-rf", "--one-file-system", "--"]).arg(folder)).map(drop)
}

/// Keeps the logs of a cluster that did not start; says where.
pub(super) fn keep_logs(cluster: &Cluster) -> String {
    let kept = folder().join(format!("{}.logs", cluster.name));
    let _ = fs::remove_dir_all(&kept);
    match fs::rename(cluster.state().join("logs"), &kept) {
        Ok(()) => format!("all logs: {}", kept.display()),
        Err(_) => String::new(),
    }
}
