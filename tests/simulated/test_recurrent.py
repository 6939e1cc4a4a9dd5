"""Recurrent layers on the device against the reference."""

import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels.cuda._array import DeviceArray
from tapegrad.kernels.ref import recurrent as ref

PARTS = {"rnn": 1, "lstm": 4, "gru": 3}


def arguments(name, sizes, H, dtype):
    """The arguments of a layer: u, w, perhaps b, and the states."""
    rows, states, rng = PARTS[name] * H, 2 if name == "lstm" else 1, np.random.default_rng(0)
    shapes = [(sum(sizes), rows), (rows, H), *([(rows,)] if name == "gru" else []), *[(sizes[0], H)] * states]
    return [rng.normal(size=s).astype(dtype) * dtype(0.5) for s in shapes]


def results(module, name, args, how, place=lambda x: x):
    """Results of a layer and the cotangents of its arguments, for cotangents that depend on shapes alone."""
    args = [place(a) for a in args]
    w, states, count = args[1], args[3 if name == "gru" else 2 :], 3 if name == "lstm" else 2
    ys = getattr(module, name)(*args, *how)
    gs = [place(np.random.default_rng(1).normal(size=y.shape).astype(y.dtype)) for y in ys[:count]]
    return [*ys, *getattr(module, f"{name}_grad")(*gs, w, *states, ys[0], *ys[count:], *how)]


def agree(name, sizes, how, dtype, tolerance, place=DeviceArray.from_host):
    args = arguments(name, sizes, 2, dtype)
    how = (sizes, *how)
    for a, b in zip(results(kernels, name, args, how, place), results(ref, name, args, how), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a.to_host(), b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sizes", [(2, 2), (3, 1, 1), (0, 0)])
@pytest.mark.parametrize("name", PARTS)
def test_values_and_cotangents_are_the_references(name, sizes, reverse):
    agree(name, sizes, (reverse, "tanh") if name == "rnn" else (reverse,), np.float64, 1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float16, 2e-2), (np.float32, 1e-5)])
@pytest.mark.parametrize("name", PARTS)
def test_narrow_floats_are_as_good(name, dtype, tolerance):
    agree(name, (2, 1), (False, "relu") if name == "rnn" else (False,), dtype, tolerance)


@pytest.mark.parametrize("name", PARTS)
def test_arrays_may_lie_anyhow(name):
    def transposed(x):
        return DeviceArray.from_host(np.ascontiguousarray(x.T)).T

    agree(name, (2, 1), (False, "tanh") if name == "rnn" else (False,), np.float64, 1e-12, transposed)


@pytest.mark.parametrize("sizes", [(2, 2), (3, 1, 1)])
def test_a_projection_is_the_references(sizes):
    rng, how = np.random.default_rng(0), (sizes, True)
    args = [rng.normal(size=s) for s in ((sum(sizes), 8), (8, 1), (1, 2), (sizes[0], 1), (sizes[0], 2))]
    gs = [rng.normal(size=s) for s in ((sum(sizes), 1), (sizes[0], 1), (sizes[0], 2))]
    runs = []
    for module, place in ((kernels, DeviceArray.from_host), (ref, lambda x: x)):
        here = [place(a) for a in args]
        ys = module.projected_lstm(*here, *how)
        runs.append([*ys, *module.projected_lstm_grad(*map(place, gs), *here[1:], ys[0], *ys[3:], *how)])
    for a, b in zip(*runs, strict=True):
        np.testing.assert_allclose(a.to_host(), b, rtol=1e-12, atol=1e-12)
