"""The parametrization by orthonormal columns: what it keeps, where it starts, what it trains, what it refuses."""

import numpy as np
import pytest
import scipy.linalg

import tapegrad as tg
from tapegrad import nn
from tapegrad.nn.utils.parametrizations import orthogonal
from tapegrad.nn.utils.parametrize import register_parametrization
from tapegrad.testing import gradcheck

MAPS = ["matrix_exp", "cayley", "householder"]
every_map = pytest.mark.parametrize("orthogonal_map", MAPS)
either_way = pytest.mark.parametrize("use_trivialization", [True, False])


class Weight(nn.Module):
    def __init__(self, *shape, dtype="float64"):
        super().__init__()
        numbers = np.random.default_rng(0).standard_normal((2, *shape))
        self.weight = nn.Parameter(tg.tensor(numbers[0] + 1j * numbers[1] if dtype == "complex128" else numbers[0]))


def assert_orthonormal(weight):
    q = weight.detach().numpy()
    q = q.swapaxes(-1, -2) if q.shape[-2] < q.shape[-1] else q
    one = np.broadcast_to(np.eye(q.shape[-1]), (*q.shape[:-2], q.shape[-1], q.shape[-1]))
    np.testing.assert_allclose(q.conj().swapaxes(-1, -2) @ q, one, atol=1e-12)


@every_map
@either_way
@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (3, 5), (2, 4, 3), (1, 1)])
def test_training_keeps_columns_or_rows_orthonormal(shape, orthogonal_map, use_trivialization):
    m = orthogonal(Weight(*shape), "weight", orthogonal_map, use_trivialization=use_trivialization)
    assert_orthonormal(m.weight)
    optimizer, before = tg.optim.SGD(m.parameters(), lr=0.1), m.weight.detach()
    for _ in range(3):
        with tg.tape():
            loss = (m.weight - 1).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert_orthonormal(m.weight)
    assert shape == (1, 1) or ((m.weight.detach() - 1).square().sum() < (before - 1).square().sum()).item()


@pytest.mark.parametrize("orthogonal_map", ["matrix_exp", "cayley", None])
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
def test_complex_matrices_are_unitary(shape, orthogonal_map):
    m = orthogonal(Weight(*shape, dtype="complex128"), orthogonal_map=orthogonal_map)
    assert_orthonormal(m.weight)
    m.parametrizations.weight.original.data += 0.3j
    assert_orthonormal(m.weight)


@pytest.mark.parametrize(
    ("shape", "orthogonal_map"), [*(((4, 4), name) for name in MAPS), ((5, 3), "householder"), ((3, 5), "householder")]
)
def test_it_starts_where_the_weight_is_orthogonal_or_at_its_factor_q(shape, orthogonal_map):
    m = Weight(*shape)
    tall = m.weight.detach().numpy() if shape[0] >= shape[1] else m.weight.detach().numpy().T
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diagonal(r))
    orthogonal(m, "weight", orthogonal_map, use_trivialization=shape[0] == shape[1])
    np.testing.assert_allclose(m.weight.detach().numpy(), q if shape[0] >= shape[1] else q.T, atol=1e-12)
    there = m.weight.detach()
    m.weight = there
    np.testing.assert_allclose(m.weight.detach().numpy(), there.numpy(), atol=1e-12)
    m.weight = -there
    np.testing.assert_allclose(m.weight.detach().numpy(), -there.numpy(), atol=1e-12)


def test_the_maps_are_the_exponential_and_cayleys_and_reflections():
    x = Weight(4, 4).weight.detach().numpy()
    a = np.tril(x) - np.tril(x).T
    one = np.eye(4)
    v = np.tril(x, -1) + one
    reflections = [one - 2 * np.outer(c, c) / (c @ c) for c in v.T]
    want = {
        "matrix_exp": scipy.linalg.expm(a),
        "cayley": (one + a / 2) @ np.linalg.inv(one - a / 2),
        "householder": np.linalg.multi_dot(reflections) * [1.0, -1.0, 1.0, 1.0],
    }
    np.fill_diagonal(x, [1.0, -1.0, 1.0, 1.0])
    for name, expected in want.items():
        m = orthogonal(Weight(4, 4), "weight", name, use_trivialization=False)
        m.parametrizations.weight.original.data.copy_(tg.tensor(x))
        np.testing.assert_allclose(m.weight.detach().numpy(), expected, atol=1e-12, err_msg=name)


@every_map
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 3)])
def test_the_gradient_is_the_slope(shape, orthogonal_map):
    m = orthogonal(Weight(*shape), "weight", orthogonal_map)
    how = m.parametrizations.weight[0]
    off = tg.tensor(1.0 - np.eye(*shape))
    below = np.tril(np.ones(shape), -1) if shape[0] >= shape[1] else np.triu(np.ones(shape), 1)
    x = tg.tensor(np.random.default_rng(1).standard_normal(shape) * below, requires_grad=True)
    assert gradcheck(lambda x: how(x * off - tg.tensor(np.eye(*shape))), x)


def test_a_state_travels_with_its_base_and_a_second_parametrization_needs_none():
    first, second = orthogonal(nn.Linear(3, 2)), orthogonal(nn.Linear(3, 2))
    assert list(first.state_dict()) == [
        "bias",
        "parametrizations.weight.original",
        "parametrizations.weight.0.base",
    ]
    second.load_state_dict(first.state_dict())
    assert (first.weight == second.weight).all()

    class Doubled(nn.Module):
        def forward(self, x):
            return 2 * x

    m = orthogonal(register_parametrization(Weight(3, 3), "weight", Doubled()))
    assert_orthonormal(m.weight)


@pytest.mark.parametrize("orthogonal_map", ["matrix_exp", "cayley"])
def test_without_trivialization_a_rotation_maps_the_weight_and_takes_no_value(orthogonal_map):
    m = Weight(3, 3)
    before = m.weight.detach().clone()
    orthogonal(m, "weight", orthogonal_map, use_trivialization=False)
    assert (m.parametrizations.weight.original == before).all()
    with pytest.raises(NotImplementedError, match="no value can be assigned"):
        m.weight = before


def test_what_is_no_weight_and_no_map_is_an_error_and_changes_nothing():
    m = nn.Linear(3, 2)
    for match, call in {
        r"`name` \(='w'\) must name": lambda: orthogonal(m, "w"),
        r"\(shape \(2,\)\) must be a matrix": lambda: orthogonal(m, "bias"),
        r"`orthogonal_map` \(='expm'\) must be one of matrix_exp, cayley, householder": lambda: orthogonal(
            m, orthogonal_map="expm"
        ),
        "does not support complex": lambda: orthogonal(Weight(2, 2, dtype="complex128"), orthogonal_map="householder"),
    }.items():
        with pytest.raises(ValueError, match=match):
            call()
    assert type(m) is nn.Linear
    orthogonal(m)
    with pytest.raises(ValueError, match=r"must have the shape \(2, 3\)"):
        m.weight = tg.ones(3, 3)
