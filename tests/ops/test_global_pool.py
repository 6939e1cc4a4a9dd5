"""Global pooling: rules, PyTorch's conventions for ties and NaN, adaptive pooling to one element, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad import nn
from tapegrad.testing import arrays, check_rule

KINDS = ["avg", "max"]


@st.composite
def channels(draw, rank):
    """Channels in a batch or not, with no two elements close."""
    batch = draw(st.sampled_from([(), (2,), (0,)]))
    return draw(arrays((*batch, 2, *(draw(st.integers(1, 4)) for _ in range(rank))), distinct=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
def test_global_pool_rules(rank, kind, data):
    check_rule(getattr(F, f"global_{kind}_pool{rank}d"), data.draw(channels(rank)))


@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
def test_every_channel_becomes_its_mean_or_its_largest_and_keeps_its_axes(rank, data):
    x = data.draw(channels(rank))
    axes = tuple(range(x.ndim - rank, x.ndim))
    mean, largest = (getattr(nn, f"Global{kind}Pool{rank}d")()(tg.tensor(x)).numpy() for kind in ("Avg", "Max"))
    np.testing.assert_allclose(mean, x.mean(axes, keepdims=True), 1e-5, 1e-6)
    np.testing.assert_array_equal(largest, x.max(axes, keepdims=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
@given(st.data())
def test_it_is_adaptive_pooling_to_one_element(rank, kind, data):
    x, pools = data.draw(channels(rank)), [getattr(F, f"{how}_{kind}_pool{rank}d") for how in ("global", "adaptive")]
    runs = []
    for pool, settings in zip(pools, [(), (1,)], strict=True):
        leaf = tg.tensor(x, requires_grad=True)
        with tg.tape():
            y = pool(leaf, *settings)
        y.backward(tg.ones_like(y))
        runs.append((y.detach().numpy(), leaf.grad.numpy()))
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    np.testing.assert_array_equal(runs[0][1], runs[1][1])


def test_the_first_of_equals_gets_the_gradient_and_nan_wins():
    x = tg.tensor([[[1.0, 3.0], [3.0, 3.0]], [[1.0, float("nan")], [5.0, 6.0]]], requires_grad=True)
    with tg.tape():
        y = F.global_max_pool2d(x)
    y.backward(tg.ones(2, 1, 1))
    assert x.grad.tolist() == [[[0.0, 1.0], [0.0, 0.0]], [[0.0, 1.0], [0.0, 0.0]]]
    assert y[0].item() == 3.0 and np.isnan(y[1].item())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_what_is_no_batch_of_channels_is_an_error(rank, kind):
    pool, name = getattr(F, f"global_{kind}_pool{rank}d"), f"global_{kind}_pool{rank}d"
    for shape in [(2,) * rank, (2,) * (rank + 3)]:
        with pytest.raises(ValueError, match=rf"\[{name}\] `x` .* must be {rank + 1}-D or {rank + 2}-D"):
            pool(tg.ones(*shape))
    with pytest.raises(ValueError, match="must have elements along its last axes"):
        pool(tg.ones(2, 2, *(0,) * rank))


def test_means_of_integers_are_an_error_their_largest_is_not():
    x = tg.arange(6).reshape(1, 2, 3)
    with pytest.raises(RuntimeError, match="global_avg_pool2d"):
        F.global_avg_pool2d(x)
    assert F.global_max_pool2d(x).tolist() == [[[5]]]
