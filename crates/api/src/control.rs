//! What the API asks of the controllers: little, and nothing that blocks.

use cofferdam_control::{View, admission::DoorStatus};
use cofferdam_model::Diagnostic;
use jiff::Timestamp;
use std::sync::Arc;

/// The controllers, as the API sees them. Every method answers from memory.
pub trait Control: Send + Sync + 'static {
    /// What is known, in one piece.
    fn view(&self) -> Arc<View>;

    /// How the door stands.
    fn door(&self) -> Door;

    /// What is not as it should be with what Cofferdam itself needs.
    fn troubles(&self) -> Vec<Trouble>;

    /// Writes a mistake of ours into the log.
    fn log(&self, mistake: Diagnostic);
}

/// How the door stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Door {
    /// Whether the API server is told to ask.
    pub is_installed: bool,
    /// When the certificate authority expires.
    pub authority_expires: Option<Timestamp>,
    /// When the serving certificate expires.
    pub certificate_expires: Option<Timestamp>,
    /// What it decided since the start, and how fast; nothing where there is no door.
    pub status: Option<DoorStatus>,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// The cause.
    pub why: String,
    /// What to do about it.
    pub remedy: String,
    /// The only namespace that it is about; nothing: it is everybody's.
    pub namespace: Option<String>,
}
