//! Says what becomes of a cluster, a line a change: `watch [KUBECONFIG]`. With `COUNT` as a second
//! word it says only how many changes there were, every two seconds, and how much memory it took.

use cofferdam_cluster::{Access, Connection, KINDS, watch};
use cofferdam_model::{Change, Diagnostic};
use std::time::{Duration, Instant};

#[expect(clippy::print_stdout, reason = "an example talks to the terminal")]
fn say(line: &str) {
    println!("{line}");
}

/// Most memory that this process ever had, and has now, as the kernel says it.
fn memory() -> String {
    let status = cofferdam_bounds::file::read(std::path::Path::new("/proc/self/status"), 1 << 20);
    let status = String::from_utf8(status.unwrap_or_default()).unwrap_or_default();
    let lines =
        status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"));
    lines.map(|line| line.replace('\t', " ")).collect::<Vec<_>>().join(", ")
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Diagnostic> {
    let mut words = std::env::args_os().skip(1);
    let access =
        words.next().map_or(Access::Find, |path| Access::File { path: path.into(), context: None });
    let is_counting = words.next().is_some();
    let connection = Connection::open(&access).await?;
    say(&format!("{:?}", connection.identity()));
    let started = Instant::now();
    let mut changes = watch(&connection, KINDS);
    let mut counts = [0_u64; 3];
    let mut bytes = 0;
    let mut tick = tokio::time::interval(Duration::from_secs(2));
    loop {
        let change = tokio::select! {
            change = changes.recv() => change,
            _ = tick.tick(), if is_counting => {
                let [puts, gone, others] = counts;
                let seconds = started.elapsed().as_secs_f32();
                say(&format!("{seconds:.1} s: {puts} put ({bytes} bytes), {gone} gone, {others} others, {}", memory()));
                continue;
            }
        };
        let line = match change {
            Some(Change::Put(object)) => {
                counts[0] += 1;
                bytes += object.json.len();
                format!("put {} {} {}", object.key, object.resource_version, object.json.len())
            }
            Some(Change::Gone(key)) => {
                counts[1] += 1;
                format!("gone {key}")
            }
            Some(other) => {
                counts[2] += 1;
                say(&format!("{:.3} {other:?}", started.elapsed().as_secs_f32()));
                continue;
            }
            None => return Ok(()),
        };
        if !is_counting {
            say(&format!("{:.3} {line}", started.elapsed().as_secs_f32()));
        }
    }
}
