#!/usr/bin/env bash
# Installs what the tests need and runs all of them: format, lints, unit tests, the real binary.
# Tests whose tool or right is missing skip with a message; everything else must pass.
set -euo pipefail
cd "$(dirname "$0")"

# tshark reads what we write, tcpdump is the measure for filters, ip makes network namespaces.
missing=()
for tool in tshark tcpdump ip tmux; do
    command -v "$tool" >/dev/null || missing+=("$tool")
done
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing: ${missing[*]}"
    packages=("${missing[@]/#ip/iproute2}")
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >/dev/null
elif [ ${#missing[@]} -gt 0 ]; then
    echo "not installed: ${missing[*]}; the tests that compare with them will skip"
fi

if cargo fmt --version >/dev/null 2>&1; then cargo fmt --check; fi
if cargo clippy --version >/dev/null 2>&1; then cargo clippy --locked --all-targets -- -D warnings; fi
cargo build --locked --release
cargo test --locked --release
