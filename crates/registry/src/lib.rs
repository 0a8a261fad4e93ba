//! OCI registries
