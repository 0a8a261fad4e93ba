//! What the advisory database costs to build, of feeds in the shapes and numbers of the public ones:
//! many records of one package that list its versions (npm, PyPI, Debian), and fewer that name a
//! hundred packages each (SUSE, Red Hat, Rocky).

use crate::measure::measure;
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::Path,
};

/// What SPECIFICATION.md promises, whatever the number of records.
const MEMORY_MIB_MAX: f64 = 128.0;

/// Records of one package each.
const NARROW: u32 = 250_000;
/// Records of [`PACKAGES`] each.
const WIDE: u32 = 10_000;
const PACKAGES: u32 = 100;

/// Writes the feed, and measures `cofferdam advisory build`, at `program`.
pub(crate) fn run(folder: &str, program: &str) -> Result<(), String> {
    let folder = Path::new(folder);
    let (feed, database) = (folder.join("feed.tar"), folder.join("advisories.cfd"));
    let told = |error: io::Error| format!("{}: {error}", feed.display());
    fs::create_dir_all(folder).map_err(told)?;
    write(&feed).map_err(told)?;
    let (feed, database) = (feed.display().to_string(), database.display().to_string());
    let cost = measure(&[program, "advisory", "build", "--quiet", &feed, "--database", &database])?;
    fs::remove_dir_all(folder).map_err(|error| error.to_string())?;
    println!(
        "{} advisories, {} rows: {:.1} CPU s, {:.1} s, {:.0} MiB",
        NARROW + WIDE,
        NARROW + WIDE * PACKAGES,
        cost.cpu,
        cost.wall,
        cost.memory
    );
    if cost.memory > MEMORY_MIB_MAX {
        return Err(format!("{:.0} MiB, promised are {MEMORY_MIB_MAX}", cost.memory));
    }
    Ok(())
}

fn write(feed: &Path) -> io::Result<()> {
    let mut archive = tar::Builder::new(BufWriter::new(File::create(feed)?));
    let mut add = |name: String, affected: Vec<Value>| {
        let record = json!({"id": name, "modified": "2026-01-02T03:04:05Z",
            "upstream": [format!("CVE-{name}")], "affected": affected,
            "summary": "A heap overflow in the reader of one format lets whoever sends it run code"});
        let text = record.to_string();
        let mut header = tar::Header::new_ustar();
        header.set_size(u64::try_from(text.len()).map_err(io::Error::other)?);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{name}.json"), text.as_bytes())
    };
    for number in 0..NARROW {
        let versions: Vec<String> =
            (0..20).map(|minor| format!("1.{minor}.{}", number % 7)).collect();
        let package = json!({"ecosystem": "npm", "name": format!("package-{}", number % 60_000)});
        let events = json!([{"introduced": "0"}, {"fixed": format!("2.{}", number % 90)}]);
        let ranges = json!([{"type": "SEMVER", "events": events}]);
        let one = json!({"package": package, "ranges": ranges, "versions": versions});
        add(format!("NARROW-{number}"), vec![one])?;
    }
    for number in 0..WIDE {
        let affected = |one: u32| {
            let ecosystem = format!("SUSE:Linux Enterprise Server 15 SP{}", one % 7);
            let name = format!("library-{}", (number * 31 + one * 17) % 20_000);
            let events =
                json!([{"introduced": "0"}, {"fixed": format!("1.{number}-150000.{one}.1")}]);
            let ranges = json!([{"type": "ECOSYSTEM", "events": events}]);
            json!({"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges})
        };
        add(format!("WIDE-{number}"), (0..PACKAGES).map(affected).collect())?;
    }
    archive.finish()
}
