//! The client of the catalog's REST API: one method a request.
//!
//! The one module that names the HTTP client.
