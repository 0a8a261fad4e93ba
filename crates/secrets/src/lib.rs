//! Credentials in files and image configuration
