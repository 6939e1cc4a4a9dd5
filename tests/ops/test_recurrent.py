"""Rules of the recurrent layers, to second order, with sequences of equal and of different lengths."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.ops import recurrent
from tapegrad.testing import check_rule

H = 2
SIZES = pytest.mark.parametrize("sizes", [(2, 2), (3, 2, 1)])
REVERSE = pytest.mark.parametrize("reverse", [False, True])


def numbers(*shapes):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in shapes]


@SIZES
@REVERSE
@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_rnn(sizes, reverse, nonlinearity):
    args = numbers((sum(sizes), H), (H, H), (sizes[0], H))
    check_rule(lambda *args: recurrent.rnn(*args, sizes, reverse, nonlinearity), *args)


@SIZES
@REVERSE
def test_lstm(sizes, reverse):
    args = numbers((sum(sizes), 4 * H), (4 * H, H), (sizes[0], H), (sizes[0], H))
    check_rule(lambda *args: recurrent.lstm(*args, sizes, reverse), *args)


@SIZES
@REVERSE
def test_gru(sizes, reverse):
    args = numbers((sum(sizes), 3 * H), (3 * H, H), (3 * H,), (sizes[0], H))
    check_rule(lambda *args: recurrent.gru(*args, sizes, reverse), *args)


def test_a_projected_lstm_whose_projection_is_the_identity_is_the_lstm():
    args = numbers((5, 4 * H), (4 * H, H), (3, H), (3, H))
    plain = recurrent.lstm(*args, (3, 2), True)
    for a, b in zip(recurrent.lstm(*args, (3, 2), True, np.eye(H)), plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


@SIZES
@REVERSE
def test_projected_lstm(sizes, reverse):
    args = numbers((sum(sizes), 4 * H), (4 * H, 1), (sizes[0], 1), (sizes[0], H), (1, H))
    check_rule(lambda *a: recurrent.lstm(*a[:4], sizes, reverse, a[4]), *args)


def test_a_layer_of_a_thousand_steps_is_one_record_and_its_parts():
    shapes = (2000, 4 * H), (4 * H, H), (2, H), (2, H), (H, H)
    u, w, h, c, r = (tg.tensor(x, requires_grad=True) for x in numbers(*shapes))
    for projection in (None, r):
        with tg.tape() as t:
            y, _, _ = recurrent.lstm(u, w, h, c, (2,) * 1000, projection=projection)
            y.sum().backward()
        assert len(t) < 10 and all(x.grad is not None for x in (u, w, h, c))
    assert r.grad is not None
