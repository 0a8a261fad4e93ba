//! Kubernetes manifests as trees in which every key and value knows its place.
//!
//! [`read`] takes the text of a file, YAML or JSON by content, and gives its documents, read as
//! `kubectl` reads them: YAML 1.1 scalars, merge keys, the last of two equal keys. A document that
//! cannot be read is a problem of its own; the rest of the file survives it.
//!
//! This crate opens no files and judges nothing. It is not a YAML library for all purposes: what
//! has no meaning in JSON (maps as keys, infinity) is refused, as Kubernetes does.
//!
//! ```
//! use cofferdam_bounds::Meter;
//! use cofferdam_manifest::{Lines, Object, Pod, read};
//!
//! let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: app\n";
//! let source = read("pod.yaml", text.into(), &Meter::default());
//! let document = &source.documents[0];
//! let object = Object::of(document.tree.view(document.objects[0])).unwrap();
//! assert_eq!((object.kind, object.name), ("Pod", Some("web")));
//!
//! let pod = Pod::of(&object).unwrap();
//! let (_, container) = pod.containers().next().unwrap();
//! let name = container.get("name").unwrap();
//! assert_eq!(Lines::of(&source.text).at(name.span().start), (6, 11));
//! ```

mod defaults;
pub mod dockerfile;
mod fault;
mod json;
mod lines;
mod object;
mod pod;
pub mod schema;
mod source;
mod split;
mod tree;
mod yaml;

pub use defaults::default;
pub use lines::Lines;
pub use object::Object;
pub use pod::{ContainerKind, Pod};
pub use source::{Document, Source, read};
pub use tree::{Duplicate, Elements, Entries, NodeId, Scalar, Span, Tree, Value, View};
