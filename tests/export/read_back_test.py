"""What is exported, read back by the tool that it is written for.

Usage: read_back_test.py TOOL WRITE_SAMPLE_EXPORTS required|optional
"""
import csv
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
TOOL, WRITE_SAMPLES, NEED = sys.argv[1:]
SKIPPED = 77


def missing(what):
    print(f"{what} is not installed: not read back")
    sys.exit(1 if NEED == "required" else SKIPPED)


def find(program, *elsewhere):
    found = shutil.which(program) or next((path for path in elsewhere if os.path.exists(path)), None)
    return found or missing(program)


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    if done.returncode != 0:
        sys.exit(f"{command[0]} {command[1]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def refuses(*command, **options):
    if subprocess.run(command, capture_output=True, timeout=120, **options).returncode == 0:
        sys.exit(f"{' '.join(map(str, command))}: accepted what is wrong")


def expect(holds, what):
    if not holds:
        sys.exit(f"does not hold: {what}")


def promtool(folder):
    tool = find("promtool")
    written = sum(1 for line in open(folder / "run.om", encoding="utf-8") if not line.startswith("#"))
    said = run(tool, "tsdb", "create-blocks-from", "openmetrics", "run.om", "data", cwd=folder)
    blocks = run(tool, "tsdb", "list", "data", cwd=folder).splitlines()[1:]
    stored = sum(int(block.split()[4]) for block in blocks)
    expect(written > 10_000, f"the sample has only {written} samples")
    expect(stored == written, f"{written} samples written, {stored} stored\n{said}")

    # Alerts fire when they are said to, at no other time, and a test with another time fails.
    for name in ("paper", "shorter", "never"):
        run(tool, "test", "rules", f"{name}.yml", cwd=folder)
        text = (folder / f"{name}.yml").read_text(encoding="utf-8")
        expect(("severity: warning" in text) == (name != "never"), f"{name}: the alert fires or not")
    run(tool, "check", "rules", "paper.rules.yml", cwd=folder)
    text = (folder / "paper.yml").read_text(encoding="utf-8")
    first = re.search(r"fires from (\d+) s", text).group(1)
    (folder / "early.yml").write_text(text.replace(f"eval_time: {first}s", f"eval_time: {int(first) - 1}s"), encoding="utf-8")
    refuses(tool, "test", "rules", "early.yml", cwd=folder)


def xmllint(folder):
    tool = find("xmllint")
    run(tool, "--noout", "--schema", HERE / "junit.xsd", folder / "junit.xml")
    text = (folder / "junit.xml").read_text(encoding="utf-8")
    for what, wrong in {"a case without a name": text.replace('" name="', '" called="', 1),
                        "a suite without counts": re.sub(r' failures="\d+"', "", text, count=1),
                        "an element of no schema": text.replace("<failure", "<defect", 1)}.items():
        expect(wrong != text, what)
        (folder / "wrong.xml").write_text(wrong, encoding="utf-8")
        refuses(tool, "--noout", "--schema", HERE / "junit.xsd", folder / "wrong.xml")
    cases = len(re.findall("<testcase ", text))
    expect(cases == sum(map(int, re.findall(r'<testsuite [^>]*tests="(\d+)"', text))), "the counts of cases")
    failures = len(re.findall("<failure ", text))
    expect(failures == sum(map(int, re.findall(r'<testsuite [^>]*failures="(\d+)"', text))) > 0, "the counts of failures")


def compare_py(folder):
    tool = find("compare.py", "/usr/share/benchmark/compare.py")
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    try:
        import scipy  # noqa: F401
    except ImportError:  # of which only the geometric mean of all benchmarks is used here
        shim = folder / "shim"
        (shim / "scipy").mkdir(parents=True)
        (shim / "numpy.py").write_text("class array(list):\n    def any(self): return any(self)\n")
        (shim / "scipy" / "__init__.py").write_text("")
        (shim / "scipy" / "stats.py").write_text(
            "from statistics import geometric_mean\nfrom numpy import array\n"
            "def gmean(rows): return array(geometric_mean(column) for column in zip(*rows))\n"
            "def mannwhitneyu(*_): raise NotImplementedError\n")
        environment["PYTHONPATH"] = str(shim)
    output = folder / "difference.json"
    run(sys.executable, tool, "--no-utest", "--dump_to_json", output, "benchmarks", folder / "old.json", folder / "new.json", env=environment)
    changes = {it["name"]: it["measurements"][0]["time"] for it in json.loads(output.read_text()) if it["measurements"]}
    expect(changes["A broker dies at peak/e2e/p99"] == 1.0, f"the p99 is twice as long: {changes}")
    expect(changes["A broker dies at peak/e2e/p50"] == 0.0, f"the median is as it was: {changes}")
    expect(any("recovered" in name for name in changes), f"recoveries are compared, too: {changes}")
    seeds = json.loads((folder / "seeds.json").read_text())["benchmarks"]
    of_p99 = [it for it in seeds if it["name"].endswith("e2e/p99")]
    expect([it["repetition_index"] for it in of_p99] == [0, 1] and of_p99[0]["repetitions"] == 2, "seeds are repetitions")


def hdr_histogram_js(folder):
    node = find("node")
    if not (HERE / "node_modules" / "hdr-histogram-js").exists():
        missing("hdr-histogram-js (npm ci in tests/export)")
    print(run(node, HERE / "hdr_test.mjs", folder))


def python(folder):
    """CSV, and the keys that the charts of the OpenMessaging Benchmark are made of."""
    rows = list(csv.DictReader(open(folder / "run.csv", encoding="utf-8", newline="")))
    expect(len(rows) == 3 * 302, f"{len(rows)} rows")
    expect(all(None not in row and None not in row.values() for row in rows), "rows of even length")
    expect(float(rows[121]["from_s"]) == 121 and float(rows[121]["to_s"]) == 122, "the times of a row")
    expect(rows[-1]["scenario"].startswith("'="), "no cell is a formula")

    result = json.loads((folder / "omb.json").read_text(encoding="utf-8"))
    lengths = set()
    for key in ("publishLatency99pct", "publishDelayLatency99pct", "publishRate", "publishErrorRate", "endToEndLatency95pct",
                "consumeRate", "endToEndLatencyAvg", "backlog"):
        lengths.add(len(result[key]))
        expect(all(math.isfinite(value) and value >= 0 for value in result[key]), key)
    expect(lengths == {28}, f"272 s after the warm-up are 28 samples of 10 s: {lengths}")
    expect(result["publishRate"][0] == 100 and result["consumeRate"][10] == 90, "rates are per second")
    for key in ("aggregatedPublishLatencyQuantiles", "aggregatedPublishDelayLatencyQuantiles", "aggregatedEndToEndLatencyQuantiles"):
        curve = sorted((float(quantile), value) for quantile, value in result[key].items())
        expect(curve[0][0] == 0 and curve[-1][0] == 100 and len(curve) > 20, f"{key} reaches from 0 to 100")
        expect(all(a[1] <= b[1] for a, b in zip(curve, curve[1:])), f"{key} ascends")
        [math.log10(100 / (100 - quantile)) for quantile, _ in curve[:-1]]  # its place on the axis
    expect(result["publishDelayLatency99pct"][0] == 1000, "delays are microseconds")
    expect(result["aggregatedEndToEndLatencyMax"] == 5100, "latencies are milliseconds")


with tempfile.TemporaryDirectory() as name:
    samples = pathlib.Path(name)
    run(WRITE_SAMPLES, samples)
    globals()[re.sub(r"[-.]", "_", TOOL)](samples)
print(f"{TOOL}: reads what was written")
