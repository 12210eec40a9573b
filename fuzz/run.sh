#!/usr/bin/env bash
# Builds the fuzzers and runs them one after another, each for some seconds. Says
# at the end how many inputs each was given and what it found.
#
#   fuzz/run.sh [SECONDS] [TARGET…]      60 seconds, and all targets
#
# Needs Rust, Python and a C++ compiler, and for `go_reader` Go; cargo-fuzz it
# installs, into the user's cache. With the stable toolchain and no sanitizer: this
# crate has no unsafe code, and a panic needs none to be seen. What was found stands
# in fuzz/artifacts/TARGET, what was learnt in fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

version=0.13.2 # of cargo-fuzz
cache=${XDG_CACHE_HOME:-$HOME/.cache}/glint-gitops
triple=$(rustc -vV | sed -n 's/^host: //p')
programs=${CARGO_TARGET_DIR:-$PWD/target}/$triple/release
seconds=${1:-60}
shift || true
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(sed -n 's/^path = "fuzz_targets\/\(.*\)\.rs"$/\1/p' Cargo.toml)

if [[ ! -x $cache/cargo-fuzz-$version/bin/cargo-fuzz ]]; then
  cargo install --quiet --locked cargo-fuzz --version "$version" --root "$cache/cargo-fuzz-$version"
fi
export PATH=$cache/cargo-fuzz-$version/bin:$PATH
if [[ " ${targets[*]} " == *' go_reader '* && -z ${GLINT_PEERS:-} ]]; then
  GLINT_PEERS=$(dirname "$(../tests/peers/install.sh reader)")
  export GLINT_PEERS
fi

python3 seeds.py seeds
cargo fuzz build --sanitizer none --codegen-units 16
rows=() found=0

# Fuzzes a target until its time is over or something is found.
run() { # TARGET
  local target=$1 log=artifacts/$1.log status=0 inputs findings options=()
  mkdir -p "artifacts/$target" "corpus/$target"
  [[ ! -e seeds/$target.dict ]] || options+=("-dict=seeds/$target.dict")
  "$programs/$target" "corpus/$target" "seeds/$target" "-max_total_time=$seconds" -max_len=16384 \
    -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 "-artifact_prefix=artifacts/$target/" \
    "${options[@]}" >"$log" 2>&1 || status=$?
  inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  findings=$(grep -c 'Test unit written to' "$log") || true
  if ((status)); then
    tail -n 40 "$log" | cut -c 1-2000
    found=1
  fi
  rows+=("$(printf '%-12s %12s %10s' "$target" "${inputs:-?}" "$findings")")
}

for target in "${targets[@]}"; do run "$target"; done
printf '\n%-12s %12s %10s\n' target inputs findings
printf '%s\n' "${rows[@]}"
exit $found
