"""Recurrent layers: against loops over single sequences, and the compiled cells against those in NumPy."""

import numpy as np
import pytest
from scipy.special import expit

from tapegrad import kernels
from tapegrad.kernels.ref import recurrent as reference
from tests.kernels.arrays import FLOATS, layouts, random

SIZES = [(5, 5, 5), (7, 4, 4, 1), (1,)]
PARTS = {"rnn": 1, "lstm": 4, "gru": 3}
every_case = pytest.mark.parametrize(
    ("name", "sizes", "reverse"), [(n, s, r) for n in PARTS for s in SIZES for r in (False, True)]
)


def problem(name, sizes, H, dtype=np.float64):
    """The arguments of a layer: u, w, perhaps b, and the states."""
    rows, states = PARTS[name] * H, 2 if name == "lstm" else 1
    shapes = [(sum(sizes), rows), (rows, H), *([(rows,)] if name == "gru" else []), *[(sizes[0], H)] * states]
    return [random(k, shape, dtype) * (0.5 if k == 1 else 1) for k, shape in enumerate(shapes)]


def cell(name, u, w, b, h, c):
    """One step of one sequence, by the book."""
    H, v = len(c), w @ h + b
    if name == "rnn":
        return np.tanh(u + v), c
    if name == "gru":
        r, z = expit(u[:H] + v[:H]), expit(u[H : 2 * H] + v[H : 2 * H])
        return (1 - z) * np.tanh(u[2 * H :] + r * v[2 * H :]) + z * h, c
    i, f, g, o = np.split(u + v, 4)
    c = expit(f) * c + expit(i) * np.tanh(g)
    return expit(o) * np.tanh(c), c


@every_case
def test_every_sequence_runs_as_if_it_were_alone(name, sizes, reverse):
    args = problem(name, sizes, 3)
    u, w, *states = args
    b = states.pop(0) if name == "gru" else 0
    y, *ends = getattr(kernels, name)(*args, sizes, reverse)
    starts = np.cumsum((0, *sizes))
    for n in range(sizes[0]):
        rows = [starts[s] + n for s in range(len(sizes)) if n < sizes[s]]
        h, c = states[0][n], states[-1][n]
        for m in rows[::-1] if reverse else rows:
            h, c = cell(name, u[m], w, b, h, c)
            np.testing.assert_allclose(y[m], h, rtol=1e-13)
        np.testing.assert_allclose(ends[0][n], h, rtol=1e-13)
        if name == "lstm":
            np.testing.assert_allclose(ends[1][n], c, rtol=1e-13)


def gradients(module, name, args, sizes, reverse):
    """Results of a layer and the cotangents of its arguments, for cotangents that depend on shapes alone."""
    w, states, count = args[1], args[3 if name == "gru" else 2 :], 3 if name == "lstm" else 2
    how = (sizes, reverse, "tanh") if name == "rnn" else (sizes, reverse)
    results = getattr(module, name)(*args, *how)
    gs = [random(9, y.shape, y.dtype) for y in results[:count]]
    saved = (results[0], *results[count:])
    return (*results, *getattr(module, f"{name}_grad")(*gs, w, *states, *saved, *how))


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS))
@every_case
def test_the_reference_agrees(name, sizes, reverse, dtype):
    args = problem(name, sizes, 19, dtype)
    ours, theirs = (gradients(module, name, args, sizes, reverse) for module in (kernels, reference))
    tolerance = 100 * float(np.finfo(dtype).eps)
    for a, e in zip(ours, theirs, strict=True):
        assert a.dtype == dtype and a.shape == e.shape
        np.testing.assert_allclose(a, e, rtol=tolerance, atol=tolerance * max(1, np.abs(e).max()))


@pytest.mark.parametrize("name", PARTS)
def test_arrays_may_lie_anyhow(name):
    args = problem(name, (4, 2), 3)
    wanted = gradients(kernels, name, args, (4, 2), False)
    for k, x in enumerate(args):
        for other in layouts(x):
            found = gradients(kernels, name, [*args[:k], other, *args[k + 1 :]], (4, 2), False)
            for a, e in zip(found, wanted, strict=True):
                np.testing.assert_allclose(a, e, rtol=1e-12)


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_large_arguments_saturate_and_nan_stays_in_its_row(name):
    args = problem(name, (2,), 3)
    args[0][...] = 1e4
    args[0][1, 0] = np.nan
    y = getattr(kernels, name)(*args, (2,))[0]
    assert np.isfinite(y[0]).all() and np.isnan(y[1, 0]) and np.isfinite(y[1, 1:]).all()


def test_no_sequences_give_nothing():
    assert [x.shape for x in kernels.lstm(*problem("lstm", (0, 0), 3), (0, 0))[:2]] == [(0, 3), (0, 3)]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({0: np.ones((4, 12), int)}, TypeError, r"\[lstm\] `u` \(dtype int64\) must be floating"),
        ({0: np.ones((4, 11))}, ValueError, r"\[lstm\] `u` \(shape \(4, 11\)\) must have shape \(4, 12\)"),
        ({1: np.ones((12, 3), "f")}, TypeError, r"\[lstm\] `w` \(dtype float32\) must have the dtype of `u`"),
        ({3: np.ones((3, 3))}, ValueError, r"\[lstm\] `c` \(shape \(3, 3\)\) must have shape \(2, 3\)"),
        ({4: (1, 2, 1)}, ValueError, r"\[lstm\] `sizes` \(=\(1, 2, 1\)\) must be numbers that never grow"),
    ],
)
def test_what_does_not_fit_is_said(change, error, message):
    args = dict(enumerate([*problem("lstm", (2, 2), 3), (2, 2)]))
    with pytest.raises(error, match=message):
        kernels.lstm(*(args | change).values())
    with pytest.raises(ValueError, match=r"\[gru\] `b` \(shape \(2,\)"):
        kernels.gru(np.ones((4, 9)), np.ones((9, 3)), np.ones(2), np.ones((2, 3)), (2, 2))



def projected(sizes, H, P, dtype=np.float64):
    """The arguments of a layer with a projection: u, w, r and the states."""
    shapes = (sum(sizes), 4 * H), (4 * H, P), (P, H), (sizes[0], P), (sizes[0], H)
    return [np.asarray(random(k, shape, dtype) * 0.5, dtype) for k, shape in enumerate(shapes)]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("reverse", [False, True])
def test_a_projection_is_a_product_after_every_step(sizes, reverse):
    u, w, r, h, c = args = projected(sizes, 4, 3)
    y, last, cells, *_ = kernels.projected_lstm(*args, sizes, reverse)
    starts = np.cumsum((0, *sizes))
    for n in range(sizes[0]):
        rows = [starts[s] + n for s in range(len(sizes)) if n < sizes[s]]
        now = h[n], c[n]
        for m in rows[::-1] if reverse else rows:
            q, now_c = cell("lstm", u[m], w, 0, *now)
            now = r @ q, now_c
            np.testing.assert_allclose(y[m], now[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(last[n], now[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(cells[n], now[1], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS))
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("reverse", [False, True])
def test_the_reference_of_a_projection_agrees(sizes, reverse, dtype):
    args, runs = projected(sizes, 19, 5, dtype), []
    for module in (kernels, reference):
        results = module.projected_lstm(*args, sizes, reverse)
        gs, saved = [random(9, y.shape, dtype) for y in results[:3]], (results[0], *results[3:])
        runs.append((*results, *module.projected_lstm_grad(*gs, *args[1:], *saved, sizes, reverse)))
    tolerance = 100 * float(np.finfo(dtype).eps)
    for a, e in zip(*runs, strict=True):
        assert a.dtype == dtype and a.shape == e.shape
        np.testing.assert_allclose(a, e, rtol=tolerance, atol=tolerance * max(1, np.abs(e).max()))


def test_a_projection_that_does_not_fit_is_said():
    u, w, r, h, c = np.ones((2, 8)), np.ones((8, 1)), np.ones((1, 2)), np.ones((2, 1)), np.ones((2, 2))
    with pytest.raises(ValueError, match=r"\[projected_lstm\] `h` \(shape \(2, 2\)\) must have shape \(2, 1\)"):
        kernels.projected_lstm(u, w, r, c, c, (2,))
    with pytest.raises(TypeError, match=r"\[projected_lstm\] `r` \(dtype float32\) must have the dtype of `u`"):
        kernels.projected_lstm(u, w, r.astype("f"), h, c, (2,))
    with pytest.raises(ValueError, match=r"\[projected_lstm\] `sizes` \(=\(\)\) must be numbers that never grow"):
        kernels.projected_lstm(u, w, r, h, c, ())
