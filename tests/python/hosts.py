"""Hosts on one machine, joined by a network: Linux namespaces, veth pairs and a bridge.

A host has its own loopback, processes, shared memory and disk (a tmpfs), and can write nowhere
else. It ends with the process that made it, however that one ends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_UNSHARE = ["unshare", "--net", "--mount", "--pid", "--ipc", "--fork", "--kill-child"]
_UNSHARE += ["--mount-proc"]

# The first process of a host, which ends with its standard input, and all others with it. The disk
# is at the same path in every host; all that the hosts have in common can only be read. What cannot
# be mounted so is no disk.
_FIRST = """
cat /proc/self/mounts | while read -r _ place _; do
  mount -o remount,bind,ro "$place" 2>/dev/null || true
done
mount -t tmpfs none /dev/shm
mount -t tmpfs none "$1"
cd "$1"
ip link set lo up
echo up
exec cat
"""

#: How long a program may take to end on a busy machine.
_TIMEOUT_S = 120

_TRIAL = "mount -t tmpfs none /dev/shm; ip link add type veth; ip link add type bridge"


def missing() -> str | None:
    """Say why no host can be made here; None if one can."""
    for program in ("unshare", "nsenter", "ip"):
        if not shutil.which(program):
            return f"there is no {program} to make hosts with: install util-linux and iproute2"
    tried = subprocess.run([*_UNSHARE, "sh", "-ec", _TRIAL], capture_output=True, text=True)
    if tried.returncode:
        return f"only root may make hosts, and not everywhere: {tried.stderr.strip()}"
    return None


@dataclass
class Host:
    """A host, which is off until it is switched on.

    Attributes
    ----------
    name:
        That of its port in the switch.
    address:
        Of IPv4, with the length of the network's prefix, or "" for none.
    disk:
        An empty folder, where the host's disk is put: nothing is seen there from outside.
    switch:
        What it is plugged into.
    """

    name: str
    address: str
    disk: Path
    switch: Host | None = None
    _unshare: subprocess.Popen[str] | None = field(default=None, repr=False)
    _programs: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    @property
    def ip(self) -> str:
        return self.address.partition("/")[0]

    @property
    def pid(self) -> int:
        """The first process, as it is seen from outside."""
        assert self._unshare is not None, f"{self.name} is off"
        [first] = psutil.Process(self._unshare.pid).children()
        return int(first.pid)

    def switch_on(self) -> None:
        self._unshare = subprocess.Popen(
            [*_UNSHARE, "sh", "-ec", _FIRST, self.name, str(self.disk)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if not self._unshare.stdout or self._unshare.stdout.readline() != "up\n":
            raise RuntimeError(f"the host {self.name} did not start")
        if self.switch is not None:
            port = [self.name, "netns", str(self.switch.pid)]
            _run("ip", "link", "add", *port, "type", "veth", "peer", "eth0", "netns", str(self.pid))
            self.ip_command("address", "add", self.address, "dev", "eth0")
            self.ip_command("link", "set", "eth0", "up")
            self.switch.ip_command("link", "set", self.name, "master", "bridge", "up")

    def switch_off(self) -> None:
        """End all that runs there at once; the others see that their connections are over."""
        if self._unshare is not None:
            self._unshare.kill()
            self._unshare.communicate()
            self._unshare = None
        self.await_programs()
        if self.switch is not None:
            # It goes with the host, but maybe later than another one of its name comes.
            with contextlib.suppress(subprocess.CalledProcessError):
                self.switch.ip_command("link", "delete", self.name)

    def unplug(self) -> None:
        """Cut it off from the network: what runs there goes on, and the others see nothing."""
        if self.switch is not None:
            self.switch.ip_command("link", "set", self.name, "down")

    def plug_in(self) -> None:
        if self.switch is not None:
            self.switch.ip_command("link", "set", self.name, "up")

    def ip_command(self, *arguments: str) -> None:
        _run("nsenter", "--target", str(self.pid), "--net", "ip", *arguments)

    def start(self, *module: str, **environment: str) -> None:
        """Run a Python module there, in its disk."""
        names = ("--net", "--mount", "--pid", "--ipc", "--wd")
        command = ["nsenter", "--target", str(self.pid), *names, sys.executable, "-m", *module]
        inherited = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        own = {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(self.disk)}
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, env=inherited | own | environment
        )
        self._programs.append(program)

    def await_programs(self) -> None:
        """Wait until all that was started there has ended."""
        while self._programs:
            self._programs.pop().wait(_TIMEOUT_S)


@contextlib.contextmanager
def network(names: list[str], disk: Path) -> Iterator[tuple[str, list[Host]]]:
    """Run hosts that reach each other and this process; give its address there, and them."""
    with contextlib.ExitStack() as running:

        def host(name: str, address: str, switch: Host | None = None) -> Host:
            made = Host(name, address, disk, switch)
            running.callback(made.switch_off)
            made.switch_on()
            return made

        # Addresses for tests (RFC 2544), and other ones for each process that makes a network.
        pid = os.getpid()
        prefix = f"198.{18 + pid // 256 % 2}.{pid % 256}"
        switch = host("switch", "")
        switch.ip_command("link", "add", "bridge", "type", "bridge")
        switch.ip_command("link", "set", "bridge", "up")
        here = f"ccog{pid}"
        there = ["peer", "here", "netns", str(switch.pid)]
        _run("ip", "link", "add", here, "type", "veth", *there)
        running.callback(_run, "ip", "link", "delete", here)
        switch.ip_command("link", "set", "here", "master", "bridge", "up")
        _run("ip", "address", "add", f"{prefix}.1/24", "dev", here)
        _run("ip", "link", "set", here, "up")
        yield (
            f"{prefix}.1",
            [host(name, f"{prefix}.{number}/24", switch) for number, name in enumerate(names, 2)],
        )


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
