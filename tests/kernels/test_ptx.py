"""The inner loops of matrix products and convolutions on a GPU, read in the PTX; no GPU is needed for that."""

import json
import os
import subprocess
import sys

import pytest

TILE, STEP, OWN = 128, 8, 8  # of the tile that is compiled here: 128 × 128 sums, 8 × 8 a thread, 8 steps of k at once
THREADS = (TILE // OWN) ** 2


@pytest.fixture(scope="module")
def facts():
    """What the compilers make of the kernels, in a process that compiles for CUDA."""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.ptx.loops"],
        env={**os.environ, "TAPEGRAD_CUDA": "compile"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout.splitlines()[-1])
    if "missing" in found:
        pytest.skip(found["missing"])
    return found


def test_the_main_loop_is_fused_products_of_vectors_from_shared_memory(facts):
    for name, fact in facts.items():
        loop = fact["loop"]
        assert loop["fma.rn.f32"] == STEP * OWN * OWN, name
        assert loop["ld.shared.v4.f32"] == STEP * (OWN + OWN) // 4, name
        assert loop["bar.sync"] == 1, name
        assert not any("div" in what or "rem" in what for what in loop), name
        assert fact["aligned"] == [16, 16], name  # vectors must not begin between two of their own size


@pytest.mark.parametrize(("name", "vectors"), [("matmul", 2), ("linear", 2), ("conv2d", 1), ("conv2d_weight_grad", 1)])
def test_operands_in_rows_are_read_128_bits_at_a_time(facts, name, vectors):
    assert facts[name]["loop"]["ld.global.v4.f32"] == vectors
    assert facts[name]["loop"].get("ld.global.f32", 0) == (2 - vectors) * TILE * STEP // THREADS


def test_nothing_is_kept_in_local_memory_and_no_number_is_a_double(facts):
    for name, fact in facts.items():
        assert not any("local" in what or what.endswith("f64") for what in fact["kernel"]), name


def test_no_register_is_spilled(facts):
    for name, fact in facts.items():
        for capability, figures in fact["ptxas"].items():
            assert figures["spills"] == figures["stack"] == 0, (name, capability)
            assert figures["shared"] == 2 * STEP * 2 * (TILE + 4) * 4


@pytest.mark.parametrize("name", ["matmul", "conv2d"])
def test_two_blocks_fit_on_a_multiprocessor(facts, name):
    for capability, figures in facts[name]["ptxas"].items():
        assert -(-figures["registers"] // 8) * 8 * THREADS * 2 <= 65536, capability
