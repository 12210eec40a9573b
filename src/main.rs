//! The exit code: the only place that knows 0 (fine), 1 (findings) and 2
//! (could not do it).

fn main() {}
