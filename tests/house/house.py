"""The rules of the house, checked on its text. Usage: house.py RULE (from the root of the repository)."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(".")
FLOORS = ["engine", "models", "scenarios", "reports", "sim"]
SIM_ROOMS = ["bare", "kernel", "platform", "network", "resources", "cluster", "check", "observe", "load", "run", "theory", "study", "verify", "hunt", "replay", "calibrate", "cli"]
LOG_ROOMS = ["storage", "protocol", "replication", "groups", "transactions", "broker", "controller", "ensemble", "client"]
COORDINATION_ROOMS = ["raft", "kv", "tree", "protocol", "broadcast", "server", "client"]
# Lowest first; what lies beside them is for all.
HOUSES_WITH_ROOMS = {"sim": SIM_ROOMS, "engine/log": LOG_ROOMS, "engine/coordination": COORDINATION_ROOMS}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
# What an engine without input and output has no use for.
FORBIDDEN_IN_ENGINE = re.compile(
    r"^(chrono|thread|mutex|condition_variable|atomic|future|random|iostream|fstream|sstream|filesystem|"
    r"ctime|cstdio|print|sys/.*|unistd\.h|simgrid.*|fmt/.*|nlohmann/.*)$")


def sources(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                yield path


def includes(path):
    return [(kind, name) for kind, name in INCLUDE.findall(path.read_text())]


def room_of(path, house, rooms):
    """The place of the path's room in the order of its house; -1 beside the rooms, None outside."""
    if not path.is_relative_to(house):
        return None
    inside = path.relative_to(house).parts
    return rooms.index(inside[0]) if len(inside) > 1 else -1


def is_later_room(included, path, house, rooms):
    to, own = room_of(included, house, rooms), room_of(path, house, rooms)
    return to is not None and own is not None and to > own


def floors():
    """A folder includes only what stands below it."""
    for path in sources(*FLOORS):
        own = FLOORS.index(path.parts[0])
        for _, name in includes(path):
            top = name.split("/")[0]
            if top in FLOORS and FLOORS.index(top) > own:
                yield f"{path}: includes {name}, which stands above"
            if top in ("tests", "bench"):
                yield f"{path}: includes {name}, which stands beside the house"
            for house, rooms in HOUSES_WITH_ROOMS.items():
                if is_later_room(pathlib.PurePath(name), path, house, rooms):
                    yield f"{path}: includes {name}, a later room"
            if name.startswith("simgrid") and path.parts[:2] != ("sim", "platform"):
                yield f"{path}: only sim/platform knows SimGrid"


def sans_io():
    """No clock, thread, file, socket, randomness or logger in the engine."""
    for path in sources("engine"):
        for kind, name in includes(path):
            if kind == "<" and FORBIDDEN_IN_ENGINE.match(name):
                yield f"{path}: includes <{name}>"


def tests_are_registered():
    """Every source under tests/ and bench/ is named by the CMakeLists.txt of its folder."""
    for path in sources("tests", "bench"):
        lists = path.parent / "CMakeLists.txt"
        if path.suffix == ".cpp" and (not lists.exists() or path.name not in lists.read_text()):
            yield f"{path}: not in {lists}"


def probes_are_passed_on():
    """What stands between roles and observers while a run is replayed passes on all that they tell."""
    text = (ROOT / "sim/replay/recorders.h").read_text()
    recorders = {"log": "LogRecorder", "coordination": "CoordinationRecorder", "coordination/raft": "QuorumRecorder"}
    for folder, recorder in recorders.items():
        body = re.search(rf"class {recorder} final.*?^}};", text, re.M | re.S).group(0)
        for name in re.findall(r"virtual void (\w+)\(", (ROOT / "engine" / folder / "probe.h").read_text()):
            if not re.search(rf"void {name}\([^;{{]*override", body):
                yield f"sim/replay/recorders.h: {recorder} does not pass on {name}"


def mutants_apply():
    """Every planted mistake still fits its place, to the line: else nobody knows whether it would be found."""
    for path in sorted((ROOT / "tests/mutants").glob("*.patch")):
        fits = subprocess.run(["patch", "-p1", "-F0", "--dry-run", "--quiet", "-i", path], capture_output=True, text=True)
        if fits.returncode != 0:
            yield f"{path}: does not apply: {fits.stdout.strip()}"


def scenarios_are_listed():
    """docs/scenarios.md says of every scenario file what it shows."""
    listed = subprocess.run(["scripts/scenarios", "--check"], capture_output=True, text=True)
    if listed.returncode != 0:
        yield listed.stderr.strip()


RULES = {"floors": floors, "sans_io": sans_io, "tests_are_registered": tests_are_registered,
         "probes_are_passed_on": probes_are_passed_on, "mutants_apply": mutants_apply,
         "scenarios_are_listed": scenarios_are_listed}

if __name__ == "__main__":
    breaches = list(RULES[sys.argv[1]]())
    print("\n".join(breaches) if breaches else f"{sys.argv[1]}: holds")
    sys.exit(1 if breaches else 0)
