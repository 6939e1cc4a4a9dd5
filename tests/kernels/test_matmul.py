"""Matrix products: our kernels against NumPy in float64, in any layout, on any number of threads."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad.kernels import _backend, einsum, gelu, linear, matmul, set_num_threads, use
from tapegrad.kernels.cpu import matmul as cpu
from tapegrad.kernels.cpu._caches import cache_bytes
from tapegrad.kernels.ref import matmul as ref
from tests.kernels.arrays import FLOATS, floats, layouts, random, seeds

ROOT = Path(__file__).parents[2]
sides = st.integers(1, 70) | st.sampled_from([1, 2, 12, 13, 128, 193])
ways = st.sampled_from(["rows", "columns", "every other", "backwards"])


def laid(x, way):
    """The same numbers, lying in memory another way."""
    if way == "columns":
        return np.asfortranarray(x)
    if way == "every other":
        wide = np.zeros((2 * x.shape[0], 3 * x.shape[1]), x.dtype)
        wide[::2, ::3] = x
        return wide[::2, ::3]
    return np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1] if way == "backwards" else x


def bound(a, b):
    """Componentwise k·u/(1 - k·u)·|a||b|."""
    k, u = a.shape[-1], np.finfo(a.dtype).eps / 2
    oracle = k * np.finfo(np.longdouble).eps  # what the oracle may err itself
    return (k * u / (1 - k * u) + oracle) * (np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64))


def exact(a, b):
    """The product in long double."""
    return np.einsum("...ik,...kj->...ij", a.astype(np.longdouble), b.astype(np.longdouble))


@given(seeds, floats, sides, sides | st.integers(1000, 2100), sides, ways, ways)
def test_products_of_any_layout_are_within_the_bound(seed, dtype, m, k, n, left, right):
    a, b = laid(random(seed, (m, k), dtype), left), laid(random(seed + 1, (k, n), dtype), right)
    c = matmul(a, b)
    assert c.dtype == dtype and (np.abs(c - exact(a, b)) <= bound(a, b)).all()


@given(seeds, floats, sides | st.integers(1000, 9000), sides | st.integers(1000, 3000), ways, st.booleans())
def test_a_vector_from_either_side_is_within_the_bound(seed, dtype, m, k, way, strided):
    a = laid(random(seed, (m, k), dtype), way)
    x, z = (random(seed + 1, 2 * n, dtype)[::2] if strided else random(seed + 1, n, dtype) for n in (k, m))
    assert (np.abs(matmul(a, x) - exact(a, x[:, None])[:, 0]) <= bound(a, x)).all()
    assert (np.abs(matmul(z, a) - exact(z[None], a)[0]) <= bound(z, a)).all()
    assert abs(matmul(x, x) - exact(x[None], x[:, None])[0, 0]) <= bound(x, x)


@given(
    seeds,
    floats,
    st.sampled_from(
        [
            ((3,), (3,)), ((3,), (2, 3, 4)), ((2, 1, 4, 3), (5, 3, 2)), ((4, 2, 3), (3,)), ((7, 5, 3), (3, 6)),
            ((2, 1, 3), (3, 70)), ((1, 40, 30), (6, 30, 50)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0, 2, 3), (3, 4)),
        ]
    ),
    st.booleans(),
)  # fmt: skip
def test_matmul_means_what_numpy_means_and_answers_with_an_array(seed, dtype, shapes, turned):
    a, b = (random(seed, shape, dtype) for shape in shapes)
    if turned:
        a, b = (np.asfortranarray(x) for x in (a, b))
    y, expected = matmul(a, b), np.matmul(a, b)
    assert type(y) is np.ndarray and y.dtype == expected.dtype and y.shape == expected.shape
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-4 if dtype == np.float32 else 1e-12)


def run(code, **environment):
    """What a fresh interpreter prints that runs `code`."""
    code = f"import numpy as np\nfrom tapegrad import kernels\nfrom tests.kernels.arrays import random\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_results_are_the_same_bits_for_any_number_of_threads():
    printed = run(
        """
import hashlib
shapes = [
    ((300, 700), (700, 333)), ((1025, 33), (33, 50)), ((13, 2100), (2100, 900)), ((5, 130, 170), (170, 90)),
    ((3, 130, 170), (3, 170, 90)), ((2000, 1201), (1201,)), ((1201,), (1201, 2001)), ((1, 1999), (1999, 601)),
]
for threads in range(1, 5):
    kernels.set_num_threads(threads)
    found = hashlib.sha256()
    for left, right in shapes:
        for dtype in "fd":
            a, b = random(1, left, dtype), random(2, right, dtype)
            found.update(kernels.matmul(a, b))
            found.update(kernels.matmul(np.asfortranarray(a), np.asfortranarray(b)))
    print(kernels.get_num_threads(), found.hexdigest())
""",
        NUMBA_NUM_THREADS="4",
    )
    counts, digests = zip(*(line.split() for line in printed.splitlines()), strict=True)
    assert counts == ("1", "2", "3", "4") and len(set(digests)) == 1


@pytest.mark.parametrize("layer", ["omp", "workqueue"])
def test_python_threads_may_multiply_at_once(layer):
    printed = run(
        """
import threading
a, b = random(1, (300, 300), "f"), random(2, (300, 300), "f")
expected, wrong = kernels.matmul(a, b), []
def work():
    for _ in range(50):
        if not np.array_equal(kernels.matmul(a, b), expected):
            wrong.append(1)
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("wrong:", len(wrong))
""",
        NUMBA_THREADING_LAYER=layer,
        NUMBA_NUM_THREADS="2",
    )
    assert printed == "wrong: 0\n"


@pytest.mark.parametrize("shape", ["avx2", "neon", "portable"])
def test_other_vector_shapes_give_the_same_products(shape):
    printed = run(
        """
from tapegrad.kernels.cpu import _simd
for m, k, n in [(5, 7, 9), (13, 1100, 50), (200, 70, 33), (70, 90, 1), (1, 90, 70)]:
    for turn in (np.ascontiguousarray, np.asfortranarray):
        a, b = random(1, (m, k), "f"), turn(random(2, (k, n), "f"))
        bound = k * 6e-8 * (np.abs(a) @ np.abs(b).astype("d"))
        assert (np.abs(kernels.matmul(a, b) - a.astype("d") @ b) <= bound).all(), (m, k, n)
print(_simd.SHAPE)
""",
        TAPEGRAD_SIMD=shape,
    )
    assert printed == shape + "\n"


def test_the_microkernel_assembles_for_arm():
    printed = run(
        """
import llvmlite.binding as llvm
from llvmlite import ir
from tapegrad.kernels.cpu import _simd
llvm.initialize_all_targets(); llvm.initialize_all_asmprinters()
for bits in (32, 64):
    module = ir.Module()
    module.triple = "aarch64-unknown-linux-gnu"
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * 11), "tile")
    builder = ir.IRBuilder(function.append_basic_block())
    _simd.emit_tile(builder, bits, function.args)
    builder.ret_void()
    machine = llvm.Target.from_triple(module.triple).create_target_machine(opt=2)
    print(machine.emit_assembly(llvm.parse_assembly(str(module))))
""",
        TAPEGRAD_SIMD="neon",
    )
    assert printed.count("fmla\tv") > 2 * 12 * 24 and ".4s" in printed and ".2d" in printed


def test_strides_reach_beyond_two_to_the_31():
    one = np.arange(1, 9, dtype=np.float32)
    wide = np.lib.stride_tricks.as_strided(one, (8, 1 << 29), (4, 0))  # 2³² elements in 32 bytes
    x = np.lib.stride_tricks.as_strided(one, (1 << 29, 1), (0, 0))
    assert wide.size > 1 << 31
    assert matmul(wide[:, -1000:], x[-1000:]).tolist() == [[1000.0 * i] for i in range(1, 9)]
    tall = np.lib.stride_tricks.as_strided(one, (1 << 20, 1 << 12, 4), (0, 0, 4))
    assert (matmul(tall[-2:], one[:4]) == 30).all()
    assert matmul(wide[:2, : 1 << 28], x[: 1 << 28])[1, 0] > 1 << 25


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_workspace_does_not_grow_with_the_product(dtype):
    matmul(np.ones((4, 4), dtype), np.ones((4, 4), dtype))  # so that it is compiled
    number = np.ones((), dtype)
    most = 4096 * (2048 + 1) + cache_bytes(2)
    for m, k, n in [
        (1 << 20, 1 << 12, 1 << 20),
        (12, 1 << 12, 1 << 20),
        (1 << 20, 1 << 12, 12),
        (70, 1 << 13, 1 << 20),
    ]:
        for left in [(k, 1), (1, m), (1, 0)]:
            for right in [(n, 1), (1, k), (1, 0)]:
                a, b = (
                    np.lib.stride_tricks.as_strided(number, shape, [stride * number.itemsize for stride in strides])
                    for shape, strides in (((m, k), left), ((k, n), right))
                )
                assert cpu._products[0](a, b) <= most


def test_what_was_pickled_and_subclasses_are_multiplied_alike():
    a = random(1, (30, 20), np.float32)
    for other in (a.view(np.matrix), pickle.loads(pickle.dumps(a))):
        c = matmul(other, a.T)
        assert type(c) is np.ndarray and np.array_equal(c, matmul(a, a.T))


def test_products_hold_no_references_and_say_when_memory_is_out():
    a, dtype = random(1, (90, 90), np.float32), np.dtype(np.float32)
    counts = sys.getrefcount(a), sys.getrefcount(dtype), sys.getrefcount(None)
    for _ in range(20):
        c = matmul(a, a), matmul(a[:4], a), linear(a, a), linear(a, a, a[0])
    assert all(sys.getrefcount(c[i]) == 2 for i in range(4))
    del c
    assert np.allclose((sys.getrefcount(a), sys.getrefcount(dtype), sys.getrefcount(None)), counts, atol=5)
    far = np.lib.stride_tricks.as_strided(a, (1 << 24, 1), (0, 4))
    with pytest.raises(MemoryError):
        matmul(far, far.T)


@pytest.mark.parametrize("dtype", FLOATS)
def test_any_layout_gives_the_same_answer(dtype):
    a, b = random(1, (300, 200), dtype), random(2, (200, 300), dtype)
    for p, q in zip(layouts(a), layouts(b), strict=True):
        assert np.array_equal(matmul(p, q), matmul(a, b))
        np.testing.assert_array_equal(linear(p, q.T, p[0, :1].repeat(300)), matmul(a, b) + a[0, 0])


@pytest.mark.parametrize(
    ("left", "right", "result"),
    ["eee", "fef", "fdd", "idd", "qiq", "DfD", "???"],
)
def test_other_dtypes_follow_numpy(left, right, result):
    a, b = (10 * random(1, (6, 7))).astype(left), (10 * random(2, (7, 5))).astype(right)
    c = matmul(a, b)
    assert c.dtype == result
    np.testing.assert_allclose(c, np.matmul(a, b), rtol=2e-3)


@pytest.mark.parametrize("shape", [(4, 4, 4), (300, 300, 300), (200, 300, 1), (1, 300, 200), (1, 300, 1)])
def test_nan_and_infinity_go_through(shape):
    m, k, n = shape
    a, b = np.ones((m, k), np.float32), np.ones((k, n), np.float32)
    a[0, 1] = np.nan
    assert np.isnan(matmul(a, b)[0]).all() and (matmul(a, b)[1:] == k).all()
    a[0, 1], b[2, 0] = np.inf, -np.inf
    c = matmul(a, b)
    assert np.isnan(c[0, 0]) and (c[0, 1:] == np.inf).all() and (c[1:, 0] == -np.inf).all()


@given(seeds, floats, st.sampled_from([(4,), (5, 4), (2, 3, 4), (0, 4), (65, 4)]), st.integers(1, 70))
def test_linear_is_a_product_with_the_transposed_weights(seed, dtype, shape, n):
    x, w, b = random(seed, shape, dtype), random(seed + 1, (n, 4), dtype), random(seed + 2, n, dtype)
    y = matmul(x, w.T)
    np.testing.assert_array_equal(linear(x, w), y)
    np.testing.assert_array_equal(linear(x, w, b), y + b)
    np.testing.assert_array_equal(linear(x, w, b, "relu"), np.maximum(y + b, 0))
    np.testing.assert_array_equal(linear(x, w, None, "relu"), np.maximum(y, 0))
    np.testing.assert_array_equal(linear(x, w, b, "gelu"), gelu(y + b))


def test_relu_keeps_nan():
    x, w = np.array([[np.nan], [1.0]], np.float32), np.full((20, 1), -1, np.float32)
    assert np.isnan(linear(x, w, None, "relu")[0]).all() and (linear(x, w, None, "relu")[1] == 0).all()


def test_blas_can_be_chosen():
    a = random(1, (20, 20), np.float32)
    use(matmul="blas")
    try:
        assert _backend.serve("matmul", a) is ref and np.array_equal(matmul(a, a), np.matmul(a, a))
    finally:
        use(matmul="numba")
    assert _backend.serve("matmul", a) is cpu
    with pytest.raises(ValueError, match=r"\[use\] `matmul` \(='mkl'\) must be"):
        use(matmul="mkl")


def test_threads_are_a_positive_number():
    with pytest.raises(ValueError, match=r"\[set_num_threads\] `n` \(=0\) must be at least 1"):
        set_num_threads(0)


def test_sizes_of_caches_come_from_the_system(tmp_path):
    place = tmp_path / "index0"
    place.mkdir()
    for name, text in (("level", "2\n"), ("type", "Unified\n"), ("size", "1280K\n")):
        (place / name).write_text(text)
    assert cache_bytes(2, tmp_path) == 1280 << 10 and cache_bytes(3, tmp_path) == 8 << 20


def test_einsum_answers_with_an_array():
    a = random(1, (3, 4))
    np.testing.assert_allclose(einsum("ij,kj->ik", a, a), a @ a.T)
    assert type(einsum("ij,ij->", a, a)) is np.ndarray


@pytest.mark.parametrize(
    ("a", "b", "match"),
    [
        ((2, 3), (4, 5), r"`a` \(shape \(2, 3\)\) must have as many columns as `b`"),
        ((3,), (4,), "as many columns"),
        ((), (4,), "`a` .*0-d"),
        ((4,), (), "`b` .*0-d"),
        ((2, 1, 3), (3, 3, 1), "leading axes"),
    ],
)
def test_what_does_not_fit_is_said(a, b, match):
    with pytest.raises(ValueError, match=rf"\[matmul\].*{match}"):
        matmul(np.zeros(a), np.zeros(b))


def test_linear_checks_its_companions():
    w = np.zeros((5, 4))
    with pytest.raises(ValueError, match=r"`w` .* must be 2-D"):
        linear(np.zeros(4), np.zeros(4))
    with pytest.raises(ValueError, match=r"`x` \(shape \(3,\)\) must end in the 4 columns"):
        linear(np.zeros(3), w)
    with pytest.raises(ValueError, match=r"`b` .* one entry for each row"):
        linear(np.zeros(4), w, np.zeros(4))
    with pytest.raises(ValueError, match=r"`activation` \(='tanh'\) must be"):
        linear(np.zeros(4), w, None, "tanh")
