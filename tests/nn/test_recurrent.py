"""Recurrent layers and cells, by loops over single sequences; sequences of different lengths."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

import tapegrad as tg
from tapegrad import nn
from tapegrad.nn.utils import rnn

KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
CELLS = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def float64s():
    before = tg.get_default_dtype()
    tg.set_default_dtype("float64")
    yield tg.manual_seed(0)
    tg.set_default_dtype(before)


def step(kind, layer, suffix, x, h, c):
    """One step of one sequence, by the book."""
    w = {name.removesuffix(suffix): p.detach().numpy() for name, p in layer.named_parameters() if name.endswith(suffix)}
    u, v = w["weight_ih"] @ x + w.get("bias_ih", 0), w["weight_hh"] @ h + w.get("bias_hh", 0)
    if kind == "RNN":
        return np.tanh(u + v), c
    if kind == "GRU":
        (ur, uz, un), (vr, vz, vn) = np.split(u, 3), np.split(v, 3)
        z = expit(uz + vz)
        return (1 - z) * np.tanh(un + expit(ur + vr) * vn) + z * h, c
    i, f, g, o = np.split(u + v, 4)
    c = expit(f) * c + expit(i) * np.tanh(g)
    h = expit(o) * np.tanh(c)
    return (w["weight_hr"] @ h if "weight_hr" in w else h), c


def by_the_book(kind, layer, x):
    """Results (T, D · P) of one sequence (T, C), and h and c at the end."""
    D, ends = 2 if layer.bidirectional else 1, []
    for k in range(layer.num_layers):
        y = []
        for suffix in (f"_l{k}", f"_l{k}_reverse")[:D]:
            h, c, rows = np.zeros(layer.proj_size or layer.hidden_size), np.zeros(layer.hidden_size), []
            for row in x if len(suffix) < 4 else x[::-1]:
                h, c = step(kind, layer, suffix, row, h, c)
                rows.append(h)
            y.append(rows if len(suffix) < 4 else rows[::-1])
            ends.append((h, c))
        x = np.concatenate(y, 1)
    return x, [np.stack(s) for s in zip(*ends, strict=True)]


def check(y, want):
    np.testing.assert_allclose(y.detach().numpy(), want, rtol=1e-12, atol=1e-12)


@every_kind
@pytest.mark.parametrize("settings", [{}, {"num_layers": 2, "bidirectional": True}, {"num_layers": 3, "bias": False}])
def test_layers_and_directions_are_stacked(kind, settings):
    layer, x = KINDS[kind](3, 4, **settings), tg.randn(5, 2, 3)
    y, ends = layer(x)
    for n in range(2):
        want, states = by_the_book(kind, layer, x[:, n].numpy())
        check(y[:, n], want)
        for state, w in zip(ends if kind == "LSTM" else [ends], states, strict=False):
            check(state[:, n], w)


def test_an_lstm_with_a_projection():
    layer, x = nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2), tg.randn(5, 3)
    y, (h, c) = layer(x)
    want, states = by_the_book("LSTM", layer, x.numpy())
    check(y, want)
    check(h, states[0])
    check(c, states[1])
    assert y.shape == (5, 4) and h.shape == (4, 2) and c.shape == (4, 4)


@every_kind
def test_a_layer_is_a_loop_over_its_cell(kind):
    layer, cell = KINDS[kind](3, 4), CELLS[kind](3, 4)
    cell.load_state_dict({name.removesuffix("_l0"): p for name, p in layer.state_dict().items()})
    x, state = tg.randn(6, 2, 3), None
    with tg.tape():
        for t in range(6):
            state = cell(x[t], state)
        (state[0] if kind == "LSTM" else state).sum().backward()
        y, ends = layer(x)
        y[-1].sum().backward()
    for a, b in zip(ends, state, strict=True) if kind == "LSTM" else [(ends, state)]:
        check(a[0], b.detach().numpy())
    for p, q in zip(layer.parameters(), cell.parameters(), strict=True):
        check(p.grad, q.grad.numpy())


@every_kind
def test_batch_first_and_single_sequences_change_the_shapes_alone(kind):
    layer, x = KINDS[kind](3, 4, 2, bidirectional=True), tg.randn(5, 2, 3)
    y, ends = layer(x)
    one, _ = layer(x[:, 0])
    first = KINDS[kind](3, 4, 2, bidirectional=True, batch_first=True)
    first.load_state_dict(layer.state_dict())
    z, others = first(x.transpose(0, 1))
    check(one, y[:, 0].detach().numpy())
    check(z, y.transpose(0, 1).detach().numpy())
    for a, b in zip(ends, others, strict=True):
        check(a, b.detach().numpy())


@every_kind
def test_a_run_goes_on_from_the_state_it_ended_with(kind):
    layer, x = KINDS[kind](3, 4, 2), tg.randn(7, 2, 3)
    y, _ = layer(x)
    first, state = layer(x[:3])
    second, _ = layer(x[3:], state)
    check(tg.cat([first, second]), y.detach().numpy())


@every_kind
def test_packed_sequences_run_as_if_alone_wherever_they_stood(kind):
    layer, lengths = KINDS[kind](3, 4, 2, bidirectional=True), [2, 5, 1, 5]
    sequences = [tg.randn(n, 3, requires_grad=True) for n in lengths]
    state = [tg.randn(4, 4, 4) for _ in range(2)]
    with tg.tape():
        y, ends = layer(
            rnn.pack_sequence(sequences, enforce_sorted=False), tuple(state) if kind == "LSTM" else state[0]
        )
        (y.data**2).sum().backward()
    gradients = [x.grad for x in sequences]
    for n, (x, part) in enumerate(zip(sequences, rnn.unpack_sequence(y), strict=True)):
        x.grad, own = None, [s[:, n] for s in state]
        with tg.tape():
            alone, end = layer(x, tuple(own) if kind == "LSTM" else own[0])
            (alone**2).sum().backward()
        check(part, alone.detach().numpy())
        check(gradients[n], x.grad.numpy())
        for a, b in zip(ends, end, strict=True) if kind == "LSTM" else [(ends, end)]:
            check(a[:, n], b.detach().numpy())


def test_dropout_lies_between_layers_while_training_alone():
    layer, x = nn.GRU(3, 4, 2, dropout=1.0), tg.randn(5, 2, 3)
    silent = by_the_book("GRU", layer, x[:, 0].numpy())
    check(layer.eval()(x)[0][:, 0], silent[0])
    other = nn.GRU(4, 4)
    other.load_state_dict({k.replace("l1", "l0"): p for k, p in layer.state_dict().items() if "l1" in k})
    check(layer.train()(x)[0], other(tg.zeros(5, 2, 4))[0].detach().numpy())
    with pytest.warns(UserWarning, match="`num_layers` is 1"):
        nn.LSTM(3, 4, dropout=0.5)


def test_names_order_and_repr():
    layer = nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2)
    one = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"]
    assert [n for n, _ in layer.named_parameters()] == [
        f"{name}_l{k}{end}" for k in (0, 1) for end in ("", "_reverse") for name in one
    ]
    assert repr(layer) == "LSTM(3, 4, proj_size=2, num_layers=2, bidirectional=True)"
    assert repr(nn.RNNCell(3, 4, bias=False, nonlinearity="relu")) == "RNNCell(3, 4, bias=False, nonlinearity=relu)"
    assert [len(ws) for ws in layer.all_weights] == [5] * 4 and layer.all_weights[1][0] is layer.weight_ih_l0_reverse
    assert all(abs(p).max() <= 0.5 for p in layer.parameters()) and layer.flatten_parameters() is None


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.booleans())
def test_packing_and_padding_are_inverse(lengths, batch_first):
    sequences = [tg.randn(n, 2) for n in lengths]
    padded = rnn.pad_sequence(sequences, batch_first, padding_value=-1.0)
    packed = rnn.pack_padded_sequence(padded, tg.tensor(lengths), batch_first, enforce_sorted=False)
    assert packed.batch_sizes.tolist() == [sum(n > t for n in lengths) for t in range(max(lengths))]
    again, found = rnn.pad_packed_sequence(packed, batch_first, padding_value=-1.0)
    assert found.tolist() == lengths
    np.testing.assert_array_equal(again.numpy(), padded.numpy())
    for a, b in zip(rnn.unpack_sequence(packed), sequences, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_packed_sequences_lie_step_by_step_and_longest_first():
    packed = rnn.pack_sequence([tg.tensor([1.0, 2.0]), tg.tensor([3.0, 4.0, 5.0])], enforce_sorted=False)
    assert packed.data.tolist() == [3, 1, 4, 2, 5] and packed.batch_sizes.tolist() == [2, 2, 1]
    assert packed.sorted_indices.tolist() == packed.unsorted_indices.tolist() == [1, 0]
    assert packed.float().data.dtype == "float32" and packed.double() is packed
    longer, _ = rnn.pad_packed_sequence(packed, True, total_length=4)
    assert longer.tolist() == [[1, 2, 0, 0], [3, 4, 5, 0]]
    assert rnn.pad_sequence([tg.ones(1), tg.ones(2)], True, 7.0, "left").tolist() == [[7, 1], [1, 1]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.RNN(3, 4, nonlinearity="sin"), ValueError, "`nonlinearity` (='sin') must be 'tanh' or 'relu'"),
        (lambda: nn.GRU(3, 4, proj_size=2), ValueError, "`proj_size` (=2) is for LSTMs alone"),
        (lambda: nn.LSTM(3, 4, proj_size=4), ValueError, "`proj_size` (=4) must be less than `hidden_size`"),
        (lambda: nn.LSTM(3, 4, dropout=2), ValueError, "`dropout` (=2) must be a probability in [0, 1]"),
        (lambda: nn.LSTM(3, 0), ValueError, "`hidden_size` (=0) must be positive"),
        (lambda: nn.LSTM(3, 4, bias=1), TypeError, "`bias` (=1) must be a bool"),
        (lambda: nn.LSTM(3, 4)(tg.ones(3)), ValueError, "`input` (shape (3,)) must be 2-D or 3-D"),
        (lambda: nn.LSTM(3, 4)(tg.ones(0, 1, 3)), RuntimeError, "(shape (0, 1, 3)) must have at least one"),
        (lambda: nn.LSTM(3, 4)(tg.ones(2, 1, 5)), RuntimeError, "(shape (2, 1, 5)) must have `input_size` (=3)"),
        (lambda: nn.LSTM(3, 4)(tg.ones(2, 3), tg.ones(1, 4)), TypeError, "`hx` must be a pair"),
        (lambda: nn.GRU(3, 4)(tg.ones(2, 3), tg.ones(1, 5)), RuntimeError, "`hx` (shape (1, 5)) must have shape"),
        (lambda: nn.LSTMCell(3, 4)(tg.ones(2, 1, 3)), ValueError, "(shape (2, 1, 3)) must be 1-D or 2-D"),
        (lambda: rnn.pack_padded_sequence(tg.ones(3, 2), [1, 2]), RuntimeError, "`lengths` (=[1, 2]) must fall"),
        (lambda: rnn.pack_padded_sequence(tg.ones(3, 2), [4, 2]), RuntimeError, "`lengths` (=[4, 2]) must lie in"),
        (lambda: rnn.pad_sequence([]), RuntimeError, "`sequences` must hold at least one sequence"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()
