#!/bin/sh
# Prints the instructions of writing and reading bodies, per byte and beside the baselines, and those
# of publishing a context.
# Needs valgrind.
set -eu
cargo run --quiet --release --manifest-path "$(dirname "$0")/Cargo.toml" --bin instructions
