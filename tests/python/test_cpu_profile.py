"""The benchmark's profile: what it makes of samples, and that there are some of a write."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cpu_profile
import cpu_shares

#: As `perf script` prints them: what is called first is last.
SCRIPT = """\
    7f0a10 __memmove_evex_unaligned_erms (/usr/lib/x86_64-linux-gnu/libc.so.6)
    7f0b20 ccog::cut_tile(ccog::Mosaic, (anonymous namespace)::Rows<2>) (/x/_core.abi3.so)
    7f0b30 ccog::encode_unit(ccog::WritePlan const&) (/x/_core.abi3.so)

    7f0a10 __memmove_evex_unaligned_erms (/usr/lib/x86_64-linux-gnu/libc.so.6)
    7f0c00 [unknown] (/usr/lib/x86_64-linux-gnu/libcurl.so.4.8.0)

    ffffffff81 clear_page_erms ([kernel.kallsyms])
    ffffffff82 asm_exc_page_fault ([kernel.kallsyms])
    ffffffff83 vfs_read ([kernel.kallsyms])
    7f0c00 [unknown] (/usr/bin/python3.11)

    ffffffff84 tcp_sendmsg ([kernel.kallsyms])
    7f0c00 [unknown] (/usr/lib/x86_64-linux-gnu/libcurl.so.4.8.0)

    7f0c00 [unknown] (/usr/lib/x86_64-linux-gnu/libzstd.so.1.5.4)
    7f0b40 ccog::TileEncoder::zstd(std::span<std::byte const>) (/x/_core.abi3.so)

    7f0b50 ccog::Somewhere::else_() (/x/_core.abi3.so)
"""


def test_samples_are_counted_by_what_they_were_spent_on() -> None:
    samples = cpu_profile.parse(SCRIPT)
    assert samples.total() == 6
    counts = cpu_shares.shares(samples)
    kinds = ("copy", "send", "pages", "encode", "unattributed")
    assert {kind: count for kind, count in counts.items() if count} == dict(
        zip(kinds, (1, 2, 1, 1, 1), strict=True)
    )
    assert cpu_shares.largest(samples, "copy", 1) == [("cut_tile (_core.abi3.so)", 1)]
    assert set(cpu_shares.MEANING) == set(cpu_shares.KINDS)


def test_a_write_is_sampled() -> None:
    if shutil.which("perf") is None:
        pytest.skip("there is no perf")
    command = [sys.executable, cpu_profile.__file__, "--quick", "--runs=1", "--details=3"]
    done = subprocess.run(
        [*command, "--case=terrain ZSTD 1", "--target=file"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if "perf_event" in done.stderr:
        pytest.skip("this kernel lets nobody sample")
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1:3] for line in done.stdout.splitlines() if line.startswith("|")]
    cpu_s = {name.strip(): figure.strip() for name, figure in rows[2:]}
    assert list(cpu_s) == ["all", *cpu_shares.KINDS]
    assert float(cpu_s["all"]) > 0 and float(cpu_s["encode"]) > 0
    assert float(cpu_s["unattributed"]) < 0.2 * float(cpu_s["all"])
    assert "(libzstd" in done.stdout
