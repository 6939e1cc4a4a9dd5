"""Recurrent cells: one step, for loops of one's own."""

import math

from .._creation import empty
from ..ops import recurrent
from ..ops.matmul import linear
from ..ops.region import zeros
from ..ops.shape import squeeze, unsqueeze
from . import init
from .module import Module
from .parameter import Parameter


class RNNCellBase(Module):
    """What RNNCell, LSTMCell and GRUCell share.

    Parameters
    ----------
    input_size, hidden_size : int
        C and H.
    bias : bool
    num_chunks : int
        G gates.
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight_ih : Parameter, (GH, C)
    weight_hh : Parameter, (GH, H)
    bias_ih, bias_hh : Parameter, (GH,), or None
        All are uniform in ±1/√H.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device=None, dtype=None):
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(empty(rows, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(empty(rows, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for p in self.parameters():
            init.uniform_(p, -bound, bound)

    def _batch(self, input, states: tuple, given: bool):
        """Input and states as rows, (N, C) and (N, H): zeros where no states are given."""
        kind = type(self).__name__
        if len(input.shape) not in (1, 2):
            raise ValueError(f"[{kind}] `input` (shape {input.shape}) must be 1-D or 2-D")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(f"[{kind}] `input` (shape {input.shape}) must have {self.input_size} columns")
        shape = (*input.shape[:-1], self.hidden_size)
        if not given:
            states = tuple(zeros(input, shape) for _ in states)
        for i, s in enumerate(states):
            which = f"hx[{i}]" if len(states) > 1 else "hx"
            if len(s.shape) not in (1, 2):
                raise ValueError(f"[{kind}] `{which}` (shape {s.shape}) must be 1-D or 2-D")
            if s.shape != shape:
                raise RuntimeError(f"[{kind}] `{which}` (shape {s.shape}) must have shape {shape}")
        if len(input.shape) == 2:
            return input, states
        return unsqueeze(input, 0), tuple(unsqueeze(s, 0) for s in states)

    def _both_biases(self):
        return None if self.bias_ih is None else self.bias_ih + self.bias_hh

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(RNNCellBase):
    """One step of `RNN`: h' = tanh(W_ih x + b_ih + W_hh h + b_hh).

    Parameters
    ----------
    input_size, hidden_size : int
    bias : bool
    nonlinearity : {"tanh", "relu"}
    device, dtype
        See `RNNCellBase`, fields too.

    Notes
    -----
    Calls take an input (N, C) and a state (N, H), zeros if None, and return the new state; all without N of one
    sequence.
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device=None, dtype=None
    ):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"[RNNCell] `nonlinearity` (={self.nonlinearity!r}) must be 'tanh' or 'relu'")
        x, states = self._batch(input, (hx,), hx is not None)
        u = linear(x, self.weight_ih, self._both_biases())
        h = recurrent.rnn(u, self.weight_hh, *states, x.shape[:1], False, self.nonlinearity)[1]
        return h if x is input else squeeze(h, 0)

    def extra_repr(self) -> str:
        other = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}"
        return super().extra_repr() + other


class LSTMCell(RNNCellBase):
    """One step of `LSTM`; calls are those of `RNNCell`, but a state is a pair (h, c)."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input, hx=None):
        x, states = self._batch(input, (None, None) if hx is None else tuple(hx), hx is not None)
        u = linear(x, self.weight_ih, self._both_biases())
        _, *ends = recurrent.lstm(u, self.weight_hh, *states, x.shape[:1])
        return tuple(ends if x is input else (squeeze(s, 0) for s in ends))


class GRUCell(RNNCellBase):
    """One step of `GRU`; calls are those of `RNNCell`."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input, hx=None):
        x, states = self._batch(input, (hx,), hx is not None)
        u = linear(x, self.weight_ih, self.bias_ih)
        b = zeros(u, u.shape[1:]) if self.bias_hh is None else self.bias_hh
        h = recurrent.gru(u, self.weight_hh, b, *states, x.shape[:1])[1]
        return h if x is input else squeeze(h, 0)
