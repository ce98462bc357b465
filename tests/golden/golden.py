"""A scenario file is a golden test: it must end as it says, and be the same in another process (run --verify).
Usage: golden.py WAVETANK SCENARIO [once]

Its objectives hold the figures, so exit code 0 is what most must give. A scenario that shows how something goes
wrong says so itself ("meant_to_fail"): these failures must happen, and no others. `once` leaves the other process
out.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

SHOWS_A_FAILURE = (12, 99)  # a broken invariant, a violated objective


def run(program, scenario, folder, twice):
    # One after the other: ctest fills the processors, and the memory.
    command = [program, "run", scenario, "--no-knee", "-o", folder, *(["--verify", "-j", "1"] if twice else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    results = sorted(pathlib.Path(folder).rglob("result.json"))
    return done, json.loads(results[0].read_text()) if results else {}


def main(program, scenario, once=""):
    with tempfile.TemporaryDirectory() as folder:
        done, result = run(program, scenario, folder, twice=not once)
    if result.get("meant_to_fail"):
        ended_well = result["as_meant"] and done.returncode in SHOWS_A_FAILURE
    else:
        ended_well = done.returncode == 0
    if not ended_well:
        print(done.stdout)
        sys.exit(f"{scenario} ended with {done.returncode}: {result.get('summary', 'there is no result')}")


if __name__ == "__main__":
    main(*sys.argv[1:])
