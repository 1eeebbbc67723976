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

# Real programs that the tests let talk to each other: pinned, and kept in target/peers, not in the tree.
peers=()
for tool in curl openssl sshd mosquitto mosquitto_pub node npm python3 chromium; do
    command -v "$tool" >/dev/null || [ -x "/usr/sbin/$tool" ] || peers+=("$tool")
done
if [ ${#peers[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing: ${peers[*]}"
    apt-get update -qq
    for package in "${peers[@]}"; do
        # Where a service manager runs, installing a server starts it: that is not for a test to do.
        case $package in sshd | mosquitto) [ -d /run/systemd/system ] && continue ;; esac
        case $package in
            sshd) package=openssh-server ;;
            mosquitto_pub) package=mosquitto-clients ;;
            node) package=nodejs ;;
            python3) package="python3 python3-venv" ;;
        esac
        # shellcheck disable=SC2086 # two packages
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $package >/dev/null || echo "no $package here; its tests will skip"
    done
elif [ ${#peers[@]} -gt 0 ]; then
    echo "not installed: ${peers[*]}; the tests that let them talk will skip"
fi
mkdir -p target/peers
if command -v npm >/dev/null && ! cmp -s tests/peers/package-lock.json target/peers/package-lock.json; then
    cp tests/peers/package.json tests/peers/package-lock.json target/peers/
    npm ci --prefix target/peers --no-audit --no-fund --silent ||
        { rm -f target/peers/package-lock.json; echo "npm could not install; the tests with ws and Socket.IO will skip"; }
fi
if command -v python3 >/dev/null && ! cmp -s tests/peers/requirements.txt target/peers/requirements.txt; then
    if python3 -m venv target/peers/py && target/peers/py/bin/pip install -q -r tests/peers/requirements.txt; then
        cp tests/peers/requirements.txt target/peers/
    else
        echo "pip could not install; the tests with aiosmtpd, pyftpdlib and websockets will skip"
    fi
fi

if cargo fmt --version >/dev/null 2>&1; then cargo fmt --check; fi
if cargo clippy --version >/dev/null 2>&1; then cargo clippy --locked --all-targets -- -D warnings; fi
cargo build --locked --release
cargo test --locked --release
