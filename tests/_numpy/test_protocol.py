"""`np.f(tensor)` means what NumPy means, and records."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape

A = np.array([[0.5, 1.5, -2.0], [3.0, 0.25, 1.0]])
CALLS = {
    "sin": np.sin,
    "add": lambda x: np.add(x, 2.0),
    "divide": lambda x: np.divide(2.0, x),
    "power": lambda x: np.power(x, 2),
    "absolute": np.absolute,
    "maximum": lambda x: np.maximum(x, 0.3),
    "sum": np.sum,
    "sum axis": lambda x: np.sum(x, 1),
    "sum keepdims": lambda x: np.sum(x, axis=(0, 1), keepdims=True),
    "mean": lambda x: np.mean(x, axis=0),
    "std": np.std,
    "std ddof": lambda x: np.std(x, axis=1, ddof=1),
    "var": lambda x: np.var(x, axis=0, keepdims=True),
    "max": np.max,
    "max axis": lambda x: np.max(x, axis=1),
    "amin": lambda x: np.amin(x, axis=0, keepdims=True),
    "prod": np.prod,
    "prod axes": lambda x: np.prod(x, axis=(0, 1)),
    "concatenate": lambda x: np.concatenate([x, A], axis=1),
    "concatenate flat": lambda x: np.concatenate([x, A], axis=None),
    "stack": lambda x: np.stack([x, A, x], axis=-1),
    "vstack": lambda x: np.vstack([x, A]),
    "hstack": lambda x: np.hstack([x, A]),
    "reshape": lambda x: np.reshape(x, (3, 2)),
    "reshape in Fortran's order": lambda x: np.reshape(x, (3, -1), order="F"),
    "ravel in Fortran's order": lambda x: np.ravel(x, order="F"),
    "ravel": np.ravel,
    "transpose": np.transpose,
    "transpose axes": lambda x: np.transpose(x[None], (1, 2, 0)),
    "squeeze": lambda x: np.squeeze(x[None]),
    "expand_dims": lambda x: np.expand_dims(x, (0, 2)),
    "repeat": lambda x: np.repeat(x, 2, axis=1),
    "repeat flat": lambda x: np.repeat(x, 2),
    "tile": lambda x: np.tile(x, (2, 1)),
    "clip": lambda x: np.clip(x, 0, 1.2),
    "where": lambda x: np.where(A > 0, x, -x),
    "dot": lambda x: np.dot(x, A.T),
    "dot of more axes": lambda x: np.dot(x[None], A.T[None]),
    "inner": lambda x: np.inner(x, A),
    "matmul": lambda x: np.matmul(x, A.T),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, A),
    "pad": lambda x: np.pad(x, 1),
    "pad uneven": lambda x: np.pad(x, ((0, 1), (2, 0)), constant_values=3.0),
    "cumsum": np.cumsum,
    "cumsum axis": lambda x: np.cumsum(x, axis=1),
    "flip": np.flip,
    "flip axis": lambda x: np.flip(x, 1),
    "flip axes": lambda x: np.flip(x, axis=(0, 1)),
    "rot90": np.rot90,
    "rot90 back": lambda x: np.rot90(x, k=-1, axes=(0, 1)),
    "triu above": lambda x: np.triu(x, k=1),
    "nan_to_num": lambda x: np.nan_to_num(x, nan=1.0),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "kron": lambda x: np.kron(x, A),
    "trace": np.trace,
    "tensordot": lambda x: np.tensordot(x, A, axes=([0, 1], [0, 1])),
    "column_stack": lambda x: np.column_stack([x, A]),
    "dstack": lambda x: np.dstack([x, A]),
    "atleast_3d": np.atleast_3d,
    "array_split": lambda x: np.array_split(x, 2, axis=1)[0],
    "roll axis": lambda x: np.roll(x, (1, 2), axis=(0, 1)),
    "roll": lambda x: np.roll(x, 1),
    "tril": np.tril,
    "norm": np.linalg.norm,
    "norm axis": lambda x: np.linalg.norm(x, axis=1),
    "copy": np.copy,
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2, 3)),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "add.reduce": np.add.reduce,
    "split": lambda x: np.split(x, 3, axis=1)[1],
    "outer": lambda x: np.outer(x[0], x[1]),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_gives_numpys_values_and_is_recorded(call):
    x = tg.tensor(A, requires_grad=True)
    with tape() as t:
        y = call(x)
        assert isinstance(y, tg.Tensor) and y.requires_grad and len(t) > 0
    want = call(A)
    assert y.shape == np.shape(want)
    np.testing.assert_allclose(y.detach().numpy(), want, rtol=1e-12)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_gradient_is_the_slope_of_numpys_function(call):
    x = tg.tensor(A, requires_grad=True)
    with tape():
        y = call(x)
    weights = np.random.default_rng(0).normal(size=y.shape)
    y.backward(tg.tensor(weights))
    step = 1e-6
    for index in np.ndindex(A.shape):
        shift = np.zeros_like(A)
        shift[index] = step
        slope = np.sum(weights * (call(A + shift) - call(A - shift))) / (2 * step)
        np.testing.assert_allclose(x.grad.numpy()[index], slope, rtol=1e-6, atol=1e-7)


def test_integers_and_shapes():
    x = tg.tensor(A)
    assert np.argmax(x).item() == 3 and np.argmax(x, axis=1).tolist() == [1, 0]
    assert np.shape(x) == (2, 3) and np.ndim(x) == 2 and np.size(x) == 6 and np.any(x > 2).item()
    assert np.isfinite(x).all() and np.allclose(x, A)
    assert [i.tolist() for i in np.nonzero(x > 1)] == [i.tolist() for i in np.nonzero(A > 1)]
    assert np.argwhere(x > 1).tolist() == np.argwhere(A > 1).tolist()
    assert np.count_nonzero(x > 1, axis=1).tolist() == [1, 1] and np.count_nonzero(x > 1).item() == 2
    assert np.isclose(x, A + 1e-9).all() and np.array_equal(x, A) and not np.array_equal(x, A + 1)


def test_out_writes_into_a_tensor():
    x, y = tg.tensor(A), tg.zeros(2, 3, dtype=tg.float64)
    assert np.add(x, 1, out=y) is y and y.tolist() == (A + 1).tolist()
    with pytest.raises(TypeError, match="`out` must be a Tensor"):
        np.add(x, 1, out=np.zeros((2, 3)))


def test_a_function_without_a_rule_is_an_error_on_tracked_tensors_and_works_on_constants():
    x = tg.tensor(A, requires_grad=True)
    for call in (np.histogram_bin_edges, lambda x: np.sum(x, where=A > 0), lambda x: np.arctan2.accumulate(x)):
        with tape(), pytest.raises(TypeError, match=r"detach\(\)|not supported"):
            call(x)
    np.testing.assert_allclose(np.fft.fft(x.detach()).numpy(), np.fft.fft(A))
    assert float(np.median(x.detach())) == np.median(A)
