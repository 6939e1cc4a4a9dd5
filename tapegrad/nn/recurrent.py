"""Recurrent layers: a cell applied step after step to its own state, in layers, in one or both directions."""

import math
import warnings
from numbers import Real

from .._creation import empty
from ..ops import recurrent
from ..ops.axes import transpose
from ..ops.join import cat, stack
from ..ops.matmul import linear
from ..ops.positions import index_select
from ..ops.region import zeros
from ..ops.shape import reshape, squeeze, unsqueeze
from ..ops.split import unbind
from . import init
from .functional import dropout
from .module import Module
from .parameter import Parameter
from .utils.rnn import PackedSequence


class RNNBase(Module):
    """What RNN, LSTM and GRU share: the parameters, the stack of layers, and the shapes that go in and out.

    A subclass says in `_direction` what one layer does in one direction.

    Parameters
    ----------
    mode : {"RNN_TANH", "RNN_RELU", "LSTM", "GRU"}
    input_size, hidden_size : int
        C and H.
    num_layers : int
        Each takes the results of the one before.
    bias, batch_first : bool
        `batch_first`: inputs and results are (N, T, …), not (T, N, …). States are not.
    dropout : float
        The probability that a result of a layer, but the last, is cleared while training.
    bidirectional : bool
        Every layer also runs from the last step to the first; its results lie beside each other, D = 2.
    proj_size : int
        P: each new state of an LSTM is multiplied with a matrix (P, H); 0, do not, P = H.
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight_ih_l0 : Parameter, (GH, C), or (GH, DP) in the layers after the first
        G gates. The second layer's is weight_ih_l1, that of the other direction weight_ih_l0_reverse, and so on.
    weight_hh_l0 : Parameter, (GH, P)
    bias_ih_l0, bias_hh_l0 : Parameter, (GH,)
    weight_hr_l0 : Parameter, (P, H), with `proj_size`
        All are uniform in ±1/√H.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device=None,
        dtype=None,
    ):
        super().__init__()
        kind = type(self).__name__
        if not isinstance(dropout, Real) or isinstance(dropout, bool) or not 0 <= dropout <= 1:
            raise ValueError(f"[{kind}] `dropout` (={dropout!r}) must be a probability in [0, 1]")
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                f"[{kind}] `dropout` (={dropout}) clears what goes from one layer to the next; `num_layers` is 1",
                stacklevel=3,
            )
        for name, value in (("bias", bias), ("batch_first", batch_first)):
            if not isinstance(value, bool):
                raise TypeError(f"[{kind}] `{name}` (={value!r}) must be a bool")
        for name, value in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            if not isinstance(value, int):
                raise TypeError(f"[{kind}] `{name}` (={value!r}) must be an int")
            if value <= 0:
                raise ValueError(f"[{kind}] `{name}` (={value}) must be positive")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(f"[{kind}] `proj_size` (={proj_size}) must be less than `hidden_size`, and not negative")
        if mode not in _GATES:
            raise ValueError(f"[{kind}] `mode` (={mode!r}) must be one of {list(_GATES)}")
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        rows, width = _GATES[mode] * hidden_size, proj_size or hidden_size
        for k in range(num_layers):
            columns = input_size if k == 0 else self._directions * width
            shapes = {"weight_ih": (rows, columns), "weight_hh": (rows, width)}
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            if proj_size:
                shapes["weight_hr"] = (proj_size, hidden_size)
            for suffix in self._suffixes(k):
                for name, shape in shapes.items():
                    setattr(self, name + suffix, Parameter(empty(*shape, device=device, dtype=dtype)))
        self.reset_parameters()

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"][: self._directions]

    @property
    def all_weights(self) -> list[list[Parameter | None]]:
        """The parameters of each layer and direction."""
        suffixes = [s for k in range(self.num_layers) for s in self._suffixes(k)]
        return [[p for name, p in self._parameters.items() if name.split("_", 2)[2] == s[1:]] for s in suffixes]

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / math.sqrt(self.hidden_size)
        for p in self.parameters():
            init.uniform_(p, -bound, bound)

    def flatten_parameters(self) -> None:
        """Do nothing: parameters lie as they like."""

    # ------------------------------------------------------------------------------------ the run

    def forward(self, input, hx=None):
        if isinstance(input, PackedSequence):
            data, sizes, order, back = input
            states = self._states(data, hx, (sizes[0].item(),))
            if order is not None and hx is not None:
                states = [index_select(s, 1, order) for s in states]
            y, ends = self._layers(data, states, tuple(sizes.tolist()))
            if back is not None:
                ends = [index_select(s, 1, back) for s in ends]
            return PackedSequence(y, sizes, order, back), self._answer(ends)
        ndim = len(input.shape)
        if ndim not in (2, 3):
            raise ValueError(f"[{type(self).__name__}] `input` (shape {input.shape}) must be 2-D or 3-D")
        x = unsqueeze(input, 1) if ndim == 2 else transpose(input, 0, 1) if self.batch_first else input
        T, N = x.shape[:2]
        if T == 0:
            raise RuntimeError(f"[{type(self).__name__}] `input` (shape {input.shape}) must have at least one step")
        states = self._states(x, hx, (N,) if ndim == 3 else ())
        y, ends = self._layers(reshape(x, (T * N, x.shape[2])), states, (N,) * T)
        y = reshape(y, (T, N, y.shape[1]))
        if ndim == 2:
            return squeeze(y, 1), self._answer([squeeze(s, 1) for s in ends])
        return transpose(y, 0, 1) if self.batch_first else y, self._answer(ends)

    def _layers(self, x, states, sizes):
        """Results (M, DP) and states (LD, N, …) at the end, of packed inputs (M, C)."""
        before = list(zip(*(unbind(s) for s in states), strict=True))
        after = []
        for k in range(self.num_layers):
            if k and self.dropout:
                x = dropout(x, self.dropout, self.training)
            results = []
            for reverse, suffix in enumerate(self._suffixes(k)):
                y, *ends = self._direction(x, before[len(after)], sizes, bool(reverse), suffix)
                results.append(y)
                after.append(ends)
            x = results[0] if len(results) == 1 else cat(results, 1)
        return x, [stack(ends) for ends in zip(*after, strict=True)]

    def _direction(self, x, states, sizes, reverse: bool, suffix: str):
        """Results and states at the end of one layer in one direction."""
        raise NotImplementedError(f"[{type(self).__name__}] says not what a layer does")

    def _own(self, name: str, suffix: str):
        """A parameter of one layer and direction, None if there is none."""
        return self._parameters.get(name + suffix)

    def _gates(self, x, suffix: str, both: bool = True):
        """The share of the inputs in all gates; `both` biases with it."""
        w, b = self._own("weight_ih", suffix), self._own("bias_ih", suffix)
        return linear(x, w, b + self._own("bias_hh", suffix) if both and b is not None else b)

    # ------------------------------------------------------------------------------------ states

    def _widths(self) -> tuple[int, ...]:
        return (self.hidden_size,)

    def _given(self, hx) -> tuple:
        return (hx,)

    def _answer(self, states):
        return states[0]

    def _states(self, x, hx, batch: tuple[int, ...]) -> list:
        """The states at the beginning, (LD, N, …) each: zeros, or what is given, without N of one sequence."""
        kind = type(self).__name__
        if x.shape[-1] != self.input_size:
            raise RuntimeError(
                f"[{kind}] `input` (shape {x.shape}) must have `input_size` (={self.input_size}) columns"
            )
        if x.dtype != (weight := self._own("weight_ih", "_l0")).dtype:
            raise ValueError(f"[{kind}] `input` (dtype {x.dtype}) must have the dtype of the weights ({weight.dtype})")
        count = self.num_layers * self._directions
        if hx is None:
            return [zeros(x, (count, *(batch or (1,)), width)) for width in self._widths()]
        states = self._given(hx)
        for i, (s, width) in enumerate(zip(states, self._widths(), strict=True)):
            if s.shape != (count, *batch, width):
                which = f"hx[{i}]" if len(states) > 1 else "hx"
                raise RuntimeError(f"[{kind}] `{which}` (shape {s.shape}) must have shape {(count, *batch, width)}")
        return list(states) if batch else [unsqueeze(s, 1) for s in states]

    def extra_repr(self) -> str:
        usual = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        others = [f", {name}={value}" for name, u in usual.items() if (value := getattr(self, name)) != u]
        return f"{self.input_size}, {self.hidden_size}" + "".join(others)

    def _multiply_adds(self, y_shape: tuple[int, ...]) -> int:
        return 0


class RNN(RNNBase):
    """A plain recurrent layer.

        h[t] = tanh(W_ih x[t] + b_ih + W_hh h[t-1] + b_hh)

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
    nonlinearity : {"tanh", "relu"}
    bias, batch_first, dropout, bidirectional, device, dtype
        See `RNNBase`, fields too.

    Notes
    -----
    Calls take an input (T, N, C) — (N, T, C) with `batch_first`, (T, C) of one sequence, or a `PackedSequence` — and
    the state at the beginning, (num_layers · D, N, H), zeros if None. They return the last layer's results for every
    step, (T, N, D · H), and the state at the end.

    Examples
    --------
    >>> import tapegrad as tg
    >>> y, h = tg.nn.RNN(10, 20, num_layers=2)(tg.ones(5, 3, 10))
    >>> y.shape, h.shape
    ((5, 3, 20), (2, 3, 20))
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", *args, **settings
    ):
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"[RNN] `nonlinearity` (={nonlinearity!r}) must be 'tanh' or 'relu'")
        _no_projection("RNN", args, settings)
        super().__init__(f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, *args, **settings)
        self.nonlinearity = nonlinearity

    def _direction(self, x, states, sizes, reverse, suffix):
        u, w = self._gates(x, suffix), self._own("weight_hh", suffix)
        return recurrent.rnn(u, w, *states, sizes, reverse, self.nonlinearity)


class LSTM(RNNBase):
    """A layer of long short-term memory.

        i, f, g, o = σ, σ, tanh, σ of the four parts of W_ih x[t] + b_ih + W_hh h[t-1] + b_hh
        c[t] = f c[t-1] + i g
        h[t] = o tanh(c[t]), with `proj_size` times W_hr

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
    bias, batch_first, dropout, bidirectional, proj_size, device, dtype
        See `RNNBase`, fields too.

    Notes
    -----
    Calls are those of `RNN`, but a state is a pair: h, (num_layers · D, N, P), and c, (num_layers · D, N, H).

    Hochreiter, Schmidhuber: Long short-term memory (1997), with the forget gate of Gers et al. (2000).

    Examples
    --------
    >>> import tapegrad as tg
    >>> y, (h, c) = tg.nn.LSTM(10, 20, bidirectional=True)(tg.ones(5, 3, 10))
    >>> y.shape, h.shape, c.shape
    ((5, 3, 40), (2, 3, 20), (2, 3, 20))
    """

    def __init__(self, *args, **settings):
        super().__init__("LSTM", *args, **settings)

    def _direction(self, x, states, sizes, reverse, suffix):
        u, w = self._gates(x, suffix), self._own("weight_hh", suffix)
        return recurrent.lstm(u, w, *states, sizes, reverse, self._own("weight_hr", suffix))

    def _widths(self) -> tuple[int, ...]:
        return self.proj_size or self.hidden_size, self.hidden_size

    def _given(self, hx) -> tuple:
        if not isinstance(hx, (tuple, list)) or len(hx) != 2:
            raise TypeError("[LSTM] `hx` must be a pair of Tensors (h, c)")
        return tuple(hx)

    def _answer(self, states):
        return tuple(states)


class GRU(RNNBase):
    """A layer of gated recurrent units.

        r = σ(W_ir x[t] + b_ir + W_hr h[t-1] + b_hr)
        z = σ(W_iz x[t] + b_iz + W_hz h[t-1] + b_hz)
        n = tanh(W_in x[t] + b_in + r (W_hn h[t-1] + b_hn))
        h[t] = (1 - z) n + z h[t-1]

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
    bias, batch_first, dropout, bidirectional, device, dtype
        See `RNNBase`, fields too; calls are those of `RNN`.

    Notes
    -----
    Cho et al.: Learning phrase representations using RNN encoder–decoder (2014); arXiv:1406.1078.
    """

    def __init__(self, *args, **settings):
        _no_projection("GRU", args, settings)
        super().__init__("GRU", *args, **settings)

    def _direction(self, x, states, sizes, reverse, suffix):
        w, b = self._own("weight_hh", suffix), self._own("bias_hh", suffix)
        u = self._gates(x, suffix, both=False)
        return recurrent.gru(u, w, zeros(u, w.shape[:1]) if b is None else b, *states, sizes, reverse)


_USUAL = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0, "bidirectional": False}
_GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


def _no_projection(kind: str, args: tuple, settings: dict) -> None:
    if settings.get("proj_size"):
        raise ValueError(f"[{kind}] `proj_size` (={settings['proj_size']}) is for LSTMs alone")
