"""Orthonormal weights and their gradients against PyTorch's, from the same state; where PyTorch is installed."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.nn.utils.parametrizations import orthogonal

torch = pytest.importorskip("torch")
CASES = [
    (shape, dtype, orthogonal_map, trivialized)
    for shape in [(4, 4), (5, 3), (3, 5), (2, 4, 3)]
    for dtype in ("float64", "complex128")
    for orthogonal_map in ["matrix_exp", "cayley", "householder"]
    for trivialized in (True, False)
    if (dtype, orthogonal_map) != ("complex128", "householder")
]


def numbers(rng, shape, dtype):
    x = rng.standard_normal(shape)
    return x + 1j * rng.standard_normal(shape) if dtype == "complex128" else x


@pytest.mark.parametrize(("shape", "dtype", "orthogonal_map", "trivialized"), CASES)
def test_value_gradient_and_state_are_pytorchs(shape, dtype, orthogonal_map, trivialized):
    rng = np.random.default_rng(0)
    w, moved, g = (numbers(rng, shape, dtype) for _ in range(3))
    if orthogonal_map == "householder":
        moved = moved * (1 - np.eye(*shape[-2:]))  # signs stay
    ours, theirs = tg.nn.Module(), torch.nn.Module()
    ours.weight, theirs.weight = tg.nn.Parameter(tg.tensor(w)), torch.nn.Parameter(torch.tensor(w))
    orthogonal(ours, "weight", orthogonal_map, use_trivialization=trivialized)
    torch.nn.utils.parametrizations.orthogonal(theirs, "weight", orthogonal_map, use_trivialization=trivialized)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    if shape[-1] == shape[-2] or not trivialized:  # else PyTorch completes the weight by random columns
        np.testing.assert_allclose(ours.weight.detach().numpy(), theirs.weight.detach().numpy(), atol=1e-12)
    with torch.no_grad():
        theirs.parametrizations.weight.original += torch.tensor(moved)
    ours.load_state_dict({name: t.numpy() for name, t in theirs.state_dict().items()})
    with tg.tape():
        y = ours.weight
    y.backward(tg.tensor(g))
    expected = theirs.weight
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(y.detach().numpy(), expected.detach().numpy(), atol=1e-12)
    grads = [m.parametrizations.weight.original.grad.numpy() for m in (ours, theirs)]
    np.testing.assert_allclose(*grads, rtol=1e-9, atol=1e-11)
