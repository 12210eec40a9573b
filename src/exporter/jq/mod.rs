//! jq as the exporter runs it.

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        unused_imports,
        reason = "the evaluator that calls them comes next"
    )
)]
mod functions;
