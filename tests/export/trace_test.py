"""Traces of a run, held to the rules of their formats by a reader that knows nothing of the writer.

Usage: trace_test.py WAVETANK (from the root of the repository)
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

WAVETANK = sys.argv[1]
SCENARIO = "scenarios/log/quickstart.json"


def expect(holds, what):
    if not holds:
        sys.exit(f"does not hold: {what}")


def wavetank(*arguments):
    done = subprocess.run([WAVETANK, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    expect(done.returncode == 0, f"{arguments}: {done.stderr}")
    return done


def check_nesting(slices):
    """Complete events of a thread lie within one another or apart."""
    for thread, events in slices.items():
        open_until = []
        for begins, ends in sorted(events, key=lambda it: (it[0], -it[1])):
            while open_until and open_until[-1] <= begins + 1e-6:
                open_until.pop()
            expect(not open_until or ends <= open_until[-1] + 1e-6, f"steps of {thread} overlap at {begins}")
            open_until.append(ends)


def check_arrows(arrows, slices):
    """Each begins, goes on and ends in order, and amid a step of its thread, for else it is not drawn."""
    across = 0
    for way, events in arrows.items():
        order = "".join(event["ph"] for event in events)
        expect(re.fullmatch("st*f", order) and events[-1]["bp"] == "e", f"an arrow begins and ends: {way} {order}")
        expect(all(a["ts"] <= b["ts"] for a, b in zip(events, events[1:])), f"and goes on in time: {events}")
        for event in events:
            amid = any(begins <= event["ts"] <= ends for begins, ends in slices[(event["pid"], event["tid"])])
            expect(amid, f"it stands amid a step: {event}")
        across += len({event["pid"] for event in events}) > 1
    return across


def check_perfetto(document, result):
    events = document["traceEvents"]
    expect(document["displayTimeUnit"] in ("ms", "ns"), "the unit of display")
    named, slices, stacks, counters, phases = {}, collections.defaultdict(list), {}, set(), collections.Counter()
    for event in events:
        phase = event["ph"]
        phases[phase] += 1
        expect({"name", "pid", "tid", "ts"} <= event.keys() and event["ts"] >= 0, f"what every event has: {event}")
        if phase == "M":
            if event["name"].endswith("_name"):
                named[(event["name"], event["pid"], event["tid"])] = event["args"]["name"]
        elif phase == "X":
            expect(event["dur"] >= 0, f"a step takes time: {event}")
            slices[(event["pid"], event["tid"])].append((event["ts"], event["ts"] + event["dur"]))
            expect(("thread_name", event["pid"], event["tid"]) in named, f"the thread has a name: {event}")
        elif phase in "bne":
            stack = stacks.setdefault((event["cat"], event["id"], event["pid"]), [])
            expect(not stack or event["ts"] >= stack[-1][1] or phase == "n", f"time goes on: {event}")
            if phase == "b":
                stack.append((event["name"], event["ts"]))
            elif phase == "e":
                expect(stack and stack[-1][0] == event["name"], f"what ends is what began last: {event} {stack}")
                stack.pop()
            else:
                expect(stack, f"a moment lies within its span: {event}")
        elif phase in "stf":
            pass  # check_arrows
        elif phase == "i":
            expect(event["s"] in "gpt", f"a moment has a scope: {event}")
        elif phase == "C":
            expect(all(isinstance(value, (int, float)) for value in event["args"].values()), f"counters are numbers: {event}")
            counters.add((event["pid"], event["name"]))
        else:
            sys.exit(f"no such phase: {event}")
    check_nesting(slices)
    expect(not any(stacks.values()), "every span ends")
    hosts = {name for (kind, _, _), name in named.items() if kind == "process_name"}
    expect({"broker-1", "broker-2", "broker-3", "controller", "client-1"} <= hosts, f"hosts are processes: {hosts}")
    faults = [event for event in events if event["ph"] == "i" and event["s"] == "g"]
    expect([event["ts"] for event in faults] == [8e6, 12e6], f"faults are moments of all: {faults}")
    expect(len(counters) > 10 and phases["X"] > 100 and phases["i"] > 20, f"there is something of everything: {phases}")
    records = [event for event in events if event["ph"] == "b" and event["name"].startswith("record ")]
    expect(500 < len(records) <= 2000, f"records are drawn: {len(records)}")
    delivered = sum(event["args"]["fate"] == "delivered" for event in records)
    expect(delivered == len(records) and result["ledger"]["lost"] == 0, f"{delivered} of {len(records)} are delivered")
    expect(document["otherData"]["left_out"], "what is left out is said")
    # In all the stages take as long as their record does, which is what the result says of most.
    spans = sorted(span_of(events, record) for record in records)
    median, p50 = spans[len(spans) // 2] / 1e3, result["metrics"]["e2e"]["p50"]
    expect(abs(median - p50) < 0.2 * p50, f"the median of the records is that of all: {median} ms, {p50} ms")


def arrows_across(document):
    arrows, slices = collections.defaultdict(list), collections.defaultdict(list)
    for event in document["traceEvents"]:
        if event["ph"] in "stf":
            arrows[event["id"]].append(event)
        elif event["ph"] == "X":
            slices[(event["pid"], event["tid"])].append((event["ts"], event["ts"] + event["dur"]))
    return check_arrows(arrows, slices)


def span_of(events, record):
    if not hasattr(span_of, "fetched"):
        span_of.fetched = {event["id"]: event["ts"] for event in events if event["ph"] == "e" and event["name"] == "is fetched"}
    return span_of.fetched[record["id"]] - record["ts"]


def attributes(entries):
    for entry in entries:
        expect(isinstance(entry["key"], str) and len(entry["value"]) == 1, f"an attribute: {entry}")
        (kind, value), = entry["value"].items()
        expect(kind in ("stringValue", "intValue", "boolValue", "doubleValue"), f"an attribute's kind: {entry}")
        expect(kind == "boolValue" or kind == "doubleValue" or isinstance(value, str), f"64-bit numbers are texts: {entry}")


def check_otlp(lines):
    spans, hosts = {}, set()
    for line in lines:
        for resource in json.loads(line)["resourceSpans"]:
            attributes(resource["resource"]["attributes"])
            hosts |= {it["value"]["stringValue"] for it in resource["resource"]["attributes"] if it["key"] == "service.name"}
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    expect(re.fullmatch("[0-9a-f]{32}", span["traceId"]) and int(span["traceId"], 16), f"a trace: {span}")
                    expect(re.fullmatch("[0-9a-f]{16}", span["spanId"]) and int(span["spanId"], 16), f"a span: {span}")
                    expect((span["traceId"], span["spanId"]) not in spans, f"a span is there once: {span}")
                    spans[(span["traceId"], span["spanId"])] = span
                    for time in ("startTimeUnixNano", "endTimeUnixNano"):
                        expect(re.fullmatch("[0-9]+", span[time]), f"times are texts of digits: {span}")
                    expect(int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]), f"it ends after it begins: {span}")
                    expect(span["kind"] in range(1, 6) and span["status"]["code"] in range(3), f"its kind and status: {span}")
                    attributes(span.get("attributes", []))
                    for event in span.get("events", []):
                        expect(event["name"] and re.fullmatch("[0-9]+", event["timeUnixNano"]), f"an event: {event}")
    for (trace, _), span in spans.items():
        if "parentSpanId" in span:
            parent = spans.get((trace, span["parentSpanId"]))
            expect(parent, f"its parent is in its trace: {span}")
            expect(int(parent["startTimeUnixNano"]) <= int(span["startTimeUnixNano"]) and
                   int(span["endTimeUnixNano"]) <= int(parent["endTimeUnixNano"]), f"it lies within its parent: {span}")
    roots = [span for span in spans.values() if "parentSpanId" not in span]
    expect(len(roots) > 500 and any(span["name"] == "fault: crash broker-2" for span in roots), "records, and the fault")
    names = collections.Counter(span["name"] for span in spans.values() if "parentSpanId" in span)
    expect({"waits for its batch", "goes to the leader", "is replicated", "is fetched"} <= names.keys(), f"stages: {names}")
    expect({"broker-1", "broker-3", "client-1", "client-2", "wavetank"} <= hosts, f"stages stand where they are: {hosts}")
    expect(all(int(span["startTimeUnixNano"]) >= 1767225600 * 10**9 for span in roots), "they have the usual date")


with tempfile.TemporaryDirectory() as name:
    out = pathlib.Path(name, "out")
    wavetank("run", SCENARIO, "-o", out)
    result = json.loads((out / "result.json").read_text())
    wavetank("export", out, "--format", "perfetto", "-o", out / "calm.json", "--detail", "5s..5.5s")
    across = arrows_across(json.loads((out / "calm.json").read_text()))
    expect(across > 20, f"arrows lead from host to host: {across}")
    said = wavetank("export", out, "--format", "perfetto", "-o", out / "trace.json", "--detail", "8s..8.2s")
    expect("records are followed" in said.stderr and "8.000000 s to 8.200000 s" in said.stderr, said.stderr)
    check_perfetto(json.loads((out / "trace.json").read_text()), result)
    wavetank("export", out, "--format", "otlp", "-o", out / "spans.jsonl")
    check_otlp((out / "spans.jsonl").read_text().splitlines())
    again = out / "again.json"
    wavetank("export", out, "--format", "perfetto", "-o", again, "--detail", "8s..8.2s")
    expect(again.read_bytes() == (out / "trace.json").read_bytes(), "the same run gives the same trace")

    # A result that was edited is not traced as if it had been run.
    (out / "result.json").write_text(json.dumps(dict(result, provenance=dict(result["provenance"], digest="0"))))
    (out / "latency.hlog").write_text((out / "latency.hlog").read_text().replace(result["provenance"]["digest"], "0"))
    refused = subprocess.run([WAVETANK, "export", out, "--format", "otlp"], capture_output=True, text=True, timeout=120)
    expect(refused.returncode == 1 and "is not the one that was" in refused.stderr, refused.stderr)
print("traces follow the rules")
