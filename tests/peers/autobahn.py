#!/usr/bin/env python3
"""Autobahn's test suite against our WebSocket client and our WebSocket server.

  tests/peers/autobahn.py --install            the suite into /tmp/autobahn (Python 2.7, PyPI)
  tests/peers/autobahn.py client               its fuzzingserver against `layercake ws trace --echo`
  tests/peers/autobahn.py server               its fuzzingclient against `layercake ws serve --mode echo`
  tests/peers/autobahn.py server --url ws://127.0.0.1:9000
  tests/peers/autobahn.py client --cases 1.* 7.*   some of them
  tests/peers/autobahn.py client --results tests/peers/autobahn-results.md

Cases 1 to 7, 9 and 10 run without compression, 12 and 13 (RFC 7692) with it. Exit codes: 0 no case failed, 1 some
did, 2 wrong arguments. Where Python 2.7 or the suite is absent it says so and ends with 0. AUTOBAHN names another
folder, AUTOBAHN_PYTHON another Python 2.7.
"""

import argparse
import collections
import datetime
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SUITE = os.environ.get("AUTOBAHN", "/tmp/autobahn")
PLAIN = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"]
DEFLATE = ["12.*", "13.*"]
SECTIONS = {
    1: "framing", 2: "pings and pongs", 3: "reserved bits", 4: "opcodes", 5: "fragments", 6: "UTF-8",
    7: "close", 9: "limits and speed", 10: "fragments of our own", 12: "compression", 13: "compression, parameters",
}
# What the suite calls right, or does not judge.
FINE = {"OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED"}
# A case that takes longer than this hangs.
PATIENCE = 180


def python2():
    """A Python 2.7 that starts, or None."""
    found = [os.environ.get("AUTOBAHN_PYTHON"), shutil.which("python2.7")]
    found += sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/2.7*/bin/python2.7")))
    for path in filter(None, found):
        tried = subprocess.run([path, "-c", "import sys; print(sys.version_info[0])"], capture_output=True, text=True)
        if tried.stdout.strip() == "2":
            return path
    return None


def install(python):
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", SUITE, "autobahntestsuite"]
    subprocess.run(command, check=True)
    # pip leaves a namespace package without its file.
    open(os.path.join(SUITE, "zope", "__init__.py"), "a").close()


def version(python):
    """The suite's version, or None where it is absent."""
    code = "import autobahntestsuite; print(autobahntestsuite.__version__)"
    tried = subprocess.run([python, "-c", code], capture_output=True, text=True, env=environment())
    return tried.stdout.strip() if tried.returncode == 0 else None


def environment():
    return dict(os.environ, PYTHONPATH=SUITE)


def wstest(python, folder, mode, spec):
    path = os.path.join(folder, mode + ".json")
    with open(path, "w") as file:
        json.dump(spec, file)
    command = [python, "-u", "-c", "from autobahntestsuite.wstest import run; run()", "-m", mode, "-s", path, "-u", "0"]
    log = open(os.path.join(folder, mode + ".log"), "w")
    return subprocess.Popen(command, cwd=folder, env=environment(), stdout=log, stderr=subprocess.STDOUT)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def reachable(port, process):
    for _ in range(200):
        if process.poll() is not None:
            return False
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def reports(folder):
    """Case -> (behaviour, behaviour at the close), of all agents."""
    path = os.path.join(folder, "reports", "index.json")
    if not os.path.exists(path):
        sys.exit("autobahn: it has written no report; its last words: " + last_words(folder))
    with open(path) as file:
        agents = json.load(file)
    return {case: (found["behavior"], found["behaviorClose"]) for all in agents.values() for case, found in all.items()}


def last_words(folder):
    logs = glob.glob(os.path.join(folder, "*.log"))
    return "\n".join(open(log).read()[-2000:] for log in logs)


def as_client(python, folder, binary, cases, deflate):
    """The suite is the server, we echo."""
    port = free_port()
    base = "ws://127.0.0.1:%d" % port
    spec = {"url": base, "outdir": os.path.join(folder, "reports"), "cases": cases, "exclude-cases": []}
    server = wstest(python, folder, "fuzzingserver", spec)
    try:
        if not reachable(port, server):
            sys.exit("autobahn: its server did not start: " + last_words(folder))
        extra = ["--deflate"] if deflate else []

        def trace(path, *more):
            command = [binary, "ws", "trace", base + path, *extra, *more]
            try:
                return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE).stdout
            except subprocess.TimeoutExpired:
                print("\nhangs: " + path, file=sys.stderr)
                return ""

        count = int(re.search(r'"(\d+)"', trace("/getCaseCount", "--echo")).group(1))
        for number in range(1, count + 1):
            if sys.stderr.isatty():
                print("\rcase %d of %d " % (number, count), end="", file=sys.stderr, flush=True)
            trace("/runCase?case=%d&agent=layercake" % number, "--echo", "-q")
        trace("/updateReports?agent=layercake", "--echo", "-q")
        return reports(folder)
    finally:
        server.terminate()
        server.wait()


def as_server(python, folder, binary, cases, url):
    """The suite is the client, we echo."""
    ours = None
    if url is None:
        command = [binary, "ws", "serve", "--mode", "echo", "--port", "0", "-q", "--no-welcome", "--deflate",
                   "--max-message", str(16 << 20)]
        ours = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
        said = ""
        for line in ours.stdout:
            said += line
            found = re.search(r"(?:ws|http)://([^\s/]+:\d+)", line)
            if found:
                url = "ws://%s/" % found.group(1)
                break
        if url is None:
            sys.exit("autobahn: our server said no address: " + said)
    try:
        spec = {"outdir": os.path.join(folder, "reports"), "servers": [{"agent": "layercake", "url": url}],
                "cases": cases, "exclude-cases": [], "exclude-agent-cases": {}}
        client = wstest(python, folder, "fuzzingclient", spec)
        client.wait()
        return reports(folder)
    finally:
        if ours is not None:
            ours.terminate()
            ours.wait()


def table(results):
    counts = collections.defaultdict(collections.Counter)
    for case, (behaviour, close) in results.items():
        section = int(case.split(".")[0])
        failed = behaviour not in FINE or close not in FINE
        counts[section]["failed" if failed else behaviour.lower()] += 1
    kinds = ["ok", "non-strict", "informational", "unimplemented", "failed"]
    lines = ["| section | cases | " + " | ".join(kinds) + " |", "|---|---" + "|---" * len(kinds) + "|"]
    total = collections.Counter()
    for section in sorted(counts):
        total += counts[section]
        name = "%d %s" % (section, SECTIONS.get(section, ""))
        row = [sum(counts[section].values())] + [counts[section][kind] for kind in kinds]
        lines.append("| %s | %s |" % (name.strip(), " | ".join(map(str, row))))
    row = [sum(total.values())] + [total[kind] for kind in kinds]
    lines.append("| all | %s |" % " | ".join(map(str, row)))
    return "\n".join(lines)


def write_results(path, role, text):
    """Replaces this role's part of the file."""
    title = {"client": "## Our client", "server": "## Our server"}[role]
    head = "# Autobahn's test suite against ours\nWritten by `tests/peers/autobahn.py`.\n"
    parts = {}
    if os.path.exists(path):
        for part in re.split(r"(?m)^(?=## )", open(path).read())[1:]:
            parts[part.split("\n", 1)[0].split(":")[0]] = part.strip()
    parts[title] = text.strip()
    with open(path, "w") as file:
        file.write(head + "\n" + "\n\n".join(parts[key] for key in sorted(parts)) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("role", nargs="?", choices=["client", "server"])
    parser.add_argument("--install", action="store_true", help="install the suite first")
    parser.add_argument("--url", help="a server that runs already")
    parser.add_argument("--cases", nargs="+", help="only these, for example 1.* 12.1.3")
    parser.add_argument("--binary", default=os.path.join(ROOT, "target", "debug", "layercake"))
    parser.add_argument("--results", metavar="FILE", help="write the table into this file, too")
    args = parser.parse_args()
    python = python2()
    if python is None:
        return print("skipped: there is no Python 2.7 here, and Autobahn's test suite needs it")
    if args.install:
        install(python)
    suite = version(python)
    if suite is None:
        return print("skipped: Autobahn's test suite is not in %s; --install fetches it" % SUITE)
    if args.role is None:
        return print("Autobahn's test suite %s is in %s" % (suite, SUITE))
    cases = args.cases or PLAIN + DEFLATE
    compressed = [case for case in cases if case.startswith(("12.", "13."))]
    plain = [case for case in cases if case not in compressed]
    results, begun = {}, time.time()
    with tempfile.TemporaryDirectory() as folder:
        for number, (some, deflate) in enumerate([(plain, False), (compressed, True)]):
            if not some:
                continue
            part = os.path.join(folder, str(number))
            os.mkdir(part)
            if args.role == "client":
                results.update(as_client(python, part, args.binary, some, deflate))
            else:
                results.update(as_server(python, part, args.binary, some, args.url))
    failed = {case: found for case, found in results.items() if not set(found) <= FINE}
    ours = subprocess.run([args.binary, "--version"], capture_output=True, text=True).stdout.strip()
    role = {"client": "Our client: `ws trace --echo`", "server": "Our server: `ws serve --mode echo`"}[args.role]
    text = "## %s\n%s, autobahntestsuite %s, %s, %d seconds.\n\n%s\n" % (
        role, ours, suite, datetime.date.today(), time.time() - begun, table(results))
    for case in sorted(failed, key=lambda case: [int(n) for n in case.split(".")]):
        text += "\nFailed: %s (%s, at the close %s)" % (case, *failed[case])
    print(text)
    if args.results:
        write_results(args.results, args.role, text)
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
