"""Attention in heads, transformers and positions: by the book in NumPy, and what must not matter."""

import numpy as np
import pytest
from scipy.special import softmax

import tapegrad as tg
from tapegrad import nn
from tapegrad.nn import functional as F
from tapegrad.testing import gradcheck


@pytest.fixture(autouse=True)
def float64s():
    before = tg.get_default_dtype()
    tg.set_default_dtype("float64")
    yield tg.manual_seed(0)
    tg.set_default_dtype(before)


def check(y, want):
    np.testing.assert_allclose(
        y.detach().numpy(), want.detach().numpy() if isinstance(want, tg.Tensor) else want, 1e-10
    )


def stirred(module):
    """A module without zeros and ones among its parameters."""
    for p in module.parameters():
        nn.init.normal_(p)
    return module


def by_the_book(layer, query, key, value, mask=None):
    """Results and weights of one sequence; the mask is added."""
    p = {name: x.detach().numpy() for name, x in layer.named_parameters()}
    w = np.split(p["in_proj_weight"], 3) if "in_proj_weight" in p else [p[f"{n}_proj_weight"] for n in "qkv"]
    b = np.split(p["in_proj_bias"], 3) if "in_proj_bias" in p else (0, 0, 0)
    q, k, v = (x @ wi.T + bi for x, wi, bi in zip((query, key, value), w, b, strict=True))
    if "bias_k" in p:
        k, v = np.concatenate([k, p["bias_k"][0]]), np.concatenate([v, p["bias_v"][0]])
    if layer.add_zero_attn:
        k, v = (np.concatenate([x, np.zeros((1, layer.embed_dim))]) for x in (k, v))
    scores = np.zeros((len(q), len(k)))
    if mask is not None:
        scores[:, : mask.shape[1]] += mask
    y, weights = [], []
    for h in range(layer.num_heads):
        part = slice(h * layer.head_dim, (h + 1) * layer.head_dim)
        weights.append(softmax(q[:, part] @ k[:, part].T / np.sqrt(layer.head_dim) + scores, 1))
        y.append(weights[-1] @ v[:, part])
    out = np.concatenate(y, 1) @ p["out_proj.weight"].T + p.get("out_proj.bias", 0)
    return out, np.stack(weights)


@pytest.mark.parametrize(
    "settings",
    [{}, {"bias": False}, {"add_bias_kv": True, "add_zero_attn": True}, {"kdim": 3, "vdim": 5}],
    ids=str,
)
def test_heads_attend_by_the_book(settings):
    layer, n = stirred(nn.MultiheadAttention(8, 4, **settings)), np.random.default_rng(0)
    query, key, value = tg.randn(4, 8), tg.randn(6, settings.get("kdim", 8)), tg.randn(6, settings.get("vdim", 8))
    hidden, mask = n.random(6) < 0.3, n.standard_normal((4, 6))
    want, weights = by_the_book(layer, *(x.numpy() for x in (query, key, value)), mask + np.where(hidden, -np.inf, 0))
    args = query, key, value, tg.tensor(hidden)
    y, found = layer(*args, attn_mask=tg.tensor(mask))
    check(y, want)
    check(found, weights.mean(0))
    check(layer(*args, True, tg.tensor(mask), False)[1], weights)
    alone, none = layer(*args, False, tg.tensor(mask))
    check(alone, want)
    assert none is None


def test_batches_hold_sequences_that_know_nothing_of_each_other():
    layer, first = stirred(nn.MultiheadAttention(8, 2)), nn.MultiheadAttention(8, 2, batch_first=True)
    first.load_state_dict(layer.state_dict())
    x, memory = tg.randn(3, 5, 8), tg.randn(3, 4, 8)
    for others in ((x, x), (memory, memory), (memory, memory + 1)):
        y, weights = first(x, *others)
        check(y, tg.stack([layer(x[n], *(m[n] for m in others))[0] for n in range(3)]))
        back, _ = layer(*(m.transpose(0, 1) for m in (x, *others)))
        check(back.transpose(0, 1), y)
        assert weights.shape == (3, 5, others[0].shape[1])


def test_a_causal_layer_does_not_look_ahead_whether_told_or_shown():
    layer, x = stirred(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)).eval(), tg.randn(2, 5, 8)
    mask = nn.Transformer.generate_square_subsequent_mask(5)
    y = layer(x, mask)
    check(layer(x, mask, is_causal=True), y)
    check(layer(x, tg.isinf(mask)), y)
    for stack in (nn.TransformerEncoder(layer, 1), nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)):
        check(stack(x, mask), y)
    later = x.clone()
    later[:, 3:] += 1
    check(layer(later, mask)[:, :3], y[:, :3])
    assert not np.allclose(layer(later, mask)[:, 3:].detach().numpy(), y[:, 3:].detach().numpy())


def test_padding_is_not_seen():
    layer, x = stirred(nn.TransformerEncoderLayer(8, 2, 16)).eval(), tg.randn(5, 2, 8)
    padding = tg.tensor([[False] * 5, [False, False, False, True, True]])
    y = layer(x, src_key_padding_mask=padding)
    check(y[:3, 1], layer(x[:3, 1]))
    check(y[:, 0], layer(x[:, 0]))


@pytest.mark.parametrize("norm_first", [False, True])
def test_layers_add_what_their_blocks_find(norm_first):
    layer = stirred(nn.TransformerDecoderLayer(8, 2, 16, activation="gelu", norm_first=norm_first)).eval()
    x, memory = tg.randn(5, 8), tg.randn(4, 8)
    y, blocks = x, [
        lambda z: layer.self_attn(z, z, z)[0],
        lambda z: layer.multihead_attn(z, memory, memory)[0],
        lambda z: layer.linear2(F.gelu(layer.linear1(z))),
    ]  # fmt: skip
    for block, norm in zip(blocks, (layer.norm1, layer.norm2, layer.norm3), strict=True):
        y = y + block(norm(y)) if norm_first else norm(y + block(y))
    check(layer(x, memory), y)


def test_stacks_hold_copies_and_a_transformer_reads_what_it_encoded():
    layer = nn.TransformerEncoderLayer(8, 2, 16)
    stack = nn.TransformerEncoder(layer, 2, nn.LayerNorm(8))
    assert not {id(p) for p in layer.parameters()} & {id(p) for p in stack.parameters()}
    model = nn.Transformer(8, 2, 1, 2, 16, dropout=0.0)
    src, tgt = tg.randn(5, 3, 8), tg.randn(4, 3, 8)
    check(model(src, tgt), model.decoder(tgt, model.encoder(src)))
    assert [n for n, _ in layer.named_parameters()][:4] == [
        "self_attn.in_proj_weight", "self_attn.in_proj_bias", "self_attn.out_proj.weight", "self_attn.out_proj.bias",
    ]  # fmt: skip


def test_gradients_of_a_whole_transformer():
    model = stirred(nn.Transformer(4, 2, 1, 1, 3, 0.0, "gelu"))
    assert gradcheck(lambda *x: model(*x), (tg.randn(3, 4, requires_grad=True), tg.randn(2, 4, requires_grad=True)))
    with tg.tape():
        model(tg.randn(3, 4), tg.randn(2, 4)).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_dropout_clears_weights_while_training_alone():
    layer, x = nn.MultiheadAttention(8, 2, dropout=1.0), tg.randn(3, 8)
    assert not layer(x, x, x)[1].any() and layer.eval()(x, x, x)[1].all()


def test_rotated_products_depend_on_the_distance_alone():
    q, k = tg.randn(6), tg.randn(6)
    turned = [F.rotary_positions(v.expand(10, 6)) for v in (q, k)]
    products = (turned[0] @ turned[1].T).numpy()
    for distance in range(-9, 10):
        np.testing.assert_allclose(np.diff(np.diagonal(products, distance)), 0, atol=1e-12)
    check(turned[0][0], q)
    pairs = turned[0][7].numpy()[:3] + 1j * turned[0][7].numpy()[3:]
    theta = 10000.0 ** -(np.arange(3) / 3)
    np.testing.assert_allclose(pairs, (q.numpy()[:3] + 1j * q.numpy()[3:]) * np.exp(7j * theta), rtol=1e-12)
    check(nn.RotaryPositions()(q.reshape(1, 6), tg.tensor([7])), turned[0][7:8])
    assert gradcheck(F.rotary_positions, (tg.randn(2, 3, 4, requires_grad=True),))


def test_sinusoidal_positions_are_sines_and_cosines():
    y, theta = F.sinusoidal_positions(5, 6), 10000.0 ** -(np.arange(3) / 3)
    check(y[:, ::2], np.sin(np.arange(5)[:, None] * theta))
    check(y[:, 1::2], np.cos(np.arange(5)[:, None] * theta))
    check(nn.SinusoidalPositions()(tg.ones(2, 5, 6)), 1 + y.expand(2, 5, 6))
    assert F.sinusoidal_positions(2, 2, dtype="float32").dtype == "float32"


X = np.ones((3, 2, 8))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda a, x: nn.MultiheadAttention(8, 3),
            AssertionError,
            r"`num_heads` \(=3\) must divide `embed_dim`",
        ),
        (lambda a, x: nn.MultiheadAttention(8, 0), ValueError, r"`num_heads` \(=0\) must be positive"),
        (lambda a, x: a(x[0, 0], x, x), AssertionError, r"`query` \(shape \(8,\)\) must be 2-D or 3-D"),
        (lambda a, x: a(x, x[0], x), AssertionError, r"`key` \(shape \(2, 8\)\) must be 3-D"),
        (lambda a, x: a(x, x, x, attn_mask=tg.ones(2, 2)), RuntimeError, r"`attn_mask` \(shape \(2, 2\)\) must have"),
        (lambda a, x: a(x, x, x, tg.ones(2, 2)), AssertionError, r"`key_padding_mask` \(shape \(2, 2\)\) must have"),
        (lambda a, x: a(x, x, x, tg.ones(2, 3).long()), AssertionError, "must be boolean or floating"),
        (lambda a, x: a(x, x, x, is_causal=True), RuntimeError, "`attn_mask` must be given"),
        (lambda a, x: nn.Transformer(8, 2, 1, 1, 4)(x, x[:, :1]), RuntimeError, "must be a batch like `src`"),
        (lambda a, x: nn.Transformer(8, 2, 1, 1, 4)(x[..., 1:], x), RuntimeError, "must end in 8, `d_model`"),
        (lambda a, x: nn.TransformerEncoderLayer(8, 2, activation="sin"), RuntimeError, "must be 'relu' or 'gelu'"),
        (lambda a, x: F.rotary_positions(x[..., 1:]), ValueError, r"the number of elements \(=7\) must be even"),
        (lambda a, x: F.rotary_positions(x, tg.arange(3)), ValueError, r"`positions` \(shape \(3,\)\)"),
    ],
)
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call(nn.MultiheadAttention(8, 2), tg.tensor(X))
