//! Assessments rendered
