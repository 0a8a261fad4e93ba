//! What can be typed. The help texts are the reference documentation.

use crate::output::Output;
use clap::{Args, Parser, Subcommand};
use cofferdam_model::Platform;
use std::path::PathBuf;

/// Container security for Kubernetes: build, ship, run.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXITS, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Say nothing but results and errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

const EXITS: &str = "\
Exit codes:
  0  every policy passes
  1  a policy failed
  2  the command line, a policy or another file of yours is wrong
  3  something could not be assessed that a policy insists on
  4  the machine, the network or a service failed";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan an image, an archive or a root file system, and judge it.
    Scan(Box<Scan>),
    /// Load, build and show the advisory database that scans are judged with.
    #[command(subcommand)]
    Advisory(Advisory),
}

const SCAN_EXAMPLES: &str = "\
Examples:
  cofferdam scan image.tar                      a `docker save` or OCI archive
  cofferdam scan ghcr.io/org/app:1.2            straight from its registry
  cofferdam scan ./rootfs                       an unpacked root file system
  cofferdam scan app.tar -o table -o sarif=out.sarif -o cyclonedx=sbom.json";

#[derive(Debug, Args)]
#[command(after_help = SCAN_EXAMPLES)]
pub(crate) struct Scan {
    /// An archive or directory (docker-archive, OCI layout), a root file system directory, or
    /// a registry reference.
    pub(crate) target: String,

    /// Which platform of a multi-platform image, for example linux/arm64.
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub(crate) platform: Option<Platform>,

    /// Which image of an archive that holds several.
    #[arg(long, value_name = "NAME")]
    pub(crate) reference: Option<String>,

    /// How to report: table, json, sarif, cyclonedx; with a file or to standard output. May be
    /// given several times.
    #[arg(long, short, value_name = "FORMAT[=FILE]", default_value = "table")]
    pub(crate) output: Vec<Output>,

    /// Files or directories of your own policies and exceptions, added to the built-in ones; a
    /// policy with the name of a built-in one replaces it.
    #[arg(long, value_name = "PATH")]
    pub(crate) policy: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) database: DatabaseFile,

    /// PEM file of a certificate authority to trust for the registry, besides the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_certificate: Option<PathBuf>,

    /// Raise or lower a limit on what the target may use. Names: layer-bytes, image-bytes,
    /// entries, file-bytes, archive-depth, seconds.
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) limit: Vec<String>,

    /// Judge as of this time instead of now (RFC 3339), to replay an old verdict.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct DatabaseFile {
    /// The advisory database file [default: advisories.cfd in the user's data directory].
    #[arg(long, value_name = "FILE", env = "COFFERDAM_DATABASE")]
    pub(crate) database: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Advisory {
    /// Fetch the public feeds and build the database anew.
    ///
    /// Feeds: OSV for every ecosystem that is read, CISA KEV, FIRST EPSS, endoflife.date. What has
    /// not changed is not fetched again. When a feed cannot be had, the old database stays.
    Update {
        /// Take a feed from another URL; `NAME=` leaves it out. Names are those that
        /// `cofferdam advisory update --list` shows.
        #[arg(long, value_name = "NAME=URL")]
        source: Vec<String>,
        /// Show the feeds and their URLs, and stop.
        #[arg(long)]
        list: bool,
        /// PEM file of a certificate authority to trust, besides the system's.
        #[arg(long, value_name = "FILE")]
        ca_certificate: Option<PathBuf>,
        #[command(flatten)]
        database: DatabaseFile,
    },
    /// Build the database from feeds that are already here: files and directories.
    ///
    /// Each is recognised by its content: OSV zips or JSON, the KEV catalogue, EPSS scores,
    /// endoflife.date products (a directory or a tar of them).
    Build {
        /// Files and directories of feeds.
        #[arg(required = true)]
        feeds: Vec<PathBuf>,
        #[command(flatten)]
        database: DatabaseFile,
    },
    /// Take over a database that was built elsewhere, after checking every block of it.
    Import {
        /// The database file.
        file: PathBuf,
        #[command(flatten)]
        database: DatabaseFile,
    },
    /// Show what the database holds, from where, and how old it is.
    Status {
        #[command(flatten)]
        database: DatabaseFile,
    },
}
