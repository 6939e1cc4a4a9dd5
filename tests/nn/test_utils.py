"""Parameters as one vector; batch norms folded into the layer before."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn
from tapegrad.nn import utils


def test_parameters_become_a_vector_and_come_back():
    a, b = nn.Linear(2, 3), nn.Linear(2, 3)
    with tg.tape():
        v = utils.parameters_to_vector(a.parameters())
        (v * v).sum().backward()
    assert v.shape == (9,) and (a.weight.grad == 2 * a.weight).all()
    utils.vector_to_parameters(v.detach(), b.parameters())
    assert (b.weight == a.weight).all() and (b.bias == a.bias).all()


@pytest.mark.parametrize(
    ("vec", "error"), [(tg.ones(8), ValueError), (tg.ones(3, 3), ValueError), ([1.0] * 9, TypeError)]
)
def test_a_vector_that_does_not_fit_changes_nothing(vec, error):
    m = nn.Linear(2, 3)
    before = m.weight.detach().clone()
    with pytest.raises(error, match=r"\[vector_to_parameters\] `vec`"):
        utils.vector_to_parameters(vec, m.parameters())
    assert (m.weight == before).all()


def used(norm):
    """A batch norm that has seen data, in evaluation."""
    norm = norm.double()
    for p in norm.parameters():
        nn.init.normal_(p)
    x = tg.randn(4, norm.num_features, 3, dtype=tg.float64)
    norm(x if isinstance(norm, nn.BatchNorm1d) else x.unsqueeze(-1))
    return norm.eval()


@pytest.mark.parametrize(
    ("layer", "norm", "shape"),
    [
        (nn.Conv1d(2, 4, 2), nn.BatchNorm1d(4), (3, 2, 5)),
        (nn.Conv2d(2, 4, 2, groups=2, bias=False), nn.BatchNorm2d(4, affine=False), (3, 2, 5, 4)),
        (nn.ConvTranspose2d(2, 4, 2), nn.BatchNorm2d(4), (3, 2, 5, 4)),
        (nn.Linear(2, 4), nn.BatchNorm1d(4), (3, 2)),
    ],
)
def test_a_fused_layer_computes_both(layer, norm, shape):
    layer, norm, x = layer.double().eval(), used(norm), tg.randn(*shape, dtype=tg.float64)
    if isinstance(layer, nn.Linear):
        fused = utils.fuse_linear_bn_eval(layer, norm)
    else:
        fused = utils.fuse_conv_bn_eval(layer, norm, isinstance(layer, nn.ConvTranspose2d))
    assert type(fused) is type(layer) and all(p.requires_grad for p in fused.parameters())
    np.testing.assert_allclose(fused(x).detach().numpy(), norm(layer(x)).detach().numpy(), rtol=1e-12, atol=1e-12)


def test_only_what_is_in_evaluation_is_fused():
    conv, norm = nn.Conv1d(1, 1, 1), nn.BatchNorm1d(1)
    with pytest.raises(ValueError, match="both modules must be in evaluation mode"):
        utils.fuse_conv_bn_eval(conv, norm)
    with pytest.raises(ValueError, match="`bn` must have running statistics"):
        utils.fuse_conv_bn_eval(conv.eval(), nn.BatchNorm1d(1, track_running_stats=False).eval())
