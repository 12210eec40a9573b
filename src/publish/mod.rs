//! Whether a mapping may be pushed: what it would create, change and delete.
//!
//! Not here: asking the catalog or changing it (`catalog_api`, `command`).
