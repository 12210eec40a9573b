//! The sandbox as other programs meet it: over HTTP, with faults, kept in a file.

mod client;
mod data;
mod faults;
mod following;
mod http;
