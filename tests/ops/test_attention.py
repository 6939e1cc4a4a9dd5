"""Attention against its definition in NumPy, its rules, rows that may look nowhere."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.nn.functional import scaled_dot_product_attention as attend
from tapegrad.ops.attention import attention_weights
from tapegrad.testing import check_rule

RANDOM = np.random.default_rng(0)
Q, K, V = (RANDOM.standard_normal(shape) for shape in [(2, 4, 3, 5), (2, 4, 6, 5), (2, 4, 6, 2)])
SEEN = RANDOM.random((3, 6)) < 0.7
SEEN[1] = False  # this query may look nowhere
ADDED = RANDOM.standard_normal((4, 3, 6))


def expected(added, scale=5**-0.5):
    scores = Q @ K.swapaxes(-1, -2) * scale + added
    e = np.exp(scores - scores.max(-1, keepdims=True, where=scores > -np.inf, initial=-1e9))
    total = e.sum(-1, keepdims=True)
    return e / np.where(total == 0, 1, total) @ V


@pytest.mark.parametrize(
    ("settings", "added"),
    [
        ({}, 0),
        ({"scale": 0.5}, 0),
        ({"is_causal": True}, np.where(np.tri(3, 6), 0, -np.inf)),
        ({"attn_mask": SEEN}, np.where(SEEN, 0, -np.inf)),
        ({"attn_mask": ADDED}, ADDED),
    ],
)
def test_values_and_rules_are_those_of_the_definition(settings, added):
    y = attend(tg.tensor(Q), tg.tensor(K), tg.tensor(V), **settings)
    np.testing.assert_allclose(y.numpy(), expected(added, settings.get("scale", 5**-0.5)), 1e-12, 1e-14)
    part = {k: v[:, :2, :4] if v is ADDED else v[:2, :4] if v is SEEN else v for k, v in settings.items()}
    check_rule(lambda q, k, v: attend(q, k, v, **part), Q[0, :, :2], K[0, :, :4], V[0, :, :4])


def test_weights_of_a_query_sum_to_one_or_to_nothing():
    total = attention_weights(tg.tensor(Q), tg.tensor(K), tg.tensor(SEEN)).sum(-1).numpy()
    np.testing.assert_allclose(total, np.broadcast_to(SEEN.any(1), total.shape))


def test_a_mask_that_is_added_has_a_gradient():
    check_rule(lambda m: attend(tg.tensor(Q), tg.tensor(K), tg.tensor(V), m), ADDED)


def test_heads_may_share_keys_and_values():
    y = attend(tg.tensor(Q), tg.tensor(K[:, :2]), tg.tensor(V[:, :2]), enable_gqa=True)
    heads = [0, 0, 1, 1]
    np.testing.assert_allclose(y.numpy(), attend(Q, K[:, heads], V[:, heads]), 1e-12)


def test_dropout_clears_weights():
    y = attend(tg.tensor(Q), tg.tensor(K), tg.ones(2, 4, 6, 1).double(), dropout_p=1.0)
    assert not y.any()


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"is_causal": True, "attn_mask": SEEN}, ValueError, r"`attn_mask` must be None where `is_causal`"),
        ({"attn_mask": ADDED.astype("float32")}, RuntimeError, r"`attn_mask` \(dtype float32\) must be boolean or"),
        ({"enable_gqa": True, "key": tg.tensor(K[:, :3])}, RuntimeError, r"must be a multiple of the 3"),
        ({"key": tg.ones(5).double()}, ValueError, r"`key` \(shape \(5,\)\) must have at least two"),
    ],
)
def test_misuse_is_named(settings, error, message):
    with pytest.raises(error, match=message):
        attend(**{"query": tg.tensor(Q), "key": tg.tensor(K), "value": tg.tensor(V), **settings})
