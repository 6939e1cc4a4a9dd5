"""Random streams: reproducible, independent of NumPy, of the right distribution."""

import numpy as np
import pytest

import tapegrad as tg


def test_a_seed_fixes_the_stream_and_states_continue_it():
    g = tg.Generator().manual_seed(7)
    first = tg.rand(5, generator=g)
    state = g.get_state()
    second = tg.randn(4, generator=g)
    assert tg.rand(5, generator=g.manual_seed(7)).tolist() == first.tolist() and g.initial_seed() == 7
    assert tg.randn(4, generator=g.set_state(state)).tolist() == second.tolist()
    assert first.tolist() != tg.rand(5, generator=tg.Generator().manual_seed(8)).tolist()


def test_the_default_generator_is_seeded_by_manual_seed_and_numpys_state_is_untouched():
    before = np.random.get_state()[1].tolist()
    tg.manual_seed(3)
    a = tg.randn(3).tolist()
    saved = tg.get_rng_state()
    b = tg.randint(0, 10, (3,)).tolist()
    tg.set_rng_state(saved)
    assert tg.randint(0, 10, (3,)).tolist() == b
    assert tg.initial_seed() == 3 and np.random.get_state()[1].tolist() == before
    np.random.seed(0)
    tg.manual_seed(3)
    assert tg.randn(3).tolist() == a


def test_a_generator_of_its_own_leaves_the_default_one_alone():
    tg.manual_seed(0)
    tg.rand(3, generator=tg.Generator().manual_seed(5))
    a = tg.rand(2).tolist()
    tg.manual_seed(0)
    assert tg.rand(2).tolist() == a


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_distributions(dtype):
    g = tg.Generator().manual_seed(1)
    n = 200_000
    u, z = tg.rand(n, generator=g, dtype=dtype).numpy(), tg.randn(n, generator=g, dtype=dtype).numpy()
    assert u.dtype == dtype and u.min() >= 0 and u.max() < 1 and abs(u.mean() - 0.5) < 0.005
    assert abs(z.mean()) < 0.01 and abs(z.std() - 1) < 0.01 and abs((z**3).mean()) < 0.05 and len(set(z)) > n * 0.9
    k = tg.randint(-3, 4, (n,), generator=g).numpy()
    assert set(k) == set(range(-3, 4)) and k.dtype == np.int64
    np.testing.assert_allclose(np.bincount(k + 3) / n, 1 / 7, atol=0.005)
    assert sorted(tg.randperm(100, generator=g).tolist()) == list(range(100))
    m = tg.normal(tg.full((n,), 3.0), 2.0, generator=g).numpy()
    assert abs(m.mean() - 3) < 0.03 and abs(m.std() - 2) < 0.03
    b = tg.bernoulli(tg.full((n,), 0.3), generator=g).numpy()
    assert set(b) == {0.0, 1.0} and abs(b.mean() - 0.3) < 0.005


def test_tensors_are_filled_in_place():
    g = tg.Generator().manual_seed(2)
    x = tg.empty(50_000)
    assert x.uniform_(-1, 3, generator=g) is x and -1 <= x.min() and x.max() < 3 and abs(x.mean().item() - 1) < 0.05
    x.normal_(5, 0.5, generator=g)
    assert abs(x.mean().item() - 5) < 0.02 and abs(x.std().item() - 0.5) < 0.02
    k = tg.zeros(50_000, dtype=tg.int64).bernoulli_(0.25, generator=g)
    assert k.dtype == tg.int64 and abs(k.double().mean().item() - 0.25) < 0.02
    w = tg.ones(3, requires_grad=True)
    w.data.normal_(0, 0.01)
    assert w.requires_grad and abs(w.detach()).max() < 0.1


def test_wrong_arguments_are_named():
    for call, error, message in [
        (lambda: tg.randint(5, 5, (2,)), RuntimeError, r"`low` \(=5\)"),
        (lambda: tg.rand(2, dtype=tg.int64), RuntimeError, "floating"),
        (lambda: tg.zeros(2).uniform_(2, 1), RuntimeError, r"`low` \(=2\)"),
        (lambda: tg.zeros(2).normal_(0, -1), RuntimeError, "`std`"),
        (lambda: tg.zeros(2, dtype=tg.int64).normal_(), RuntimeError, "int64"),
        (lambda: tg.zeros(2).bernoulli_(2), RuntimeError, "probability"),
        (lambda: tg.rand(2, generator=3), TypeError, "Generator"),
        (lambda: tg.bernoulli(tg.tensor([2.0])), RuntimeError, "probabilities"),
        (lambda: tg.Generator().manual_seed(1 << 128), ValueError, "seed"),
        (lambda: tg.Generator().set_state(tg.zeros(3)), TypeError, "get_state"),
    ]:
        with pytest.raises(error, match=message):
            call()


FILLED = {
    "exponential_": ((2.0,), 0.5, 0.25),
    "log_normal_": ((0.1, 0.5), np.exp(0.1 + 0.125), (np.exp(0.25) - 1) * np.exp(0.2 + 0.25)),
    "geometric_": ((0.25,), 4.0, 12.0),
}


@pytest.mark.parametrize("name", FILLED)
def test_filled_numbers_have_their_mean_and_variance(name):
    args, mean, variance = FILLED[name]
    x = getattr(tg.zeros(40000, dtype=tg.float64), name)(*args, generator=tg.Generator().manual_seed(3)).numpy()
    assert abs(x.mean() - mean) < 5 * np.sqrt(variance / len(x)) and abs(x.var() / variance - 1) < 0.15
    assert x.min() > 0


def test_cauchy_numbers_have_their_quartiles():
    x = tg.zeros(40000).cauchy_(2.0, 3.0, generator=tg.Generator().manual_seed(3)).numpy()
    np.testing.assert_allclose(np.quantile(x, [0.25, 0.5, 0.75]), [-1, 2, 5], atol=0.15)


@pytest.mark.parametrize("replacement", [True, False])
def test_positions_are_drawn_by_their_weights(replacement):
    weights = tg.tensor([[1.0, 0.0, 3.0], [2.0, 2.0, 0.0]])
    generator = tg.Generator().manual_seed(1)
    drawn = tg.multinomial(weights.repeat(5000, 1), 2, replacement, generator=generator).numpy().reshape(5000, 2, 2)
    first = drawn[:, :, 0]
    assert drawn.dtype == np.int64 and not (first[:, 0] == 1).any() and not (first[:, 1] == 2).any()
    assert abs((first[:, 0] == 2).mean() - 0.75) < 0.03 and abs((first[:, 1] == 1).mean() - 0.5) < 0.03
    if not replacement:
        assert (drawn[..., 0] != drawn[..., 1]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: x.exponential_(0), r"\[exponential_\] `lambd` \(=0\)"),
        (lambda x: x.cauchy_(0, 0), r"\[cauchy_\] `sigma` \(=0\)"),
        (lambda x: x.log_normal_(0, -1), r"\[log_normal_\] `std` \(=-1\)"),
        (lambda x: x.geometric_(1), r"\[geometric_\] `p` \(=1\)"),
        (lambda x: x.multinomial(4), r"\[multinomial\] `num_samples` \(=4\)"),
        (lambda x: (-x).multinomial(1), r"\[multinomial\] `input` must hold finite weights"),
        (lambda x: x.long().multinomial(1), r"\[multinomial\] `input` \(dtype int64"),
    ],
)
def test_draws_that_cannot_be_are_refused(call, message):
    with pytest.raises(RuntimeError, match=message):
        call(tg.ones(3))
