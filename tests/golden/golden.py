"""A scenario file is a golden test: it must end as it says, and be the same in another process (run --verify).
Usage: golden.py WAVETANK SCENARIO EXPECTED [once]

Its objectives hold the figures, so exit code 0 is what most must give. Scenarios that show how something
goes wrong stand in expected.json, with the exit code, the invariants that are broken and the objectives
that are violated: those and no others. `once` leaves the other process out.
"""

import json
import pathlib
import subprocess
import sys
import tempfile


def run(program, scenario, folder, twice):
    # One after the other: ctest fills the processors, and the memory.
    command = [program, "run", scenario, "--no-knee", "-o", folder, *(["--verify", "-j", "1"] if twice else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    results = sorted(pathlib.Path(folder).rglob("result.json"))
    return done, json.loads(results[0].read_text()) if results else {}


def ended(result):
    return {
        "broken": sorted(i["name"] for i in result.get("invariants", []) if i["verdict"] == "fail"),
        "violated": sorted(o["expr"] for o in result.get("slos", []) if not o["ok"]),
    }


def main(program, scenario, expected_file, once=""):
    name = str(pathlib.Path(scenario).with_suffix("").relative_to("scenarios"))
    expected = json.loads(pathlib.Path(expected_file).read_text()).get(name, {"exit": 0})
    with tempfile.TemporaryDirectory() as folder:
        done, result = run(program, scenario, folder, twice=not once)
    got = {"exit": done.returncode, **ended(result)}
    wanted = {"broken": [], "violated": [], **{k: v for k, v in expected.items() if k != "why"}}
    if got != wanted:
        print(done.stdout)
        sys.exit(f"{name}\n  should end with {json.dumps(wanted)}\n  ended with       {json.dumps(got)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
