"""The manifests of deploy/kubernetes: that they say what Kubernetes takes, and what wavetank takes. Their shell
is run as a pod would run it.  Usage: kubernetes_test.py WAVETANK   (needs python3-yaml; run from the root)"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

# batch/v1 and core/v1, as far as the manifests go (kubernetes.io/docs/reference).
JOB = {"completionMode", "completions", "parallelism", "backoffLimit", "podFailurePolicy", "template"}
POD = {"restartPolicy", "securityContext", "containers", "volumes"}
CONTAINER = {"name", "image", "command", "args", "env", "resources", "volumeMounts"}


def only(found, known, where):
    assert set(found) <= known, f"{where}: {set(found) - known}"


def check_job(job):
    assert job["apiVersion"] == "batch/v1" and job["kind"] == "Job", job
    spec = job["spec"]
    name = job["metadata"]["name"]
    only(spec, JOB, name)
    pod = spec["template"]["spec"]
    only(pod, POD, name)
    assert pod["restartPolicy"] in ("Never", "OnFailure"), name
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        only(container, CONTAINER, name)
        assert container["image"] and container["command"], name
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes, name
        for variable in container.get("env", []):
            assert isinstance(variable["value"], str), f"{name}: {variable} must be a string"
    for rule in spec.get("podFailurePolicy", {}).get("rules", []):
        assert pod["restartPolicy"] == "Never", "podFailurePolicy wants restartPolicy Never"
        codes = rule["onExitCodes"]
        assert codes["containerName"] in {it["name"] for it in pod["containers"]}, name
        assert codes["operator"] == "In" and 0 not in codes["values"], name
        assert codes["values"] == sorted(set(codes["values"])), name


def check_indexed(job):
    spec = job["spec"]
    assert spec["completionMode"] == "Indexed"
    (container,) = spec["template"]["spec"]["containers"]
    shards = {it["name"]: it["value"] for it in container["env"]}["SHARDS"]
    assert spec["completions"] == spec["parallelism"] == int(shards)
    return container, int(shards)


def run(container, wavetank, folder, **environment):
    """The container's command, with the volumes in a folder."""
    shell = [part.replace("/scenario/", f"{folder}/scenario/").replace("/results", f"{folder}/results")
             for part in container["args"]]
    return subprocess.run([*container["command"], *shell], capture_output=True, text=True, env={
        **os.environ, **environment, "PATH": f"{pathlib.Path(wavetank).resolve().parent}:{os.environ['PATH']}"})


def main(wavetank):
    with open("deploy/kubernetes/sweep.yaml", encoding="utf-8") as file:
        claim, sweep, merge = yaml.safe_load_all(file)
    assert claim["kind"] == "PersistentVolumeClaim" and claim["spec"]["accessModes"] == ["ReadWriteMany"]
    for job in (sweep, merge):
        check_job(job)
        for volume in job["spec"]["template"]["spec"]["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    container, shards = check_indexed(sweep)
    (merging,) = merge["spec"]["template"]["spec"]["containers"]

    with tempfile.TemporaryDirectory() as folder:
        scenario = pathlib.Path(folder, "scenario", "scenario.json")
        scenario.parent.mkdir()
        pathlib.Path(folder, "results").mkdir()
        quick = {"extends": str(pathlib.Path("scenarios/log/quickstart.json").resolve()),
                 "duration": "3s", "warmup": "1s", "faults": [], "slos": ["lost == 0"]}
        scenario.write_text(json.dumps(quick))
        small = {**container, "args": [part.replace("1k/s..64k/s*2 --seeds 1..5", "100/s..800/s*2 --seeds 1..2")
                                       for part in container["args"]]}
        assert small["args"] != container["args"]
        for index in range(shards):
            done = run(small, wavetank, folder, JOB_COMPLETION_INDEX=str(index), SHARDS=str(shards))
            assert done.returncode == 0, done.stderr
            early = run(merging, wavetank, folder)
            assert (early.returncode == 0) == (index == shards - 1), early.stderr
        assert pathlib.Path(folder, "results", "whole", "sweep.json").exists()


if __name__ == "__main__":
    main(sys.argv[1])
