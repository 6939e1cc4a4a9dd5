"""Normalisations as layers: what they compute, estimates, modes, state, PyTorch's repr, errors."""

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad import nn

IMAGES = tg.tensor(np.random.default_rng(0).standard_normal((3, 4, 2, 3)))
VOLUMES, LINES, ROWS = IMAGES.reshape(3, 4, 2, 3, 1), IMAGES.reshape(3, 4, 6), IMAGES[:, :, 0, 0]


def normal(x, axes, eps=1e-5):
    """Return `x` with mean 0 and variance 1 along `axes`."""
    x = x.numpy()
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


LAYERS = [  # (layer, PyTorch's repr, input, output)
    (
        nn.LayerNorm(3),
        "LayerNorm((3,), eps=1e-05, elementwise_affine=True, bias=True)",
        IMAGES,
        normal(IMAGES, 3),
    ),
    (
        nn.LayerNorm([2, 3], 0.1, bias=False),
        "LayerNorm((2, 3), eps=0.1, elementwise_affine=True, bias=False)",
        IMAGES,
        normal(IMAGES, (2, 3), 0.1),
    ),
    (
        nn.RMSNorm((2, 3), 0.1),
        "RMSNorm((2, 3), eps=0.1, elementwise_affine=True)",
        IMAGES,
        IMAGES.numpy() / np.sqrt((IMAGES.numpy() ** 2).mean((2, 3), keepdims=True) + 0.1),
    ),
    (
        nn.GroupNorm(2, 4),
        "GroupNorm(2, 4, eps=1e-05, affine=True, bias=True)",
        IMAGES,
        normal(IMAGES.reshape(3, 2, 12), 2).reshape(3, 4, 2, 3),
    ),
    (
        nn.LocalResponseNorm(3, 0.1),
        "LocalResponseNorm(3, alpha=0.1, beta=0.75, k=1.0)",
        IMAGES,
        F.local_response_norm(IMAGES, 3, 0.1).numpy(),
    ),
    (
        nn.CrossMapLRN2d(4, 0.1, k=2),
        "CrossMapLRN2d(4, alpha=0.1, beta=0.75, k=2)",
        IMAGES,
        F.local_response_norm(IMAGES, 3, 0.075, k=2.0).numpy(),
    ),
    (
        nn.BatchNorm1d(4),
        "BatchNorm1d(4, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)",
        ROWS,
        normal(ROWS, 0),
    ),
    (
        nn.BatchNorm2d(4, 0.1, None, False, False),
        "BatchNorm2d(4, eps=0.1, momentum=None, affine=False, bias=False, track_running_stats=False)",
        IMAGES,
        normal(IMAGES, (0, 2, 3), 0.1),
    ),
    (
        nn.BatchNorm3d(4, bias=False),
        "BatchNorm3d(4, eps=1e-05, momentum=0.1, affine=True, bias=False, track_running_stats=True)",
        VOLUMES,
        normal(VOLUMES, (0, 2, 3, 4)),
    ),
    (
        nn.InstanceNorm1d(4),
        "InstanceNorm1d(4, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)",
        LINES[0],
        normal(LINES[0], 1),
    ),
    (
        nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
        "InstanceNorm2d(4, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)",
        IMAGES,
        normal(IMAGES, (2, 3)),
    ),
]


@pytest.mark.parametrize(("layer", "text", "x", "y"), LAYERS, ids=lambda v: v[:14] if isinstance(v, str) else "")
def test_a_layer_prints_like_pytorchs_and_normalises(layer, text, x, y):
    assert repr(layer) == text
    np.testing.assert_allclose(layer.double()(x).detach().numpy(), y, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("momentum", [0.3, None])
def test_estimates_follow_the_batches_and_serve_in_evaluation(momentum):
    layer = nn.BatchNorm2d(4, momentum=momentum, dtype=tg.float64)
    batches = [IMAGES, IMAGES * 2 + 1, IMAGES**2]
    mean, var = np.zeros(4), np.ones(4)
    for count, x in enumerate(batches, 1):
        layer(x)
        share = 1 / count if momentum is None else momentum
        mean += share * (x.numpy().mean((0, 2, 3)) - mean)
        var += share * (x.numpy().var((0, 2, 3), ddof=1) - var)
    np.testing.assert_allclose(layer.running_mean.numpy(), mean)
    np.testing.assert_allclose(layer.running_var.numpy(), var)
    assert layer.num_batches_tracked.item() == 3
    still = layer.eval()(IMAGES).detach().numpy()
    along = (slice(None), None, None)
    np.testing.assert_allclose(still, (IMAGES.numpy() - mean[along]) / np.sqrt(var[along] + 1e-5))
    assert layer.num_batches_tracked.item() == 3
    layer.reset_parameters()
    assert layer.running_mean.tolist() == [0.0] * 4 and layer.running_var.tolist() == [1.0] * 4


def test_the_state_is_pytorchs():
    assert list(nn.BatchNorm1d(2).state_dict()) == [
        "weight",
        "bias",
        "running_mean",
        "running_var",
        "num_batches_tracked",
    ]
    assert list(nn.InstanceNorm2d(2).state_dict()) == []
    assert list(nn.RMSNorm(2).state_dict()) == ["weight"]
    assert nn.BatchNorm1d(2).double().num_batches_tracked.dtype == tg.int64
    layer, other = nn.BatchNorm1d(4), nn.BatchNorm1d(4)
    layer(ROWS.float())
    other.load_state_dict(layer.state_dict())
    assert (other.running_var == layer.running_var).all() and other.num_batches_tracked.item() == 1


def test_training_without_tracking_leaves_the_estimates_alone():
    layer = nn.BatchNorm1d(4, dtype=tg.float64)
    layer.track_running_stats = False
    layer(ROWS)
    assert layer.running_mean.tolist() == [0.0] * 4 and layer.num_batches_tracked.item() == 0


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: nn.BatchNorm1d(4)(IMAGES), ValueError, r"\[BatchNorm1d\] `input` .* must have 2 or 3 dimensions"),
        (lambda: nn.BatchNorm2d(4)(LINES), ValueError, r"\[BatchNorm2d\] `input` .* must have 4 dimensions"),
        (lambda: nn.BatchNorm2d(3)(IMAGES), RuntimeError, r"\[batch_norm\] `running_mean` \(shape \(3,\)\)"),
        (lambda: nn.InstanceNorm1d(3, affine=True)(LINES), ValueError, r"`input` \(4 channels\) must have"),
        (lambda: nn.GroupNorm(3, 4), ValueError, r"`num_groups` \(=3\) must be positive and divide"),
        (lambda: nn.LayerNorm(2.5), TypeError, r"\[LayerNorm\] `normalized_shape` \(=2.5\)"),
        (lambda: nn.LayerNorm(2)(IMAGES), RuntimeError, r"`normalized_shape` \(=\(2,\)\) must be the last sizes"),
        (lambda: nn.CrossMapLRN2d(3)(LINES), ValueError, r"\[CrossMapLRN2d\] `input`"),
    ],
)
def test_what_does_not_fit_is_said(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_another_number_of_channels_is_a_warning_where_nothing_depends_on_it():
    with pytest.warns(UserWarning, match=r"\[InstanceNorm1d\] `input` \(4 channels\)"):
        assert nn.InstanceNorm1d(3)(LINES).shape == LINES.shape


@pytest.mark.parametrize(
    ("lazy", "kind", "x"),
    [
        (nn.LazyBatchNorm1d(momentum=None), nn.BatchNorm1d, ROWS),
        (nn.LazyBatchNorm2d(bias=False), nn.BatchNorm2d, IMAGES),
        (nn.LazyBatchNorm3d(affine=False), nn.BatchNorm3d, VOLUMES),
        (nn.LazyInstanceNorm1d(track_running_stats=False), nn.InstanceNorm1d, LINES[0]),
        (nn.LazyInstanceNorm2d(), nn.InstanceNorm2d, IMAGES),
        (nn.LazyInstanceNorm3d(affine=False), nn.InstanceNorm3d, VOLUMES),
    ],
    ids=lambda v: type(v).__name__,
)
def test_a_lazy_layer_becomes_the_ordinary_one(lazy, kind, x):
    how = {name: getattr(lazy, name) for name in ("momentum", "affine", "track_running_stats")}
    usual = kind(4, **how, bias=lazy.bias is not None)
    y = lazy(x.float())
    assert type(lazy) is kind and repr(lazy) == repr(usual)
    assert (y == usual(x.float())).all() and list(lazy.state_dict()) == list(usual.state_dict())


def test_weights_without_a_number_of_batches_load():
    norm = nn.BatchNorm1d(2)
    state = norm.state_dict()
    del state["num_batches_tracked"]
    assert norm.load_state_dict(state).missing_keys == []
    with pytest.raises(RuntimeError, match=r'Missing key.*"running_mean"'):
        norm.load_state_dict({name: value for name, value in state.items() if name != "running_mean"})
