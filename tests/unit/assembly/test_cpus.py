"""A container's quota of CPUs, in files as the kernel writes them."""

import os

import pytest

from nlp_service.assembly import available_cpus


@pytest.mark.parametrize(
    ("files", "cpus"),
    [
        ({}, 4),
        ({"cpu.max": "max 100000\n"}, 4),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "900000 100000\n"}, 4),
        ({"cpu.max": "150000\n"}, 4),
        ({"cpu.max": "many few\n"}, 4),
        ({"cpu.max": "100000 0\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "150000\n"}, 4),
    ],
)
def test_a_containers_quota_limits_the_cpus_rounded_up(monkeypatch, tmp_path, files, cpus):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    monkeypatch.setattr("nlp_service.assembly.cpus.CGROUP", tmp_path)
    (tmp_path / "cpu").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="ascii")
    assert available_cpus() == cpus
