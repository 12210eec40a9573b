#!/usr/bin/env bash
# Measures the program beside `cat`, `kustomize` and `/bin/true`, in one run on
# one machine, and prints a table (also to target/bench.md). Takes some minutes:
# a release build, kustomize's build, and its half a minute on 21 MB.
#
#   benches/compare.sh
#
# Needs Rust, Go and Python 3. A busy machine measures its other work.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/bench"
cargo build --release --quiet
kustomize=$(tests/peers/install.sh kustomize)

# Deterministic, so made once.
for bytes in 100000000 21000000; do
  stream=$target/bench/stream-$bytes.yaml
  [[ -f $stream ]] || { python3 benches/gen_stream.py "$bytes" "$stream.new" >&2 && mv "$stream.new" "$stream"; }
done

python3 benches/measure.py "$target/release/glint-gitops" "$kustomize" "$target/bench" | tee "$target/bench.md"
