#!/bin/sh
# Prints the instructions of writing and reading bodies, per byte and beside the baselines, and those
# of publishing a context. `growth` prints those of commands for input of twice the size, and fails if one
# grows faster than its input.
# Needs valgrind.
set -eu
cargo run --quiet --release --manifest-path "$(dirname "$0")/Cargo.toml" --bin instructions -- "$@"
