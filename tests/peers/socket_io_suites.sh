#!/bin/sh
# Runs the official test suites of Engine.IO and Socket.IO against `layercake sio serve --echo-suite`, RUNS times (6).
# SOCKET_IO_SUITES is a folder with `socket.io` and `engine.io` in it: the `test-suite` folders of the two protocols'
# repositories. They are copied, installed with npm, and changed in two places only: the port, and the `ws` client's
# allowSynchronousEvents (since ws 8.16 a message may be told before the test listens for it; the client, not the server).
set -e
if [ ! -d "${SOCKET_IO_SUITES:-}/socket.io" ]; then
    echo "skipped: SOCKET_IO_SUITES names no folder with socket.io and engine.io (their repositories' test-suite folders)"
    exit 0
fi
layercake=${LAYERCAKE:-$(dirname "$0")/../../target/debug/layercake}
folder=$(mktemp -d)
trap 'kill $server 2> /dev/null; rm -rf "$folder"' EXIT
touch "$folder/said.txt"
"$layercake" sio serve --port 0 --echo-suite > "$folder/told.txt" 2> "$folder/said.txt" &
server=$!
for _ in $(seq 100); do grep -q 'is served on' "$folder/said.txt" && break; sleep 0.1; done
port=$(sed -n 's|.*http://localhost:\([0-9]*\)/.*|\1|p' "$folder/said.txt")
for suite in engine.io socket.io; do
    cp -r "$SOCKET_IO_SUITES/$suite" "$folder/"
    (
        cd "$folder/$suite"
        [ -d node_modules ] || npm ci --silent --no-audit --no-fund
        sed -i "s|localhost:3000|localhost:$port|; s|new WebSocket(url)|new WebSocket(url, { allowSynchronousEvents: false })|" test-suite.js
    )
done
wrong=0
for run in $(seq "${RUNS:-6}"); do
    for suite in engine.io socket.io; do
        (cd "$folder/$suite" && npx mocha --exit test-suite.js > run.txt 2>&1) || wrong=1
        echo "run $run, $suite: $(grep -E 'passing|failing' "$folder/$suite/run.txt" | tr -s ' \n' ' ')"
        grep -qE 'failing' "$folder/$suite/run.txt" && sed -n '/failing/,$p' "$folder/$suite/run.txt" | head -60
    done
done
exit $wrong
