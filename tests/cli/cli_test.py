"""The program as a person meets it. Usage: cli_test.py WAVETANK CANARY_HASH (from the root of the repository)."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

WAVETANK = sys.argv.pop(1)
CANARY_HASH = sys.argv.pop(1)  # a library that makes the program depend on where its code lies
QUICKSTART = "scenarios/log/quickstart.json"
# What loses writes: the leader acknowledges alone, its followers are behind when it dies.
LOSSY = ["--set", "workload.producer.acks=1", "--set",
         'faults=[{"at": "7s", "delay": "broker-1", "by": "50ms", "for": "2s"},'
         '{"at": "7s", "delay": "broker-3", "by": "50ms", "for": "2s"},'
         '{"at": "8s", "crash": "broker-2", "for": "4s", "unsynced": "lost"}]']


def wavetank(*arguments, **options):
    return subprocess.run([WAVETANK, *arguments], capture_output=True, text=True, timeout=120, **options)


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.out = pathlib.Path(self.folder.name, "out")
        self.addCleanup(self.folder.cleanup)

    def run_scenario(self, *arguments):
        return wavetank("run", *arguments, "-o", str(self.out))

    def result(self):
        return json.loads((self.out / "result.json").read_text())

    def scenario(self, text):
        path = pathlib.Path(self.folder.name, "scenario.json")
        path.write_text(text)
        return str(path)

    def test_a_run_that_meets_its_objectives_exits_with_0_and_leaves_its_results(self):
        done = self.run_scenario(QUICKSTART)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("PASS"))
        self.assertIn("repeat: wavetank run", done.stdout)
        self.assertLessEqual(len(done.stdout.splitlines()), 24)
        self.assertEqual(sorted(p.name for p in self.out.iterdir()), ["latency.hlog", "report.html", "result.json", "run.meta.json", "summary.md"])
        self.assertEqual(self.result()["verdict"], "pass")

    def test_a_result_is_shown_again_without_running(self):
        self.run_scenario(QUICKSTART)
        page = (self.out / "report.html").read_bytes()
        (self.out / "report.html").unlink()
        done = wavetank("report", str(self.out))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.out / "report.html").read_bytes(), page)
        for format, beginning in [("text", "PASS"), ("md", "#"), ("json", "{")]:
            shown = wavetank("report", str(self.out / "result.json"), "--format", format)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertTrue(shown.stdout.lstrip("\n").startswith(beginning), shown.stdout[:80])
        self.assertEqual(wavetank("report", str(self.out), "--json").stdout, (self.out / "result.json").read_text())

    def test_explain_names_the_causes_of_a_percentile_and_of_a_broken_objective(self):
        broken = self.run_scenario(QUICKSTART, "--set", 'slos=["e2e.p99 < 10ms", "recovery < 10s"]')
        self.assertEqual(broken.returncode, 99, broken.stderr)
        self.assertIn(f"next:   wavetank explain {self.out}\n", broken.stdout)
        self.assertRegex(broken.stdout, r"why p99 is \d+ ms: batch \d+ %, .* during crash broker-2")
        why = wavetank("explain", str(self.out))
        self.assertEqual(why.returncode, 0, why.stderr)
        self.assertTrue(why.stdout.startswith("e2e.p99 < 10ms is broken: p99 end-to-end was "), why.stdout)
        self.assertRegex(why.stdout, r"\d+ %  waited in a batch that was not sent yet, during crash broker-2\n")
        self.assertIn("slowest was crash broker-2", wavetank("explain", str(self.out), "2").stdout)
        document = json.loads(wavetank("explain", str(self.out), "e2e.p99", "--json").stdout)
        self.assertEqual(document["causes"][0]["leg"], "batch")
        # The record that it names can be looked at.
        event = document["next"].split()
        self.assertEqual(event[0], "--events")
        history = wavetank("replay", str(self.out), *event)
        self.assertEqual(history.returncode, 0, history.stderr)
        self.assertIn("due", history.stdout)
        unknown = wavetank("explain", str(self.out), "e2e.p99 < 11ms")
        self.assertEqual((unknown.returncode, "did you mean \"e2e.p99 < 10ms\"?" in unknown.stderr), (2, True), unknown.stderr)

    def test_no_reader_of_results_is_fooled_by_one_that_is_broken(self):
        self.run_scenario(QUICKSTART)
        whole = (self.out / "result.json").read_text()
        edited = json.loads(whole)
        edited["ledger"]["lost"] = -1
        elsewhere = json.loads(whole)
        for tail in elsewhere["tails"]:
            for place in tail["periods"] + tail["causes"]:
                place["fault"] = 99
        broken = {
            "truncated": whole[:len(whole) // 2],
            "of another version": whole.replace('"schema_version": 1', '"schema_version": 7'),
            "edited by hand": json.dumps(edited),
            "with NaN": whole.replace('"seed": 1', '"seed": NaN'),
            "empty": "",
            "no result": "[]",
            "endless": "[" * 100_000,
        }
        bad = pathlib.Path(self.folder.name, "bad.json")
        good = str(self.out)
        for what, text in broken.items():
            bad.write_text(text)
            for verb in (["report", str(bad), "--format", "text"], ["report", good, "--baseline", str(bad)],
                         ["explain", str(bad)], ["compare", good, str(bad)], ["compare", str(bad), good],
                         ["replay", str(bad), "--events", "1"]):
                with self.subTest(what=what, verb=verb[0]):
                    done = wavetank(*verb)
                    # What is no result, replay takes for a scenario, and a broken one at that.
                    self.assertIn(done.returncode, (3, 4) if verb[0] == "replay" else (4,), done.stderr)
                    self.assertEqual(done.stdout, "")
                    self.assertIn("bad.json", done.stderr)
                    self.assertLess(len(done.stderr), 500)
        # What is well-formed, but names a fault that is none.
        bad.write_text(json.dumps(elsewhere))
        for verb in (["report", str(bad), "-o", "-"], ["explain", str(bad)], ["compare", good, str(bad)]):
            done = wavetank(*verb)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_disk_that_fills_leaves_the_old_report_whole(self):
        self.run_scenario(QUICKSTART)
        report = self.out / "report.html"
        before = report.read_bytes()
        limit = lambda: (resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)), signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
        done = wavetank("report", str(self.out), preexec_fn=limit)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("cannot write", done.stderr)
        self.assertEqual(report.read_bytes(), before)
        self.assertEqual([p.name for p in self.out.iterdir() if p.name.endswith(".new")], [])
        result = (self.out / "result.json").read_bytes()
        again = wavetank("run", QUICKSTART, "--seed", "9", "-o", str(self.out), preexec_fn=limit)
        self.assertEqual(again.returncode, 4, again.stderr)
        self.assertEqual((self.out / "result.json").read_bytes(), result)

    def test_a_title_of_a_megabyte_with_markup_and_escapes_is_shown_and_harms_nothing(self):
        title = "<script>alert(1)</script>\x1b[31m" * 30_000
        text = pathlib.Path(QUICKSTART).read_text()
        path = self.scenario(text.replace('"Three brokers, one crash"', json.dumps(title)))
        done = self.run_scenario(path)
        if done.returncode == 3:  # refused is as good as shown
            self.assertIn("title", done.stderr)
            self.assertLess(len(done.stderr), 5_000)
            self.assertNotIn("\x1b[31m", done.stderr)
            return
        self.assertEqual(done.returncode, 0, done.stderr[:500])
        self.assertNotIn("\x1b[31m", done.stdout)
        page = (self.out / "report.html").read_text()
        self.assertEqual(page.count("<script"), 2)
        for verb in ("explain", "report"):
            shown = wavetank(verb, str(self.out))
            self.assertEqual(shown.returncode, 0, shown.stderr[:500])
            self.assertNotIn("\x1b[31m", shown.stdout)

    def test_the_tornado_turns_settings_one_by_one_and_sorts_them_by_what_they_do(self):
        drawing = pathlib.Path(self.folder.name, "t.svg")
        arguments = ["explain", QUICKSTART, "--tornado", "--knobs", "linger,acks,heartbeat_interval",
                     "--set", "faults=[]", "--set", "slos=[]", "-o", str(drawing)]
        done = wavetank(*arguments, "--metric", "e2e.p50")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("what moves e2e.p50 of Three brokers, one crash", done.stdout)
        self.assertLess(done.stdout.index("linger"), done.stdout.index("heartbeat_interval"))
        document = json.loads(wavetank(*arguments, "--metric", "e2e.p50", "--json", "-j", "1").stdout)
        linger = next(s for s in document["settings"] if s["path"].endswith("linger"))
        self.assertLess(linger["low"]["observed"], document["base"])
        self.assertGreater(linger["high"]["observed"], document["base"])
        self.assertEqual(xml.etree.ElementTree.parse(drawing).getroot().tag, "{http://www.w3.org/2000/svg}svg")
        # The values are those of runs that anybody can make.
        again = pathlib.Path(self.folder.name, "again")
        wavetank("run", QUICKSTART, "--set", "faults=[]", "--set", "slos=[]", "--set",
                 "workload[0].producer.linger=" + linger["high"]["value"], "-o", str(again))
        p50 = json.loads((again / "result.json").read_text())["metrics"]["e2e"]["p50"]
        self.assertAlmostEqual(p50 / 1000, linger["high"]["observed"], places=9)
        for wrong in (["--metric", "e2e.p99 < 1s"], ["--knobs", "nonsense"]):
            self.assertEqual(wavetank("explain", QUICKSTART, "--tornado", *wrong).returncode, 2, wrong)

    def test_compare_tells_the_same_run_from_another_seed(self):
        self.run_scenario(QUICKSTART)
        other = str(self.out) + "-8"
        wavetank("run", QUICKSTART, "--seed", "8", "-o", other)
        same = wavetank("compare", str(self.out), str(self.out / "result.json"))
        self.assertEqual(same.returncode, 0, same.stderr)
        self.assertTrue(same.stdout.startswith("identical: "), same.stdout)
        different = wavetank("compare", str(self.out), other)
        self.assertTrue(different.stdout.startswith("the same scenario, different seeds"), different.stdout)
        self.assertFalse(json.loads(wavetank("compare", str(self.out), other, "--json").stdout)["identical"])
        self.assertEqual(wavetank("compare", str(self.out), "nowhere").returncode, 4)

    def test_what_is_no_result_is_refused_and_nothing_is_overwritten(self):
        self.out.mkdir()
        (self.out / "report.html").write_text("mine")
        for content in [None, "{", "{}", '{"schema_version": 99}']:
            if content is not None:
                (self.out / "result.json").write_text(content)
            done = wavetank("report", str(self.out))
            self.assertEqual(done.returncode, 4, content)
            self.assertIn("result.json", done.stderr)
            self.assertEqual((self.out / "report.html").read_text(), "mine")

    def test_two_runs_write_the_same_bytes_and_another_seed_another_digest(self):
        self.run_scenario(QUICKSTART)
        first = (self.out / "result.json").read_bytes()
        self.run_scenario(QUICKSTART)
        self.assertEqual((self.out / "result.json").read_bytes(), first)
        self.run_scenario(QUICKSTART, "--seed", "99")
        self.assertNotEqual(self.result()["provenance"]["digest"], json.loads(first)["provenance"]["digest"])

    def test_a_verified_run_ends_as_it_does_without_and_says_that_it_is_the_same(self):
        done = self.run_scenario(QUICKSTART, "--verify")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("verified: the same in another process", done.stdout)
        said = json.loads((self.out / "verification.json").read_text())
        self.assertEqual(said["verdict"], "same")
        self.assertGreater(said["events"], 100000)
        self.assertGreater(said["checkpoints"], 100)
        lossy = self.run_scenario(QUICKSTART, *LOSSY, "--verify", "--json", "-j", "1")
        self.assertEqual(lossy.returncode, 12)
        self.assertEqual(json.loads(lossy.stdout)["verification"]["verdict"], "same")
        self.assertEqual(json.loads(lossy.stdout)["result"], self.result())

    def test_a_run_that_depends_on_an_address_exits_with_16_and_the_first_event_is_named(self):
        canary = {**os.environ, "LD_PRELOAD": CANARY_HASH}
        self.assertEqual(wavetank("run", QUICKSTART, "-q", "-o", str(self.out), env=canary).returncode, 0)
        done = wavetank("run", QUICKSTART, "--verify", "-o", str(self.out), env=canary)
        self.assertEqual(done.returncode, 16, done.stdout)
        first = json.loads((self.out / "verification.json").read_text())["first_difference"]
        number = first["here"]["number"]
        self.assertIn(f"two runs differ first at event {number}", done.stdout)
        self.assertIn(first["here"]["event"], done.stdout)
        next_command = done.stdout.splitlines()[-1].removeprefix("next:  wavetank ").split()
        shown = wavetank(*next_command, env=canary)
        self.assertIn(f"\nevent {number} ", shown.stdout)

    def test_marks_that_a_list_expects_and_no_run_reaches_exit_with_10(self):
        kept = pathlib.Path(self.folder.name, "marks.txt")
        unclean = "scenarios/log/unclean-election.json"
        done = wavetank("marks", unclean, "--keep", str(kept))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("log/unclean-election\n", kept.read_text())
        self.assertEqual(wavetank("marks", unclean, "--expect", str(kept), "-q").returncode, 0)
        lost = wavetank("marks", "scenarios/log/acks-all.json", "--expect", str(kept))
        self.assertEqual(lost.returncode, 10, lost.stdout)
        self.assertIn("LOST", lost.stdout)
        told = json.loads(wavetank("marks", "scenarios/log/acks-all.json", "--expect", str(kept), "--json").stdout)
        self.assertIn("log/unclean-election", told["lost"])
        self.assertIn("log/unclean-election", told["never"])
        self.assertEqual(wavetank("marks", unclean, "--expect", "nowhere").returncode, 4)

    def test_a_hunt_tells_which_marks_it_has_reached(self):
        hunt = ["hunt", "scenarios/hunt/log.json", "--seeds", "1..8", "-o", str(self.out)]
        marks = json.loads(wavetank(*hunt, "--json").stdout)["marks"]
        self.assertEqual(len(marks["reached"]) + len(marks["never"]), marks["all"])
        self.assertGreater(len(marks["reached"]), 0)
        for reached in marks["reached"].values():
            self.assertIn(reached["first_seed"], range(1, 9))
        self.assertIn(f"{len(marks['reached'])} of {marks['all']} marks reached", wavetank(*hunt).stdout)

    def test_a_witness_refuses_what_is_no_range_of_events(self):
        for events in ["7", "9..8", "a..b", "1..2x"]:
            self.assertEqual(wavetank("witness", QUICKSTART, "--events", events).returncode, 2, events)

    def test_lost_writes_exit_with_12_and_are_named(self):
        done = self.run_scenario(QUICKSTART, *LOSSY)
        self.assertEqual(done.returncode, 12, done.stdout)
        self.assertGreater(self.result()["ledger"]["lost"], 0)
        lost = self.result()["lost"]
        self.assertTrue(lost[0]["key"] and lost[0]["partition"].startswith("events-"))

    def published(self, name, changes):
        """A scenario file that extends the quickstart, cut short."""
        path = pathlib.Path(self.folder.name, name + ".json")
        path.write_text(json.dumps({"extends": str(pathlib.Path(QUICKSTART).resolve()), "duration": "4s",
                                    "warmup": "1s", "faults": [], "slos": [], **changes}))
        return path

    @staticmethod
    def expectation(row, measure, published, **more):
        return {"row": row, "source": "Somebody 2014", "measure": measure, "published": published,
                "tolerance": "20%", **more}

    def test_published_figures_are_compared_and_one_that_is_outside_exits_with_1(self):
        ratio = "throughput_acknowledged / throughput_acknowledged of fast"
        slow = self.published("slow", {"set": {"workload.rate": "2k/s"}, "expect": [
            self.expectation("test/ratio", ratio, "50%"),
            self.expectation("test/fitted", "throughput_in", "2000/s", calibrated=True)]})
        fast = self.published("fast", {"set": {"workload.rate": "4k/s"}})
        done = wavetank("figures", str(slow.parent), "--json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        table = json.loads(done.stdout)
        self.assertEqual([r["verdict"] for r in table["rows"]], ["within", "calibrated"])
        self.assertAlmostEqual(table["rows"][0]["simulated"], 0.5, delta=0.05)
        self.assertEqual(table["predicted"], 1)

        fast.write_text(fast.read_text().replace("4k/s", "8k/s"))
        done = wavetank("figures", str(slow), str(fast))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("OUTSIDE", done.stdout)
        done = wavetank("figures", str(slow))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn('there is no scenario "fast" among the files', done.stdout)
        self.assertEqual(wavetank("figures", str(fast)).returncode, 2)
        self.assertEqual(wavetank("figures", "no-such-folder").returncode, 4)
        self.assertEqual(wavetank("figures").returncode, 2)
        self.assertEqual(wavetank("figures", "--theory", str(fast)).returncode, 2)

    def test_a_violated_objective_exits_with_99(self):
        done = self.run_scenario(QUICKSTART, "--set", 'slos=["e2e.p50 < 1us"]')
        self.assertEqual(done.returncode, 99, done.stdout)
        self.assertTrue(done.stdout.startswith("FAIL"))

    def test_an_invalid_scenario_exits_with_3_says_all_that_is_wrong_and_writes_nothing(self):
        done = self.run_scenario(self.scenario('{"title": "x",\n "duratoin": "5s",\n "cluster": {"hosts": 3}}'))
        self.assertEqual(done.returncode, 3)
        self.assertIn("scenario.json:2:", done.stderr)
        self.assertIn("did you mean", done.stderr)
        self.assertIn("scenario.json:3:", done.stderr)
        self.assertFalse(self.out.exists())

    def test_an_impossible_or_excessive_wish_exits_with_3_and_names_the_bound(self):
        topic = "services.log.topics[0]."
        wishes = {"replication": ["--set", topic + "replication=4"],
                  "min_insync": ["--set", topic + "min_insync=4"],
                  "rate": ["--set", "workload.rate=-5"],
                  "broker-9": ["--set", 'faults=[{"at": "1s", "crash": "broker-9", "for": "1s"}]'],
                  "partitions": ["--set", topic + "partitions=1000000"],
                  "hosts": ["--set", "cluster.hosts[0].count=100000"],
                  "memory": ["--set", "workload.rate=20M/s", "--set", "duration=40s"],
                  "records": ["--set", "workload.rate=900M/s"],
                  "events": ["--set", "cluster.hosts[0].count=300", "--set", "workload.rate=1/s", "--set",
                             "duration=30 days"]}
        for name, wish in wishes.items():
            with self.subTest(name):
                done = self.run_scenario(QUICKSTART, *wish)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn(name, done.stderr)
        self.assertFalse(self.out.exists())

    def test_a_file_that_cannot_be_read_or_a_folder_that_cannot_be_made_exits_with_4(self):
        self.assertEqual(self.run_scenario("no/such/file.json").returncode, 4)
        pathlib.Path(self.folder.name, "out").write_text("in the way")
        self.assertEqual(self.run_scenario(QUICKSTART).returncode, 4)
        self.assertEqual(self.out.read_text(), "in the way")

    def test_a_wrong_flag_or_verb_exits_with_2(self):
        self.assertEqual(wavetank("run", "--frobnicate").returncode, 2)
        self.assertEqual(wavetank("swim").returncode, 2)
        self.assertEqual(wavetank().returncode, 2)

    def test_several_files_are_run_one_after_the_other_and_never_share_a_result(self):
        both = [QUICKSTART, self.scenario(pathlib.Path(QUICKSTART).read_text())]
        self.assertEqual(self.run_scenario(*both).returncode, 2)
        done = subprocess.run([WAVETANK, "run", *(os.path.abspath(f) for f in both)], capture_output=True, text=True,
                              cwd=self.folder.name, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        written = pathlib.Path(self.folder.name, "wavetank-out")
        self.assertEqual(sorted(p.name for p in written.iterdir()), ["quickstart-seed1", "scenario-seed1"])

    def test_faults_of_one_kind_do_not_overlap_on_a_host(self):
        pauses = ('faults=[{"at": "8s", "pause": "broker-2", "for": "4s"},'
                  '{"at": "9s", "pause": "broker[*]", "for": "4s"}]')
        done = self.run_scenario(QUICKSTART, "--set", pauses)
        self.assertEqual(done.returncode, 3)
        self.assertIn("broker-2 is already under a pause by fault 1", done.stderr)

    def test_an_interrupted_run_exits_with_130_and_leaves_a_result_that_says_so(self):
        process = subprocess.Popen([WAVETANK, "run", QUICKSTART, "--set", "duration=3000s", "--set", "workload.rate=1k/s",
                                    "-o", str(self.out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("interrupted at", json.dumps(self.result()))

    def test_a_gate_is_green_against_the_same_program_and_never_without_a_baseline(self):
        baselines, junit = self.out / "baselines", self.out / "gate.xml"
        self.out.mkdir()
        gate = ["gate", QUICKSTART, "--baseline", str(baselines)]
        missing = wavetank(*gate)
        self.assertEqual(missing.returncode, 11)
        self.assertIn("--update", missing.stdout)
        self.assertEqual(wavetank(*gate, "--update", "--seeds", "2").returncode, 0)
        self.assertEqual(wavetank(*gate, "--update").returncode, 0)
        self.assertEqual(json.loads((baselines / "quickstart.json").read_text())["seeds"], 2, "as many as it knew")
        done = wavetank(*gate, "--junit", str(junit))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("identical", done.stdout)
        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual(suite.get("failures"), "0")
        self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))
        kept = baselines / "quickstart.json"
        kept.write_text(kept.read_text()[:1000])
        truncated = wavetank(*gate)
        self.assertEqual(truncated.returncode, 11, "a baseline that cannot be read is none")
        self.assertEqual(wavetank(*gate, "--soft").returncode, 11, "nor is it green for who asks softly")

    def test_a_gate_turns_red_in_a_slower_world_and_says_so_to_github(self):
        summary = pathlib.Path(self.folder.name, "summary.md")
        test = wavetank("gate", QUICKSTART, "--self-test")
        self.assertEqual(test.returncode, 0, test.stdout + test.stderr)
        self.assertIn("noticed", test.stdout)
        red = wavetank("gate", QUICKSTART, "--baseline", str(self.out), env={
            **os.environ, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)})
        self.assertEqual(red.returncode, 11)
        self.assertIn("::error file=" + QUICKSTART, red.stdout)
        self.assertIn("**FAIL**", summary.read_text())

    def quickstart_with(self, **changes):
        """A scenario that extends the quickstart."""
        return self.scenario(json.dumps({"extends": str(pathlib.Path(QUICKSTART).resolve()), **changes}))

    def test_a_scenario_that_is_there_to_fail_fails_and_passes_the_gate(self):
        done = self.run_scenario("scenarios/log/acks-1.json")
        self.assertEqual(done.returncode, 12, done.stderr)
        self.assertIs(self.result()["as_meant"], True)
        self.assertIn("this is what the scenario is there to show", self.result()["summary"])
        gate = wavetank("gate", "scenarios/log/acks-1.json")
        self.assertEqual(gate.returncode, 0, gate.stdout)
        self.assertIn("fails as it is meant to", gate.stdout)

    def test_a_failure_that_was_declared_and_does_not_come_turns_the_gate_red(self):
        well = self.quickstart_with(slos=["lost == 0"], meant_to_fail={"slos": ["lost == 0"], "why": "it does not"})
        self.assertEqual(self.run_scenario(well).returncode, 0)
        gate = wavetank("gate", well)
        self.assertEqual(gate.returncode, 13, gate.stdout)
        self.assertIn("lost == 0 is not violated", gate.stdout)

    def test_objectives_against_a_baseline_are_unknown_without_one_and_judged_with_it(self):
        baselines = pathlib.Path(self.folder.name, "baselines")
        mine = self.quickstart_with(slos=["e2e.p99 <= baseline*1.05 over 5s"])
        self.assertEqual(self.run_scenario(mine).returncode, 11)
        self.assertEqual(wavetank("run", mine, "--baseline", str(self.out), "-o", str(self.out) + "2").returncode, 0)
        self.assertEqual(wavetank("gate", mine).returncode, 11, "never a false green")
        update = wavetank("gate", mine, "--baseline", str(baselines), "--update", "--seeds", "2")
        self.assertEqual(update.returncode, 0, update.stderr)
        kept = baselines / "scenario.json"
        self.assertEqual(json.loads(kept.read_text())["seeds"], 2)
        self.assertLess(kept.stat().st_size, 10_000)
        self.assertEqual(wavetank("gate", mine, "--baseline", str(baselines)).returncode, 0)
        # The same baseline, as if e2e.p99 had been half: the run and the gate see it.
        doctored = json.loads(kept.read_text())
        doctored["objectives"] = {expr: value / 2 for expr, value in doctored["objectives"].items()}
        kept.write_text(json.dumps(doctored))
        self.assertEqual(wavetank("gate", mine, "--baseline", str(baselines)).returncode, 99)
        run = wavetank("run", mine, "--baseline", str(kept), "-o", str(self.out) + "3")
        self.assertEqual(run.returncode, 99, run.stdout)

    def test_a_gate_turns_red_for_a_figure_that_is_worse_and_tells_that_it_is_not_identical(self):
        gate = ["gate", QUICKSTART, "--baseline", str(self.out)]
        self.assertEqual(wavetank(*gate, "--update").returncode, 0)
        kept = self.out / "quickstart.json"
        baseline = json.loads(kept.read_text())
        better = json.loads(kept.read_text())
        better["figures"]["e2e.p99"] = [value / 2 if isinstance(value, float) else value for value in baseline["figures"]["e2e.p99"]]
        kept.write_text(json.dumps(better))
        red = wavetank(*gate)
        self.assertEqual(red.returncode, 10, red.stdout)
        self.assertIn("e2e.p99", red.stdout)
        junit = self.out / "gate.xml"
        soft = wavetank(*gate, "--soft", "--junit", str(junit))
        self.assertEqual(soft.returncode, 0)
        self.assertIn("! quickstart  regression against baseline, let pass", soft.stdout)
        self.assertIn("next:  wavetank gate", soft.stdout)
        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual([suite.get(kind) for kind in ("failures", "errors", "skipped")], ["0", "0", "1"])
        self.assertEqual(wavetank(*gate, "--soft", "--update").returncode, 2)
        markdown = wavetank(*gate, "--markdown", "-")
        self.assertEqual(markdown.returncode, 10)
        self.assertTrue(markdown.stdout.startswith("**FAIL**: "), "and nothing else: " + markdown.stdout)
        self.assertFalse(pathlib.Path("-").exists())
        self.assertEqual(wavetank(*gate, "--markdown", "-", "--json").returncode, 2)
        baseline["digest"] = "another"
        kept.write_text(json.dumps(baseline))
        other = wavetank(*gate)
        self.assertEqual(other.returncode, 0)
        self.assertIn("the same figures, of other events", other.stdout)

    def test_two_sets_of_seeds_are_compared_pair_by_pair(self):
        before, after = str(self.out / "before"), str(self.out / "after")
        done = wavetank("run", QUICKSTART, "--seeds", "1..3", "-o", before)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("3 of 3 seeds passed", done.stdout)
        self.assertEqual(sorted(os.listdir(before)), ["seed1", "seed2", "seed3"])
        same = wavetank("compare", before, before)
        self.assertIn("3 of them identical", same.stdout)
        wavetank("run", QUICKSTART, "--seeds", "2..4", "--set", "workload.producer.linger=80ms", "-o", after)
        self.assertIn("fewer than 3 pairs", wavetank("compare", before, after).stdout)
        wavetank("run", QUICKSTART, "--seeds", "1..1", "--set", "workload.producer.linger=80ms", "-o", after)
        found = json.loads(wavetank("compare", before, after, "--json").stdout)
        self.assertEqual(found["seeds"], [1, 2, 3])
        effects = {change["name"]: change["effect"] for change in found["changes"]}
        self.assertEqual(effects["publish.p50"], "worse")
        self.assertEqual(effects["lost"], "same")
        self.assertEqual(wavetank("compare", before, before + "/seed1").returncode, 2)

    def test_what_faults_have_cost_is_told_record_by_record(self):
        self.run_scenario("scenarios/log/acks-1.json")
        done = wavetank("compare", str(self.out), "--without-faults", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        cost = json.loads(done.stdout)
        self.assertEqual(cost["records"]["with"], cost["records"]["without"])
        self.assertGreater(cost["delayed"]["records"], 0)
        self.assertGreater(cost["delayed"]["median_s"], 0.1)
        self.assertGreaterEqual(cost["never_with"], self.result()["ledger"]["lost"])
        calm = self.quickstart_with(faults=[], slos=["lost == 0"])
        self.assertEqual(wavetank("compare", calm, "--without-faults").returncode, 2)

    def test_no_baseline_is_made_of_a_run_that_is_not_well(self):
        lossy = self.scenario(json.dumps({"extends": str(pathlib.Path(QUICKSTART).resolve()), "slos": ["e2e.p50 < 1us"]}))
        done = wavetank("gate", lossy, "--baseline", str(self.out), "--update")
        self.assertEqual(done.returncode, 99, done.stdout + done.stderr)
        self.assertFalse(self.out.exists())

    def test_what_a_hunt_finds_shrinks_to_a_file_that_breaks_the_same_rule(self):
        # Logs cut to their high watermarks, as Kafka did before KIP-101.
        flaw = ["--set", "services.log.broker_settings.truncation=high_watermark"]
        hunt = wavetank("hunt", "scenarios/hunt/log.json", "--seeds", "1..100", "--first", "--json", *flaw, "-o", str(self.out / "hunt"))
        self.assertEqual(hunt.returncode, 12, hunt.stderr)
        find = json.loads(hunt.stdout)["finds"][0]
        small = str(self.out / "small.json")
        shrink = wavetank("shrink", find["file"], "-o", small, "--json")
        self.assertEqual(shrink.returncode, 0, shrink.stderr)
        shrunk = json.loads(shrink.stdout)
        self.assertEqual(shrunk["rule"], find["rule"])
        self.assertLessEqual(shrunk["faults_after"], min(5, find["faults"]))
        self.assertEqual(wavetank("shrink", find["file"], "-o", small).returncode, 4, "what is there is not overwritten")
        ran = self.run_scenario(small)
        self.assertEqual(ran.returncode, 12, ran.stderr)
        self.assertIn(find["rule"], (self.out / "result.json").read_text())

    def test_a_find_of_another_program_or_of_no_hunt_is_not_shrunk(self):
        small = str(self.out / "small.json")
        kept = pathlib.Path("scenarios/found/member-loses-its-coordinator-while-it-joins.json")
        done = wavetank("shrink", str(kept), "-o", small)
        self.assertEqual(done.returncode, 4)
        self.assertIn("hunt anew", done.stderr)
        foreign = self.scenario(json.dumps({"extends": str(kept.resolve()), "found": {"rule": "x", "program": "\x1b[31m"}}))
        done = wavetank("shrink", foreign, "-o", small)
        self.assertEqual(done.returncode, 4)
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        done = wavetank("shrink", QUICKSTART, "-o", small)
        self.assertEqual(done.returncode, 4)
        self.assertIn('no "found"', done.stderr)

    def test_a_find_that_names_no_rule_is_not_shrunk(self):
        version = wavetank("--version").stdout.split()[-1]
        found = {"rule": "log/lost-writes", "program": version}
        file = self.scenario(json.dumps({"extends": str(pathlib.Path(QUICKSTART).resolve()), "found": found}))
        done = wavetank("shrink", file, "-o", str(self.out / "small.json"))
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("log/lost-writes is no rule (`wavetank list rules`", done.stderr)

    def test_an_unlimited_hunt_says_by_which_rules_it_judges(self):
        hunt = ["hunt", "scenarios/hunt/log.json", "--seeds", "1..2"]
        unlimited = wavetank(*hunt, "--unlimited", "-o", str(self.out / "unlimited"))
        self.assertIn("judged by rules that hold whatever is lost", unlimited.stdout)
        self.assertNotIn("judged by", wavetank(*hunt, "-o", str(self.out / "limited")).stdout)

    def test_a_hunt_tells_of_files_that_earlier_hunts_left(self):
        self.out.mkdir(exist_ok=True)
        (self.out / "log-7.json").write_text("{}")
        done = wavetank("hunt", "scenarios/hunt/log.json", "--seeds", "1..2", "-o", str(self.out))
        self.assertIn("held 1 file before this hunt", done.stdout)

    def test_marks_wants_something_to_run(self):
        self.assertEqual(wavetank("marks").returncode, 2)

    def test_a_hunt_says_what_its_budget_left_out(self):
        done = wavetank("hunt", "scenarios/hunt/log.json", "--seeds", "1..100000", "--budget", "1s", "-o", str(self.out))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("of the seeds were not tried", done.stdout)

    def replay(self, *arguments):
        return wavetank("replay", str(self.out), *arguments)

    def test_a_result_is_replayed_up_to_a_moment_and_its_digest_compared(self):
        self.run_scenario(QUICKSTART)
        done = self.replay("--at", "9s", "--show", "broker-1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("broker-1 at 9.000000 s", done.stdout)
        self.assertIn("last transitions", done.stdout)
        self.assertIn("the run is the one that was: digest " + self.result()["provenance"]["digest"], done.stdout)
        document = json.loads(self.replay("--at", "9s", "--show", "broker-1", "--json").stdout)
        partitions = document["nodes"][0]["state"]["role"]["partitions"]
        self.assertEqual([p["name"] for p in partitions][:6], [f"events-{i}" for i in range(6)])
        two = self.replay("--at", "9s", "--show", "broker-1", "--diff", "broker-3")
        self.assertIn("role / partitions / events-", two.stdout)
        self.assertRegex(two.stdout, r"- leader +\+ follower|- follower +\+ leader")
        unchecked = self.replay("--at", "9s", "--show", "broker-1", "--unchecked")
        self.assertNotIn("the run is the one that was", unchecked.stdout)
        self.assertEqual(done.stdout.splitlines()[:-1], unchecked.stdout.splitlines())

    def test_a_run_that_lost_a_record_says_how_to_follow_it(self):
        done = self.run_scenario(QUICKSTART, *LOSSY)
        self.assertEqual(done.returncode, 12)
        command = [line for line in done.stdout.splitlines() if line.startswith("next:")][0].split()[1:]
        self.assertEqual(command[:2], ["wavetank", "replay"])
        followed = wavetank(*command[1:])
        self.assertEqual(followed.returncode, 0, followed.stderr)
        self.assertIn("acknowledged as events-", followed.stdout)
        self.assertRegex(followed.stdout, r"x  (gone from|cut by) broker-2|lacks it")
        self.assertIn("log/lost-write is broken", done.stdout)

    def test_a_scenario_file_is_replayed_with_what_is_set_and_seeded(self):
        done = wavetank("replay", QUICKSTART, *LOSSY, "--seed", "3", "--at", "first-failure", "--show", "broker-2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("at 8.000000 s: crash of broker-2 begins, after which log/lost-write is broken", done.stdout)

    def test_what_cannot_be_replayed_is_refused_with_the_reason(self):
        self.run_scenario(QUICKSTART)
        path = self.out / "result.json"
        whole = path.read_text()
        at = ["--at", "9s", "--show", "broker-1"]

        def refused(text, because, code=4):
            path.write_text(text)
            done = self.replay(*at)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(because, done.stderr)
            self.assertEqual(done.stdout, "")

        result = json.loads(whole)
        refused(whole[:2000], "result.json")
        refused(whole.replace(result["provenance"]["program_version"], "0.0.7"), "it was run by version 0.0.7")
        refused(whole.replace(result["provenance"]["digest"], "0" * 16), "is not the one that was", code=1)
        result["config"]["workload"][0]["rate"] = "2k/s"
        refused(json.dumps(result), "it was edited")
        path.write_text(whole)
        for arguments, because, code in [
                (["--at", "9s", "--show", "brocker-1"], 'did you mean "broker-1"', 1),
                (["--at", "900s", "--show", "broker-1"], "is beyond the end", 1),
                (["--at", "soon", "--show", "broker-1"], "no moment of a run", 2),
                (["--at", "first-failure", "--show", "broker-1"], "no rule is broken", 1),
                (["--at", "9s"], "belong together", 2),
                (["--show", "broker-1"], "say what to show", 2),
                (["--at", "9s", "--show", "broker-1", "--show", "broker-2", "--diff", "broker-3"], "--diff", 2),
                (["--events", "events-0@99999999"], "nothing was ever written at", 1),
                (["--events", "events-9@1"], 'did you mean "events-', 1),
                (["--seed", "3", *at], "for scenario files", 2),
                ([], "say what to show", 2)]:
            done = self.replay(*arguments)
            self.assertEqual(done.returncode, code, f"{arguments}: {done.stderr}")
            self.assertIn(because, done.stderr)
        self.assertEqual(wavetank("replay", "nowhere", *at).returncode, 4)

    def test_text_of_a_scenario_never_reaches_the_terminal_as_an_escape(self):
        done = self.run_scenario(QUICKSTART, "--set", 'title="\\u001b[31mred\\u0007"')
        self.assertNotIn("\x1b", done.stdout)
        self.assertNotIn("\x07", done.stdout)
        done = wavetank("check", QUICKSTART, "--set", '\x1b[31mx=1')
        self.assertNotIn("\x1b", done.stdout + done.stderr)

    def test_a_result_is_exported_in_every_format_or_the_reason_is_said(self):
        self.run_scenario(QUICKSTART)
        self.assertTrue((self.out / "latency.hlog").exists())
        begins = {"csv": "run,scenario,seed,", "gbench": "{", "hgrm": "       Value", "hlog": "#[Histogram log format",
                  "junit": "<?xml", "omb": "{", "openmetrics": "# TYPE wavetank_", "otlp": '{"resourceSpans"', "perfetto": "{"}
        for form, text in begins.items():
            done = wavetank("export", str(self.out), "--format", form)
            self.assertEqual((done.returncode, done.stdout[:len(text)]), (0, text), form)
        sent = json.loads(wavetank("export", str(self.out), "--format", "omb").stdout)
        self.assertEqual(sent["publishDelayLatency50pct"][0], 0)  # producers take what they are given
        self.assertEqual(len(sent["publishErrorRate"]), 2)
        to = self.out / "alert.yml"
        done = wavetank("--json", "export", str(self.out / "result.json"), "--format", "promtool-test", "-o", str(to),
                        "--alert-over", "5s", "--alert-for", "0s")
        self.assertEqual([pathlib.Path(file["path"]).name for file in json.loads(done.stdout)["files"]],
                         ["alert.yml", "alert.rules.yml"])
        self.assertIn("fires from", to.read_text())

        one = ["export", str(self.out), "--format"]
        for arguments, code, why in [
                (one + ["promtool-test"], 2, "say where with -o"),
                (one + ["openmetrics", "--epoch", "yesterday"], 2, "as 2026-01-31"),
                (one + ["promtool-test", "-o", str(to), "--alert-limit", "0s"], 2, "--alert-limit"),
                (one + ["csv", str(self.out)], 2, "the same run as one before"),
                (one + ["hlog", str(self.out)], 2, "name one RESULT"),
                (one + ["csv", "-o", "/proc/no/where"], 4, "cannot write"),
                (["export", "/nowhere", "--format", "csv"], 4, "cannot read")]:
            done = wavetank(*arguments)
            self.assertEqual(done.returncode, code, arguments)
            self.assertIn(why, done.stderr)

        log = self.out / "latency.hlog"
        text = log.read_text()
        far = text + text.splitlines()[-2].replace(text.splitlines()[-2].split(",")[0], "900000000.000", 1) + "\n"
        for wrong, why in [(text.replace("#[Run: ", "#[Run: 0"), "another run"), (text[:-20], "cannot be read"),
                           (far, "goes on at 900000000 s: the run was over"), (None, "every run leaves one")]:
            log.unlink() if wrong is None else log.write_text(wrong)
            done = wavetank(*one, "csv")
            self.assertEqual(done.returncode, 4)
            self.assertIn(why, done.stderr)

    def test_an_export_goes_where_it_is_sent_and_leaves_what_is_no_file_in_place(self):
        self.run_scenario(QUICKSTART)
        folder = pathlib.Path(self.folder.name)
        command = ["export", str(self.out), "--format", "csv", "-o"]
        text = wavetank(*command[:-1]).stdout

        kept, link, dangling = folder / "kept.csv", folder / "link.csv", folder / "dangling.csv"
        kept.write_text("old")
        link.symlink_to("kept.csv")
        dangling.symlink_to(folder / "new.csv")
        (folder / "kept.csv.new").write_text("mine")
        for path, target in [(dangling, folder / "new.csv"), (link, kept), (kept, kept)]:
            self.assertEqual(wavetank(*command, str(path)).returncode, 0)
            self.assertEqual((path.is_symlink(), target.read_text()), (path != target, text))
        self.assertEqual((folder / "kept.csv.new").read_text(), "mine")
        self.assertEqual(sorted(p.name for p in folder.iterdir() if ".new" in p.name), ["kept.csv.new"])

        done = wavetank("--quiet", *command, "/dev/stdout")
        self.assertTrue(done.stdout.startswith(text), done.stdout[:100])
        shell = subprocess.run(["sh", "-c", '"$0" "$@" > "$OUTPUT"', WAVETANK, *command, "/dev/stdout"], timeout=60,
                               env=dict(os.environ, OUTPUT=str(folder / "all")))
        self.assertEqual(shell.returncode, 0)
        self.assertEqual((folder / "all").read_text(), text + "/dev/stdout\n")
        self.assertEqual(wavetank(*command, "/dev/null").returncode, 0)
        self.assertTrue(pathlib.Path("/dev/null").is_char_device())

        loop = folder / "loop"
        loop.symlink_to("loop")
        for path, why in [(loop, "cannot write"), (folder, "cannot write"), ("/dev/full", "No space left")]:
            done = wavetank(*command, str(path))
            self.assertEqual(done.returncode, 4, path)
            self.assertIn(why, done.stderr)
        self.assertTrue(loop.is_symlink())

    def test_an_answer_that_nobody_gets_is_an_error(self):
        again = self.scenario(pathlib.Path(QUICKSTART).read_text())
        for arguments in (["--version"], ["run", os.path.abspath(QUICKSTART), again]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([os.path.abspath(WAVETANK), *arguments], stdout=full, stderr=subprocess.PIPE, text=True,
                                      timeout=60, cwd=self.folder.name)
            self.assertEqual(done.returncode, 4, arguments)
            self.assertIn("cannot write to stdout", done.stderr)

    def test_files_of_other_tools_become_scenarios_that_run(self):
        folder = pathlib.Path(self.folder.name)
        workload, driver, chaos, broken = (folder / name for name in ("workload.yaml", "driver.yaml", "chaos.yaml", "broken.yaml"))
        workload.write_text("name: small\ntopics: 1\npartitionsPerTopic: 4\nmessageSize: 200\npayloadFile: x.data\n"
                            "subscriptionsPerTopic: 1\nconsumerPerSubscription: 1\nproducersPerTopic: 2\nproducerRate: 200\n"
                            "testDurationMinutes: 5\n")
        driver.write_text("name: Kafka\ndriverClass: io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver\n"
                          "replicationFactor: 3\ntopicConfig: |\n  min.insync.replicas=2\nproducerConfig: |\n  acks=all\n  linger.ms=1\n")
        load = folder / "load.json"
        done = wavetank("import", str(workload), str(driver), "--from", "omb", "--duration", "12s", "-o", str(load))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("workload.yaml:5:14: warning: carried over as something else", done.stderr)
        self.assertEqual(wavetank("check", str(load)).returncode, 0)

        chaos.write_text("kind: PodChaos\nspec:\n  action: pod-kill\n  mode: one\n  selector:\n    labelSelectors: {app: kafka}\n")
        both = folder / "both.json"
        laid = ["import", str(chaos), "--from", "chaosmesh", "--onto", str(load), "--restart-after", "3s"]
        self.assertEqual(wavetank(*laid).returncode, 3)  # nobody knows who kafka is
        done = wavetank("--json", *laid, "--map", "app=kafka=broker[*]", "--at", "5s", "-o", str(both))
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual(said["scenario"]["faults"], [{"at": "5s", "process_kill": "broker-1", "for": "3s"}])
        self.assertIn("/spec/mode", [note["pointer"] for note in said["notes"]])
        self.assertEqual(self.run_scenario(str(both)).returncode, 0)
        result = self.result()
        self.assertEqual(result["faults"][0]["kind"], "process_kill")
        self.assertAlmostEqual(result["ledger"]["produced"], 2400, delta=10)

        broken.write_text("name: x\ntopics: [1, 2\n")
        done = wavetank("import", str(broken), "--from", "omb")
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("broken.yaml:3:1: error: not YAML", done.stderr)
        self.assertEqual(wavetank("import", "/nowhere.yaml", "--from", "omb").returncode, 4)
        self.assertEqual(wavetank("import", str(chaos), "--from", "chaosmesh").returncode, 2)
        self.assertEqual(wavetank("import", str(workload), "--from", "omb", "--duration", "never").returncode, 2)

    def test_colour_is_for_terminals_or_whoever_insists(self):
        self.assertNotIn("\x1b", self.run_scenario(QUICKSTART).stdout)
        forced = wavetank("--color", "always", "run", QUICKSTART, "-o", str(self.out))
        self.assertIn("\x1b[", forced.stdout)
        plain = wavetank("--plain", "run", QUICKSTART, "-o", str(self.out))
        self.assertTrue(plain.stdout.isascii())

    def test_json_is_one_document_the_same_as_the_file(self):
        done = wavetank("--json", "run", QUICKSTART, "-o", str(self.out))
        self.assertEqual(done.stdout, (self.out / "result.json").read_text())

    def test_every_verb_gives_one_json_document(self):
        folder = pathlib.Path(self.folder.name)
        out = lambda name: str(folder / name)
        short = ["--set", "duration=6s", "--set", "faults=[]", "--set", "slos=[]"]
        rates = ["--vary", "workload.rate=200/s,400/s"]
        flaw = ["--set", "services.log.broker_settings.truncation=high_watermark"]
        hunt = ["hunt", "scenarios/hunt/log.json", "--seeds", "1..100", "--first", *flaw, "-o"]
        find = json.loads(wavetank("--json", *hunt, out("hunt")).stdout)["finds"][0]["file"]
        toxics = folder / "toxics.json"
        toxics.write_text(json.dumps([{"name": "broker", "listen": "[::]:1", "upstream": "broker-1:9092", "toxics": [
            {"name": "slow", "type": "latency", "stream": "downstream", "toxicity": 1.0, "attributes": {"latency": 100}}]}]))
        verbs = {
            "run": [["run", QUICKSTART, "-o", out("run")]],
            "report": [["report", out("run")]],
            "explain": [["explain", out("run")]],
            "compare": [["compare", out("run"), out("run")]],
            "check": [["check", QUICKSTART]],
            "gate": [["gate", QUICKSTART, "--baseline", out("kept"), "--update"], ["gate", QUICKSTART, "--baseline", out("kept")],
                     ["gate", "scenarios/coordination/kv-leader-crash.json", "--self-test"]],
            "hunt": [[*hunt, out("again")]],
            "capacity": [["capacity", QUICKSTART, *short, "--vary", "workload.rate=200/s..400/s", "-o", out("capacity")]],
            "sweep": [["sweep", QUICKSTART, *short, *rates, "--shard", f"{n}/2", "-o", out(f"part{n}")] for n in (1, 2)],
            "calibrate": [["calibrate", "--rounds", "1", "-o", out("costs.json")]],
            "merge": [["merge", out("part1"), out("part2"), "-o", out("merged")]],
            "shrink": [["shrink", find, "-o", out("small.json")]],
            "replay": [["replay", out("run"), "--at", "5s", "--show", "broker-1"], ["replay", out("run"), "--events", "5"]],
            "export": [["export", out("run"), "--format", "csv", "-o", out("run.csv")]],
            "marks": [["marks", QUICKSTART]],
            "figures": [["figures", "scenarios/published/etcd-3.2-write-1-client.json"]],
            "import": [["import", str(toxics), "--from", "toxiproxy", "--onto", QUICKSTART, "-o", out("imported.json")]],
            "init": [["init"], ["init", "--ci", "gitlab"], ["init", "-o", out("init")]],
            "list": [["list"], ["list", "faults"]],
            "schema": [["schema"]],
            "help": [["help"], ["help", "gate"], ["help", "exit-codes"]],
            "completion": [["completion", "bash"]],
            "man": [["man"]],
        }
        verbs["run"] += [["run", QUICKSTART, *short, "--seeds", "1..2", "-o", out("seeds")]]
        self.assertEqual(set(verbs), {verb["name"] for verb in json.loads(wavetank("man", "--json").stdout)["verbs"]})
        for verb, calls in verbs.items():
            for call in calls:
                with self.subTest(verb=verb, call=call):
                    done = wavetank("--json", *call)
                    json.loads(done.stdout)  # one document, and nothing else
                    self.assertNotEqual(done.returncode, 2, done.stderr)

    def test_results_of_several_files_are_a_list(self):
        bad = self.scenario("{}")
        done = subprocess.run([WAVETANK, "--json", "run", os.path.abspath(QUICKSTART), bad], capture_output=True, text=True,
                              timeout=120, cwd=self.folder.name)
        self.assertEqual(done.returncode, 3, done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual([(it["exit_code"], it["result"] is None) for it in said], [(0, False), (3, True)])
        self.assertEqual(said[0]["result"]["verdict"], "pass")

    def test_a_folder_holds_results_of_one_kind(self):
        self.run_scenario(QUICKSTART)
        page = (self.out / "report.html").read_bytes()
        hunt = ["hunt", "scenarios/hunt/log.json", "--seeds"]
        for verb in (["sweep", QUICKSTART, "--vary", "workload.rate=100/s,200/s"], [*hunt, "1..2"],
                     ["capacity", QUICKSTART, "--vary", "workload.rate=100/s..200/s"]):
            done = wavetank(*verb, "-o", str(self.out))
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn("results of another kind (result.json)", done.stderr)
        self.assertEqual((self.out / "report.html").read_bytes(), page)
        hunted = str(pathlib.Path(self.folder.name, "hunted"))
        for _ in range(2):
            self.assertEqual(wavetank(*hunt, "1..2", "-o", hunted).returncode, 0)
        other = wavetank(*hunt, "3..4", "-o", hunted)
        self.assertEqual((other.returncode, "another hunt" in other.stderr), (4, True), other.stderr)

    def test_a_command_to_repeat_survives_a_shell(self):
        strange = pathlib.Path(self.folder.name, "my file's.json")
        strange.write_text(pathlib.Path(QUICKSTART).read_text())
        done = self.run_scenario(str(strange), "--set", "title=it's; false")
        self.assertEqual(done.returncode, 0, done.stderr)
        command = next(line for line in done.stdout.splitlines() if line.startswith("repeat: ")).removeprefix("repeat: wavetank")
        again = subprocess.run(["bash", "-c", f"{WAVETANK} {command.split('  #')[0]} -o {self.out}2"], capture_output=True, text=True)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual((pathlib.Path(f"{self.out}2") / "result.json").read_bytes(), (self.out / "result.json").read_bytes())

    def test_output_reaches_files_of_every_kind_or_an_error_says_so(self):
        self.run_scenario(QUICKSTART)
        whole = wavetank("export", str(self.out), "--format", "csv").stdout
        linked, link = pathlib.Path(self.folder.name, "linked.csv"), pathlib.Path(self.folder.name, "link.csv")
        linked.write_text("old")
        link.symlink_to(linked)
        self.assertEqual(wavetank("export", str(self.out), "--format", "csv", "-o", str(link)).returncode, 0)
        self.assertTrue(link.is_symlink())
        self.assertEqual(linked.read_text(), whole)
        pipe = pathlib.Path(self.folder.name, "pipe")
        os.mkfifo(pipe)
        reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True)
        self.assertEqual(wavetank("export", str(self.out), "--format", "csv", "-o", str(pipe)).returncode, 0)
        self.assertEqual(reader.communicate(timeout=60)[0], whole)
        self.assertTrue(pipe.is_fifo())
        for verb in (["list", "exit-codes"], ["export", str(self.out), "--format", "csv"], ["explain", str(self.out)]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([WAVETANK, *verb], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
            self.assertEqual(done.returncode, 4, verb)
            self.assertIn("No space left on device", done.stderr)
        self.assertEqual(wavetank("report", str(self.out), "--json", "-o", str(linked)).returncode, 0)
        self.assertEqual(json.loads(linked.read_text())["verdict"], "pass")

    def test_check_says_ok_or_what_is_wrong(self):
        self.assertEqual(wavetank("check", QUICKSTART).returncode, 0)
        done = wavetank("--json", "check", QUICKSTART, "--set", "sed=1")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(json.loads(done.stdout)[0]["level"], "error")

    def test_init_prints_a_scenario_that_runs(self):
        done = wavetank("init")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.run_scenario(self.scenario(done.stdout)).returncode, 0)
        self.assertIn("did you mean 'log/quickstart'", wavetank("init", "log/quickstrat").stderr)

    def pipeline(self, script):
        """What a pipeline does when it gates, in the repository that init has made."""
        path = os.path.dirname(os.path.abspath(WAVETANK)) + ":" + os.environ["PATH"]
        return subprocess.run(["bash", "-euc", script], cwd=self.out, env={**os.environ, "PATH": path}, capture_output=True,
                              text=True, timeout=120)

    def gate_lines(self, text):
        return "\n".join(line.strip().removeprefix("- ").removeprefix("run: ") for line in text.splitlines()
                         if "wavetank gate" in line and not line.startswith("#"))

    def test_calibrate_writes_a_cost_table_that_a_scenario_names(self):
        table = pathlib.Path(self.folder.name, "mine.json")
        done = wavetank("calibrate", "--rounds", "1", "--name", "mine", "-o", str(table))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("a block checksummed", done.stdout)
        costs = json.loads(table.read_text())
        self.assertEqual(costs["name"], "mine")
        self.assertGreater(costs["picoseconds"]["bytes_checksummed"], 0)
        ran = self.run_scenario(QUICKSTART, "--set", f"cluster.cost_table={table}")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(self.result()["provenance"]["cost_table"], "mine")
        # The result carries the table: it can be replayed when the file is gone.
        written = table.read_text()
        again = wavetank("calibrate", "--rounds", "1", "-o", str(table))
        self.assertEqual(again.returncode, 4)
        self.assertIn("is there already", again.stderr)
        self.assertEqual(table.read_text(), written)
        self.assertEqual(wavetank("calibrate", "--name", "a b").returncode, 2)

    def test_init_makes_a_repository_whose_pipeline_gates_every_change(self):
        for ci, file in [("github", ".github/workflows/wavetank.yml"), ("gitlab", ".gitlab-ci.yml")]:
            done = wavetank("init", "-o", str(self.out), "--ci", ci)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((self.out / file).read_text(), wavetank("init", "--ci", ci).stdout)
            self.assertIn("WAVETANK_SOURCE", done.stdout, "what the pipeline needs to be told")
        scenario = self.out / "scenarios" / "quickstart.json"
        self.assertIn("kept   " + str(scenario), done.stdout)  # by the second one
        schema = json.loads((self.out / "wavetank.schema.json").read_text())
        self.assertEqual(schema["$schema"], "http://json-schema.org/draft-07/schema#")
        self.assertIn('"$schema": "../wavetank.schema.json"', scenario.read_text())
        snippet = pathlib.Path("README.md").read_text().split("```yaml\n")[1].split("```")[0]
        scripts = [self.gate_lines(text) for text in
                   ((self.out / ".github/workflows/wavetank.yml").read_text(), (self.out / ".gitlab-ci.yml").read_text(), snippet)]
        for script in scripts:
            self.assertEqual(self.pipeline(script).returncode, 11, "without baselines it is never green")
        self.assertEqual(self.pipeline("wavetank gate scenarios --baseline baselines --update").returncode, 0)
        for script in scripts:
            (self.out / "gate.xml").unlink()
            done = self.pipeline(script)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            xml.etree.ElementTree.parse(self.out / "gate.xml")
        scenario.write_text(scenario.read_text().replace('"recovery < 10s"', '"recovery < 1ms"'))
        for script in scripts:
            self.assertNotEqual(self.pipeline(script).returncode, 0)

    def test_a_template_that_extends_another_runs_anywhere(self):
        self.assertIn("template:log/acks-all", wavetank("init", "acks-0").stdout)
        mine = self.scenario(wavetank("init", "log/clean-election").stdout)
        self.assertEqual(wavetank("check", mine).returncode, 0)
        self.assertIn("'acks-1'", wavetank("init", "ack-1").stderr)

    def test_mistyped_verbs_flags_and_files_are_guessed(self):
        for wrong, guess in [(["rnu", "x"], "'run'"), (["run", "x.json", "--sede", "8"], "'--seed'"), (["--jsn", "list"], "'--json'"),
                             (["gate", "--basline=x", "y"], "'--baseline'"), (["help", "comapre"], "'compare'")]:
            done = wavetank(*wrong)
            self.assertEqual(done.returncode, 2, wrong)
            self.assertIn("did you mean " + guess, done.stderr)
        self.assertNotIn("did you mean", wavetank("run", "--seed", "no", QUICKSTART).stderr)
        self.assertIn("quickstart.json?", wavetank("run", "scenarios/log/quickstrat.json").stderr)

    def test_help_is_of_a_verb_or_of_exit_codes(self):
        self.assertIn("Usage: wavetank gate", wavetank("help", "gate").stdout)
        self.assertIn("SLO violated", wavetank("help", "exit-codes").stdout)

    def complete(self, *words):
        """What bash offers for the last of these words."""
        script = ('eval "$("$0" completion bash)"; compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '_wavetank; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, WAVETANK, *words], capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def test_bash_completes_verbs_flags_values_and_files(self):
        self.assertEqual(self.complete("wavetank", "comp"), ["compare", "completion"])
        self.assertEqual(self.complete("wavetank", "run", "--see"), ["--seed", "--seeds"])
        self.assertEqual(self.complete("wavetank", "list", "fa"), ["faults"])
        self.assertEqual(self.complete("wavetank", "--color", "al"), ["always"])
        self.assertEqual(self.complete("wavetank", "gate", "--color", "ne"), ["never"])
        self.assertEqual(self.complete("wavetank", "init", "log/quick"), ["log/quickstart"])
        self.assertEqual(self.complete("wavetank", "run", "scenarios/log/quick"), [QUICKSTART])
        pathlib.Path(self.folder.name, "a b.json").touch()
        self.assertEqual(self.complete("wavetank", "run", self.folder.name + "/a"), [self.folder.name + "/a b.json"])

    def test_completions_and_the_manual_know_every_verb_and_flag(self):
        line = json.loads(wavetank("man", "--json").stdout)
        self.assertNotIn("witness", [verb["name"] for verb in line["verbs"]])
        manual = wavetank("man").stdout
        scripts = {shell: wavetank("completion", shell).stdout for shell in ["bash", "zsh", "fish"]}
        for verb in line["verbs"]:
            self.assertIn(f".SS {verb['name']}\n", manual)
            for shell, script in scripts.items():
                self.assertIn(verb["name"], script, shell)
            for flag in verb["options"]:
                self.assertIn(flag["long"].replace("-", "\\-"), manual)
                for shell, script in scripts.items():
                    self.assertIn(("-l " + flag["long"][2:]) if shell == "fish" else flag["long"], script, shell)

    def test_the_manual_is_roff_without_a_warning(self):
        done = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-cbou"], input=wavetank("man").stdout, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("EXIT STATUS", done.stdout)

    def test_list_and_schema_help_to_start(self):
        for topic in ["templates", "faults", "metrics", "units", "hardware", "networks", "costs", "figures", "rules", "exit-codes"]:
            self.assertEqual(wavetank("list", topic).returncode, 0, topic)
            self.assertTrue(json.loads(wavetank("list", topic, "--json").stdout), topic)
        self.assertIn("orders/broker-failure", wavetank("list").stdout)
        self.assertIn("orders/broker-failure", wavetank("init", "--list").stdout)
        self.assertEqual(json.loads(wavetank("schema").stdout)["$schema"], "http://json-schema.org/draft-07/schema#")


if __name__ == "__main__":
    unittest.main(verbosity=1)
