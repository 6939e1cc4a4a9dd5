"""Parametrizations, and the norms of weights that are made of them."""

import copy

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn
from tapegrad.nn import utils
from tapegrad.nn.utils import parametrizations, parametrize


class Doubled(nn.Module):
    def forward(self, x):
        return x * 2

    def right_inverse(self, y):
        return y / 2


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).T


class Product(nn.Module):
    """A matrix of rank one."""

    def forward(self, column, row):
        return column * row

    def right_inverse(self, y):
        return y[:, :1], y[:1] / y[0, 0]


def test_a_parametrized_weight_is_computed_and_its_original_is_trained():
    m = nn.Linear(2, 2, bias=False)
    weight, before = m.weight, m.weight.detach().clone()
    assert parametrize.register_parametrization(m, "weight", Doubled()) is m
    assert m.parametrizations.weight.original is weight and list(m.state_dict()) == ["parametrizations.weight.original"]
    assert (m.weight == before).all() and (weight == before / 2).all()
    with tg.tape():
        y = m(tg.ones(1, 2)).sum()
    y.backward()
    assert (weight.grad == 2).all()
    assert repr(m).startswith("ParametrizedLinear(\n  in_features=2") and "weight" in dir(m)


def test_parametrizations_follow_one_another_and_assignment_goes_back_through_all():
    m = nn.Linear(3, 3)
    parametrize.register_parametrization(m, "weight", Doubled())
    parametrize.register_parametrization(m, "weight", Doubled())
    m.weight = tg.ones(3, 3) * 8
    assert (m.parametrizations.weight.original == 2).all() and (m.weight == 8).all()
    m.weight = nn.Parameter(tg.ones(3, 3) * 4)
    assert (m.parametrizations.weight.original == 1).all() and "weight" not in m._parameters
    parametrize.register_parametrization(m, "weight", Symmetric())
    with pytest.raises(RuntimeError, match="Symmetric has no `right_inverse`"):
        m.weight = tg.ones(3, 3)


def test_a_parametrization_may_start_from_several_tensors():
    m = parametrize.register_parametrization(nn.Linear(3, 2), "weight", Product())
    assert [name for name, _ in m.named_parameters()] == [
        "bias",
        "parametrizations.weight.original0",
        "parametrizations.weight.original1",
    ]
    assert np.linalg.matrix_rank(m.weight.detach().numpy()) == 1
    with pytest.raises(ValueError, match="must be True where there are several originals"):
        parametrize.remove_parametrizations(m, "weight", leave_parametrized=False)
    value = m.weight.detach()
    parametrize.remove_parametrizations(m, "weight")
    assert type(m) is nn.Linear and isinstance(m.weight, nn.Parameter) and (m.weight == value).all()


def test_removal_leaves_the_value_or_the_original_and_a_copy_alone():
    for leave, want in ((True, 2.0), (False, 1.0)):
        m = parametrize.register_parametrization(nn.Linear(1, 1), "bias", Doubled())
        original = m.parametrizations.bias.original
        m.bias = tg.tensor([2.0])
        twin = copy.deepcopy(m)
        assert parametrize.is_parametrized(m) and parametrize.is_parametrized(m, "bias")
        parametrize.remove_parametrizations(m, "bias", leave)
        assert m.bias is original and m.bias.item() == want and not parametrize.is_parametrized(m)
        assert twin.bias.item() == 2.0 and parametrize.is_parametrized(twin, "bias")


def test_a_buffer_is_parametrized_too():
    m = nn.Module()
    m.register_buffer("b", tg.ones(2))
    parametrize.register_parametrization(m, "b", Doubled())
    assert list(dict(m.named_buffers())) == ["parametrizations.b.original"] and m.b.tolist() == [1.0, 1.0]


def test_inside_cached_a_weight_is_computed_once():
    calls = []

    class Counted(nn.Module):
        def forward(self, x):
            calls.append(1)
            return x * 1

    m = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Counted())
    calls.clear()
    with parametrize.cached():
        with parametrize.cached():
            assert m.weight is m.weight
        assert len(calls) == 1
    assert m.weight is not m.weight and len(calls) == 3


class Longer(nn.Module):
    def forward(self, x):
        return tg.cat([x, x])


class Wrong(nn.Module):
    def forward(self, x):
        return x

    def right_inverse(self, y):
        return 3


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda m: parametrize.register_parametrization(m, "w", Doubled()),
            "must name a parameter or a buffer of Linear",
        ),
        (
            lambda m: parametrize.register_parametrization(m, "bias", Longer()),
            r"must keep dtype and shape \(float32, \(2,",
        ),
        (lambda m: parametrize.register_parametrization(m, "bias", Wrong()), "sequence of Tensors, got int"),
        (lambda m: parametrize.remove_parametrizations(m, "bias"), "is not parametrized"),
        (lambda m: parametrizations.spectral_norm(m, "nothing"), "must name a parameter of Linear"),
        (lambda m: parametrizations.spectral_norm(m, n_power_iterations=0), "must be positive"),
        (lambda m: utils.weight_norm(m, "nothing"), "must name a parameter of Linear"),
        (lambda m: utils.spectral_norm(m, n_power_iterations=0), "must be positive"),
        (lambda m: utils.remove_weight_norm(m), "`weight` of Linear has no such norm"),
    ],
)
def test_what_cannot_be_changes_nothing(change, match):
    m = nn.Linear(2, 2)
    before = list(m.parameters())
    with pytest.raises(ValueError, match=match):
        change(m)
    assert type(m) is nn.Linear and all(p is q for p, q in zip(m.parameters(), before, strict=True))


def test_unsafe_allows_another_shape():
    m = parametrize.register_parametrization(nn.Linear(2, 2), "bias", Longer(), unsafe=True)
    assert m.bias.shape == (4,)


# ------------------------------------------------------------------------------ norms


@pytest.mark.parametrize("norm", [parametrizations.weight_norm, utils.weight_norm])
@pytest.mark.parametrize(("dim", "axes"), [(0, (1, 2, 3)), (1, (0, 2, 3)), (None, (0, 1, 2, 3))])
def test_weight_norm_splits_a_weight_into_lengths_and_directions(norm, dim, axes):
    m = nn.Conv2d(2, 3, 2).double()
    before = m.weight.detach().numpy()
    norm(m, dim=dim)
    m(tg.ones(1, 2, 3, 3).double())
    np.testing.assert_allclose(m.weight.detach().numpy(), before)
    g, v = (p for name, p in m.named_parameters() if name != "bias")
    with tg.no_grad():
        v *= 3.0
        g *= 2.0
    m(tg.ones(1, 2, 3, 3).double())
    np.testing.assert_allclose(m.weight.detach().numpy(), before * 2)
    length = np.sqrt((before**2).sum(axes, keepdims=True)) * 2
    np.testing.assert_allclose(g.detach().numpy(), length.reshape(g.shape))


@pytest.mark.parametrize("make", [lambda: nn.Linear(5, 4), lambda: nn.ConvTranspose1d(3, 4, 2)])
@pytest.mark.parametrize("norm", [parametrizations.spectral_norm, utils.spectral_norm])
def test_spectral_norm_makes_the_first_singular_value_one(norm, make):
    m = norm(make().double(), n_power_iterations=200)
    m(tg.ones(1, 3, 5).double())
    w = m.weight.detach().numpy()
    matrix = w if w.ndim == 2 else w.swapaxes(0, 1).reshape(4, -1)
    assert np.linalg.svd(matrix)[1][0] == pytest.approx(1)
    m.eval()
    state = {name: x.numpy().copy() for name, x in m.state_dict().items()}
    m(tg.ones(1, 3, 5).double())
    assert all((x.numpy() == state[name]).all() for name, x in m.state_dict().items())


def test_two_passes_share_one_backward_although_the_vectors_moved_on():
    m = parametrizations.spectral_norm(nn.Linear(3, 2))
    with tg.tape():
        y = (m(tg.ones(1, 3)) - m(tg.ones(1, 3) * 2)).sum()
    y.backward()
    assert m.parametrizations.weight.original.grad is not None


def test_the_spectral_norm_of_a_vector_is_its_length():
    m = parametrizations.spectral_norm(nn.Linear(2, 3), "bias")
    assert tg.linalg.vector_norm(m.bias).item() == pytest.approx(1)
    with pytest.raises(IndexError, match=r"`dim` \(=3\) must lie in -2 … 1"):
        parametrizations.spectral_norm(m, dim=3)


@pytest.mark.parametrize(
    ("norm", "remove"),
    [(utils.weight_norm, utils.remove_weight_norm), (utils.spectral_norm, utils.remove_spectral_norm)],
)
def test_older_norms_are_taken_off_again(norm, remove):
    m = nn.Linear(3, 2)
    norm(m).eval()
    y = m(tg.ones(1, 3))
    remove(m)
    assert set(m.state_dict()) == {"weight", "bias"} and not m._call_hooks
    np.testing.assert_allclose(m(tg.ones(1, 3)).detach().numpy(), y.detach().numpy(), rtol=1e-6)


def test_states_of_the_older_weight_norm_load_into_the_newer():
    old, new = utils.weight_norm(nn.Linear(3, 2)), parametrizations.weight_norm(nn.Linear(3, 2))
    assert list(old.state_dict()) == ["bias", "weight_g", "weight_v"]
    assert new.load_state_dict(old.state_dict()) == ([], [])
    assert (new(tg.ones(1, 3)) == old(tg.ones(1, 3))).all()
