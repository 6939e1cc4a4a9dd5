"""Transformers: attention and linear maps in turn, each added to what goes in."""

import copy
from collections.abc import Callable
from math import inf

from .._creation import full, ones
from ..ops.comparison import equal
from ..ops.diagonal import triu
from ._attention import added
from .attention import MultiheadAttention
from .container import ModuleList
from .dropout import Dropout
from .functional import gelu, relu
from .init import xavier_uniform_
from .linear import Linear
from .module import Module
from .normalization import LayerNorm


class _Layer(Module):
    """What both layers share: attention to oneself, a hidden layer, and how their results are added and normalised."""

    def __init__(
        self,
        attentions: tuple[str, ...],
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable = relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        made = {"bias": bias, "device": device, "dtype": dtype}
        for name in attentions:
            setattr(self, name, MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **made))
        self.linear1 = Linear(d_model, dim_feedforward, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **made)
        self.norm_first = norm_first
        for k in range(len(attentions) + 1):
            setattr(self, f"norm{k + 1}", LayerNorm(d_model, layer_norm_eps, **made))
        for k in range(len(attentions) + 1):
            setattr(self, f"dropout{k + 1}", Dropout(dropout))
        self.activation = _activation(activation) if isinstance(activation, str) else activation

    def _blocks(self, x, *blocks):
        """Add each block's result to what goes in; normalise that, or with `norm_first` what the block gets."""
        for k, block in enumerate(blocks, 1):
            norm, dropout = getattr(self, f"norm{k}"), getattr(self, f"dropout{k}")
            x = x + dropout(block(norm(x))) if self.norm_first else norm(x + dropout(block(x)))
        return x

    def _hidden(self, x):
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


def _looks(attention, memory, mask, padding, is_causal):
    """The block that looks at `memory`, or (None) at its own input."""

    def block(x):
        seen = x if memory is None else memory
        return attention(x, seen, seen, padding, False, mask, is_causal=is_causal)[0]

    return block


class TransformerEncoderLayer(_Layer):
    """One layer of an encoder: attention to all positions, then a hidden layer for each.

        x ← norm1(x + attention(x, x, x)),   x ← norm2(x + W_2 act(W_1 x + b_1) + b_2)
        with `norm_first`:  x ← x + attention of norm1(x),   x ← x + W_2 act(W_1 norm2(x) + b_1) + b_2

    Parameters
    ----------
    d_model, nhead : int
        E and the number of heads, which divides it.
    dim_feedforward : int
        Of the hidden layer.
    dropout : float
    activation : {"relu", "gelu"}, or function or Module
    layer_norm_eps : float
    batch_first : bool
        Sequences are (N, L, E), not (L, N, E).
    norm_first, bias : bool
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    self_attn : MultiheadAttention
    linear1, linear2 : Linear
    norm1, norm2 : LayerNorm

    Examples
    --------
    >>> import tapegrad as tg
    >>> tg.nn.TransformerEncoderLayer(8, 4, batch_first=True)(tg.ones(2, 5, 8)).shape
    (2, 5, 8)
    """

    def __init__(self, d_model: int, nhead: int, *args, **settings):
        super().__init__(("self_attn",), d_model, nhead, *args, **settings)

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal: bool = False):
        """Masks are those of `MultiheadAttention`; `is_causal`: `src_mask` lets position i look at those up to i."""
        look = _looks(self.self_attn, None, src_mask, src_key_padding_mask, is_causal)
        return self._blocks(src, look, self._hidden)


class TransformerDecoderLayer(_Layer):
    """One layer of a decoder: attention to its own positions, then to the encoder's, then a hidden layer for each.

    Parameters and layout are those of `TransformerEncoderLayer`.

    Fields
    ------
    self_attn, multihead_attn : MultiheadAttention
    linear1, linear2 : Linear
    norm1, norm2, norm3 : LayerNorm
    """

    def __init__(self, d_model: int, nhead: int, *args, **settings):
        super().__init__(("self_attn", "multihead_attn"), d_model, nhead, *args, **settings)

    def forward(
        self,
        tgt,
        memory,
        tgt_mask=None,
        memory_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ):
        look = _looks(self.self_attn, None, tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        read = _looks(self.multihead_attn, memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        return self._blocks(tgt, look, read, self._hidden)


class _Stack(Module):
    """Copies of a layer, one after the other, and perhaps a normalisation."""

    def __init__(self, layer: Module, num_layers: int, norm: Module | None = None):
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def _run(self, x, *args, **settings):
        for layer in self.layers:
            x = layer(x, *args, **settings)
        return x if self.norm is None else self.norm(x)

    def _length(self, x) -> int:
        first = self.layers[0].self_attn.batch_first if len(self.layers) else False
        return x.shape[1 if len(x.shape) == 3 and first else 0]


class TransformerEncoder(_Stack):
    """`num_layers` copies of an encoder's layer, and perhaps a normalisation after the last.

    Parameters
    ----------
    encoder_layer : TransformerEncoderLayer
    num_layers : int
    norm : Module, optional
    enable_nested_tensor, mask_check : bool
        Accepted for PyTorch's sake.
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ):
        super().__init__(encoder_layer, num_layers, norm)

    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal: bool | None = None):
        """`is_causal`: whether `mask` lets position i look at those up to i; None: find out."""
        causal = _is_causal(mask, is_causal, self._length(src))
        padding = added("TransformerEncoder", "src_key_padding_mask", src_key_padding_mask, src)
        mask = added("TransformerEncoder", "mask", mask, src)
        return self._run(src, src_mask=mask, src_key_padding_mask=padding, is_causal=causal)


class TransformerDecoder(_Stack):
    """`num_layers` copies of a decoder's layer, and perhaps a normalisation after the last.

    Parameters
    ----------
    decoder_layer : TransformerDecoderLayer
    num_layers : int
    norm : Module, optional
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None):
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self,
        tgt,
        memory,
        tgt_mask=None,
        memory_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ):
        return self._run(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=_is_causal(tgt_mask, tgt_is_causal, self._length(tgt)),
            memory_is_causal=memory_is_causal,
        )


class Transformer(Module):
    """An encoder of source sequences and a decoder of target sequences that looks at what the encoder found.

    Parameters
    ----------
    d_model, nhead : int
        E and the number of heads, which divides it.
    num_encoder_layers, num_decoder_layers : int
    dim_feedforward, dropout, activation
        See `TransformerEncoderLayer`.
    custom_encoder, custom_decoder : Module, optional
        In place of those made here.
    layer_norm_eps, batch_first, norm_first, bias, device, dtype
        See `TransformerEncoderLayer`.

    Fields
    ------
    encoder : TransformerEncoder
    decoder : TransformerDecoder
        All matrices are Glorot-uniform.

    Notes
    -----
    Vaswani et al.: Attention is all you need (2017); arXiv:1706.03762.

    Examples
    --------
    >>> import tapegrad as tg
    >>> model = tg.nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
    >>> model(tg.ones(2, 5, 8), tg.ones(2, 3, 8)).shape
    (2, 3, 8)
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable = relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        how = (dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype)
        made = {"bias": bias, "device": device, "dtype": dtype}
        if custom_encoder is None:
            norm = LayerNorm(d_model, layer_norm_eps, **made)
            custom_encoder = TransformerEncoder(TransformerEncoderLayer(d_model, nhead, *how), num_encoder_layers, norm)
        if custom_decoder is None:
            norm = LayerNorm(d_model, layer_norm_eps, **made)
            custom_decoder = TransformerDecoder(TransformerDecoderLayer(d_model, nhead, *how), num_decoder_layers, norm)
        self.encoder, self.decoder = custom_encoder, custom_decoder
        self._reset_parameters()
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self,
        src,
        tgt,
        src_mask=None,
        tgt_mask=None,
        memory_mask=None,
        src_key_padding_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ):
        """Encode `src`, (S, N, E), and decode `tgt`, (T, N, E); masks are those of `MultiheadAttention`.

        Raises
        ------
        RuntimeError
            If the batches, or the sizes of their elements, differ.
        """
        batch = 0 if self.batch_first else 1
        if len(src.shape) == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError(
                f"[Transformer] `tgt` (shape {tgt.shape}) must be a batch like `src` (shape {src.shape})"
            )
        for name, x in (("src", src), ("tgt", tgt)):
            if x.shape[-1] != self.d_model:
                raise RuntimeError(f"[Transformer] `{name}` (shape {x.shape}) must end in {self.d_model}, `d_model`")
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        padding = tgt_key_padding_mask, memory_key_padding_mask
        return self.decoder(tgt, memory, tgt_mask, memory_mask, *padding, tgt_is_causal, memory_is_causal)

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device=None, dtype=None):
        """The mask (sz, sz) that lets position i look at those up to i: -∞ above the diagonal, 0 elsewhere."""
        return triu(full((sz, sz), -inf, dtype=dtype, device=device), 1)

    def _reset_parameters(self) -> None:
        """Draw all matrices anew."""
        for p in self.parameters():
            if len(p.shape) > 1:
                xavier_uniform_(p)


def _activation(name: str) -> Callable:
    if name not in ("relu", "gelu"):
        raise RuntimeError(f"[Transformer] `activation` (={name!r}) must be 'relu' or 'gelu'")
    return relu if name == "relu" else gelu


def _is_causal(mask, is_causal: bool | None, length: int) -> bool:
    """What was said, or what the mask is."""
    if is_causal is not None or mask is None:
        return bool(is_causal)
    if mask.shape != (length, length):
        return False
    if mask.dtype.kind == "b":
        return bool(equal(mask, triu(ones(length, length, dtype="bool"), 1)))
    return bool(equal(mask, Transformer.generate_square_subsequent_mask(length, dtype=mask.dtype)))
