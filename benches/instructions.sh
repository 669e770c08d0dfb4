#!/bin/sh
# Prints the instructions per byte of writing and reading bodies, ours beside the baselines.
# Needs valgrind.
set -eu
cargo run --quiet --release --manifest-path "$(dirname "$0")/Cargo.toml" --bin instructions
