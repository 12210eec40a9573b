//! A catalog on loopback: the API's subset, the exporter's part, and a page.
