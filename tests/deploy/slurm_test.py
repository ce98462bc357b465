"""A sweep as an array job on Debian's slurm, which this test starts itself: on this machine, in a folder of
its own, as whoever runs the test. What the cluster leaves is the same to the byte as what one process leaves.

Usage: slurm_test.py WAVETANK required|optional   (needs slurmctld, slurmd, slurm-client and munge; run from the root)
"""

import getpass
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PATIENCE_S = 120
SWEEP = ["sweep", "scenarios/log/quickstart.json", "--vary", "workload.rate=500/s,1k/s,2k/s", "--seeds", "1..2",
         "--set", "duration=6s", "--set", "faults=[]", "--set", 'slos=["lost == 0"]']
CONFIG = """
ClusterName=wavetank
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
MessageTimeout=30
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
"""


def free_ports(count):
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


class Cluster:
    """munged, slurmctld and slurmd of one machine; ended with the block."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.processes = []
        self.environment = {**os.environ, "SLURM_CONF": f"{folder}/slurm.conf"}

    def __enter__(self):
        controller_port, node_port = free_ports(2)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        (self.folder / "slurm.conf").write_text(CONFIG.format(
            host=socket.gethostname().split(".")[0], user=getpass.getuser(), folder=self.folder,
            controller_port=controller_port, node_port=node_port, cpus=os.cpu_count()))
        self.start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.socket",
                   f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/munged.log",
                   f"--seed-file={self.folder}/munged.seed")
        self.wait_until("munged listens", (self.folder / "munge.socket").exists)
        self.start("slurmctld", "-D", "-i")
        self.wait_until("slurmctld answers", lambda: self.call("scontrol", "ping", check=False).returncode == 0)
        self.start("slurmd", "-D")
        self.wait_until("the node is idle", lambda: "idle" in self.call("sinfo", "-h", "-o", "%t").stdout.split())
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, program, *arguments):
        path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        with open(self.folder / f"{program}.out", "wb") as out:
            self.processes.append(subprocess.Popen([path, *arguments], env=self.environment, stdout=out,
                                                   stderr=subprocess.STDOUT))

    def call(self, *command, check=True, **environment):
        return subprocess.run(command, check=check, capture_output=True, text=True,
                              env={**self.environment, **environment})

    def wait_until(self, what, holds):
        end = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > end or any(process.poll() is not None for process in self.processes):
                for log in sorted(self.folder.glob("*.[lo][ou][gt]")):
                    print(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}")
                sys.exit(f"waited in vain: {what}")
            time.sleep(0.2)


def files_of(folder):
    return {path.name: path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir())}


def main(wavetank, need):
    needed = ("munged", "slurmctld", "slurmd", "sbatch")
    if not all(shutil.which(it, path=os.environ["PATH"] + ":/usr/sbin:/sbin") for it in needed):
        print("not installed: " + ", ".join(needed))
        sys.exit(1 if need == "required" else SKIPPED)
    wavetank = str(pathlib.Path(wavetank).resolve())
    with tempfile.TemporaryDirectory(prefix="slurm") as folder:
        out = pathlib.Path(folder, "out")
        subprocess.run([wavetank, "-q", *SWEEP, "-o", f"{folder}/alone"], check=True)
        with Cluster(folder) as cluster:
            submitted = cluster.call("deploy/slurm/submit", "3", str(out), *SWEEP, WAVETANK=wavetank)
            print("jobs", submitted.stdout.strip())
            cluster.wait_until("all jobs have ended", lambda: not cluster.call("squeue", "-h").stdout.strip())
        logs = {log.name: log.read_text() for log in out.glob("*.log")}
        parts = sorted(path.name for path in out.glob("part-*"))
        assert parts == ["part-1", "part-2", "part-3"], (parts, logs)
        assert (out / "whole").is_dir(), logs
        alone, whole = files_of(f"{folder}/alone"), files_of(out / "whole")
        assert alone.keys() == whole.keys(), (alone.keys(), whole.keys())
        for name in alone:
            assert alone[name] == whole[name], f"{name} differs"
        print(f"the same to the byte: {', '.join(alone)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
