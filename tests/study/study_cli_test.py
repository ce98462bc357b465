"""Sweeps, their shards, and the search for capacity, as a person meets them.
Usage: study_cli_test.py WAVETANK (from the root of the repository)."""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

WAVETANK = sys.argv.pop(1)
QUICKSTART = "scenarios/log/quickstart.json"
SHORT = ["--set", "duration=5s", "--set", "faults=[]", "--set", 'slos=["lost == 0", "e2e.p99 < 50ms"]']
GRID = ["sweep", QUICKSTART, *SHORT, "--vary", "workload.rate=500/s..2k/s*2", "--vary", "workload.producer.acks=1,\"all\"",
        "--seeds", "1..2"]
# On two slow machines of the catalogue the processor of a broker is full soon.
SEARCH = ["capacity", QUICKSTART, "--set", "workload.producer.linger=0ms", "--set", 'slos=["lost == 0"]', "--duration", "7s",
          "--warmup", "3s", "--precision", "25"]


def wavetank(*arguments, **options):
    return subprocess.run([WAVETANK, *arguments], capture_output=True, text=True, timeout=300, **options)


def files_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class Studies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"

    def sweep(self, folder, *more):
        return wavetank(*GRID, "-o", str(folder), *more)

    def run_until(self, *more):
        return wavetank("run", QUICKSTART, *SHORT, "-o", str(self.out), *more)

    def test_seeds_are_shown_together_with_their_interval(self):
        done = self.run_until("--seeds", "1..3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"e2e.p99 .* ms +± ")
        figures = {it["name"]: it for it in json.loads(self.run_until("--seeds", "1..3", "--json").stdout)["figures"]}
        p99 = figures["e2e.p99"]
        each = [json.loads((self.out / f"seed{seed}/result.json").read_text())["metrics"]["e2e"]["p99"] for seed in (1, 2, 3)]
        self.assertAlmostEqual(p99["mean"], sum(each) / 3e3)
        self.assertAlmostEqual(p99["least"], min(each) / 1e3)
        self.assertLess(p99["low"], p99["mean"])
        self.assertEqual(p99["seeds"], 3)

    def test_seeds_are_run_until_a_figure_is_known_well_enough(self):
        done = self.run_until("--until-ci", "1%", "--figure", "throughput_out", "--json", "-j", "1")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        said = json.loads(done.stdout)
        until = said["until_ci"]
        self.assertTrue(until["reached"])
        self.assertLessEqual(until["share_reached"], 0.01)
        self.assertGreater(until["seeds"], 5, "five are not enough for it")
        self.assertEqual([it["seed"] for it in said["seeds"]], list(range(1, until["seeds"] + 1)))
        again = self.run_until("--until-ci", "1%", "--figure", "throughput_out", "--json", "-j", "3")
        self.assertEqual(json.loads(again.stdout), said, "as many of any number of jobs")

    def test_seeds_that_are_too_few_for_it_are_said(self):
        done = self.run_until("--until-ci", "0.01%", "--seeds", "11..16")
        self.assertEqual(done.returncode, 13, done.stdout + done.stderr)
        self.assertIn("6 of 6 seeds passed", done.stdout)
        self.assertRegex(done.stdout, r"e2e.p99: the 95 % interval is not within 0.01 % of its mean .* allows no more")
        none = self.run_until("--until-ci", "5%", "--figure", "recovery", "--seeds", "1..5")
        self.assertEqual(none.returncode, 13)
        self.assertIn("recovery: 0 of 5 seeds have it, and no interval (seed 1: no fault happened)", none.stdout)

    def test_what_is_no_precision_is_refused(self):
        for wrong, why in [(["--until-ci", "5"], "such as 5%"), (["--until-ci", "0%"], "above 0%"),
                           (["--until-ci", "101%"], "up to 100%"), (["--until-ci", "nan%"], "such as 5%"),
                           (["--until-ci", "5%", "--figure", "e2e"], "many samples"),
                           (["--until-ci", "5%", "--figure", "e2e.p99 over 10s"], "no \"over\""),
                           (["--figure", "e2e.p99"], "--until-ci, which is missing"),
                           (["--until-ci", "5%", "--seeds", "1..4"], "no fewer than 5 seeds"),
                           (["--until-ci", "5%", "--seed", "4"], "no --seed"), (["--until-ci", "5%", "--verify"], "--verify")]:
            with self.subTest(wrong=wrong):
                done = self.run_until(*wrong)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn(why, done.stderr)

    def test_a_sweep_runs_every_point_with_every_seed_and_leaves_tables_and_a_page(self):
        done = self.sweep(self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(files_of(self.out)), ["plan.json", "report.html", "runs.jsonl", "sweep.json", "sweep.md"])
        points = json.loads((self.out / "sweep.json").read_text())["points"]
        self.assertEqual([point["values"]["workload.rate"] for point in points], ["500/s"] * 2 + ["1k/s"] * 2 + ["2k/s"] * 2)
        self.assertTrue(all(point["runs"] == 2 == point["passed"] for point in points))
        self.assertEqual(len({digest for point in points for digest in point["digests"]}), 12)
        for point in points:
            self.assertLess(abs(point["throughput_out_per_s"]["value"] / (500 * 2 ** (points.index(point) // 2)) - 1), 0.1)
        self.assertIn("6 points, 2 seeds each", done.stdout)
        self.assertIn("<svg", (self.out / "report.html").read_text())

    def test_a_sweep_takes_as_many_seeds_at_a_point_as_a_figure_needs_there(self):
        # At 200 records/s the number of arrivals is less sure than at 3000.
        grid = ["sweep", QUICKSTART, *SHORT, "--vary", "workload.rate=200/s,3k/s", "--until-ci", "1.5%", "--figure", "throughput_out",
                "--seeds", "1..12"]
        done = wavetank(*grid, "-o", str(self.out), "-j", "3")
        slow, fast = json.loads((self.out / "sweep.json").read_text())["points"]
        self.assertEqual(done.returncode, 0 if slow["until_ci"]["reached"] else 13, done.stdout + done.stderr)
        self.assertGreater(slow["runs"], fast["runs"])
        self.assertTrue(fast["until_ci"]["reached"])
        lines = (self.out / "runs.jsonl").read_text().splitlines(keepends=True)
        kept = files_of(self.out)
        (self.out / "runs.jsonl").write_text("".join(lines[1:7]))
        wavetank(*grid, "-o", str(self.out), "-j", "1")
        self.assertEqual(files_of(self.out), kept, "goes on as if it had not been interrupted")
        self.assertEqual(wavetank(*grid, "-o", str(self.folder / "b"), "--shard", "1/2").returncode, 2)
        self.assertIn("has no shards", wavetank("merge", str(self.out), "-o", str(self.folder / "c")).stderr)

    def test_a_sweep_of_any_number_of_jobs_or_shards_leaves_the_same_bytes(self):
        self.sweep(self.out, "-j", "1")
        parts = [self.folder / f"part-{i}" for i in range(1, 6)]
        for i, part in enumerate(parts, 1):
            self.assertEqual(self.sweep(part, "-j", "2", "--shard", f"{i}/5").returncode, 0)
        whole = self.folder / "whole"
        done = wavetank("merge", *map(str, parts), "-o", str(whole))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(files_of(whole), files_of(self.out))

        missing = wavetank("merge", *map(str, parts[:3]), "-o", str(self.folder / "none"))
        self.assertEqual(missing.returncode, 4)
        self.assertIn("shards 4, 5 of 5 are missing", missing.stderr)
        self.assertFalse((self.folder / "none").exists())
        plan = parts[2] / "plan.json"
        plan.write_text(plan.read_text().replace('"program_version": "', '"program_version": "9'))
        other = wavetank("merge", *map(str, parts), "-o", str(self.folder / "none"))
        self.assertIn(f"{parts[2]} is of another program version than {parts[0]}", other.stderr)

    def test_a_sweep_that_was_interrupted_goes_on_where_it_was(self):
        self.sweep(self.out)
        halves = self.folder / "halves"
        long = [*GRID, "-o", str(halves), "-j", "1"]
        process = subprocess.Popen([WAVETANK, *long], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        runs = halves / "runs.jsonl"
        end = time.monotonic() + 60
        while not (runs.exists() and runs.stat().st_size) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
        self.assertIn(code, (130, 0))  # on a fast machine it may have finished
        kept = runs.read_text().splitlines()
        self.assertGreater(len(kept), 0)
        runs.write_text("\n".join(kept) + "\n" + kept[0][:100])  # and the machine died while it wrote
        self.assertEqual(wavetank(*long).returncode, 0)
        self.assertEqual(files_of(halves), files_of(self.out))

    def test_a_folder_that_holds_another_sweep_is_not_touched(self):
        self.sweep(self.out, "--shard", "1/6")
        before = files_of(self.out)
        done = self.sweep(self.out, "--shard", "2/6")
        self.assertEqual(done.returncode, 4)
        self.assertIn("holds another sweep", done.stderr)
        self.assertEqual(files_of(self.out), before)

    def test_what_cannot_be_swept_is_refused_before_anything_runs(self):
        for arguments, code, because in [
            (["--vary", "workload.rate"], 2, "expected PATH=VALUES"),
            (["--vary", "workload.rat=1k/s,2k/s"], 3, "did you mean"),
            (["--vary", "workload.rate=1k/s,fast"], 3, "fast"),
            (["--vary", "workload.rate=1..5000/1,7", "--seeds", "1..9"], 2, "limit axis values"),
            (["--vary", "workload.rate=1..900", "--seeds", "1..99"], 2, "limit sweep runs"),
            (["--vary", "workload.rate=1,2", "--shard", "3/2"], 2, "--shard 3/2"),
            (["--vary", "workload.rate=1,2", "--seeds", "2..1"], 2, "--seeds"),
        ]:
            done = wavetank("sweep", QUICKSTART, *arguments, "-o", str(self.out))
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(because, done.stderr)
            self.assertFalse(self.out.exists())

    def test_a_hunt_in_shards_merges_to_the_same_bytes(self):
        hunt = ["hunt", "scenarios/hunt/log.json", "--set", "workload.producer.acks=1", "--unlimited", "--seeds", "1..9"]
        wavetank(*hunt, "-o", str(self.out))
        parts = [self.folder / f"part-{i}" for i in range(1, 4)]
        for i, part in enumerate(parts, 1):
            wavetank(*hunt, "--shard", f"{i}/3", "-o", str(part))
        whole = self.folder / "whole"
        done = wavetank("merge", *map(str, parts), "-o", str(whole))
        self.assertIn(done.returncode, (0, 12), done.stderr)
        self.assertEqual(files_of(whole), files_of(self.out))
        self.assertEqual(len(json.loads((whole / "hunt.json").read_text())["trials"]), 9)
        self.assertIn("shard 2 of 3 is missing", wavetank("merge", str(parts[0]), str(parts[2]), "-o", str(whole)).stderr)

    def test_capacity_finds_a_load_and_names_what_binds(self):
        done = wavetank(*SEARCH, "--vary", "workload.rate=4k/s..256k/s", "-o", str(self.out))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("workload.rate up to", done.stdout)
        report = json.loads((self.out / "capacity.json").read_text())
        (point,) = report["points"]
        self.assertTrue(point["bound_by"], report)
        (seed,) = point["seeds"]
        self.assertLess(seed["holds"], seed["breaks"])
        self.assertIn("<svg", (self.out / "report.html").read_text())

    def test_capacity_exits_with_14_and_says_what_to_widen(self):
        done = wavetank(*SEARCH, "--vary", "workload.rate=100/s..200/s", "-o", str(self.out))
        self.assertEqual(done.returncode, 14, done.stdout + done.stderr)
        self.assertIn("200/s still holds: not bracketed; raise the end of the range", done.stdout)
        done = wavetank(*SEARCH, "--vary", "workload.rate=900k/s..1M/s", "-o", str(self.out))
        self.assertEqual(done.returncode, 14, done.stdout + done.stderr)
        self.assertIn("does not hold: not bracketed; lower the start of the range", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=1)
