"""Attention in several heads."""

from .._creation import empty
from ..ops.axes import transpose
from . import init
from ._attention import multi_head_attention_forward
from .linear import Linear
from .module import Module
from .parameter import Parameter


class NonDynamicallyQuantizableLinear(Linear):
    """`Linear`, under the name that PyTorch prints for it here."""


class MultiheadAttention(Module):
    """Lets queries collect values of the keys that they resemble, in several heads, between linear maps.

        y = concat(head_1, …, head_H) W_outᵀ + b_out,   head_h = attention of the h-th parts of
        q = query W_qᵀ + b_q,   k = key W_kᵀ + b_k,   v = value W_vᵀ + b_v

    `functional.scaled_dot_product_attention` says what attention is.

    Parameters
    ----------
    embed_dim, num_heads : int
        E and H, which divides it.
    dropout : float
        The probability that a weight is cleared while training.
    bias : bool
    add_bias_kv : bool
        One more key and value, which are learnt.
    add_zero_attn : bool
        One more key and value, which are zeros.
    kdim, vdim : int, optional
        Sizes of keys and values; E if None.
    batch_first : bool
        Sequences are (N, L, …), not (L, N, …).
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    in_proj_weight : Parameter, (3E, E), or None
        W_q, W_k and W_v, Glorot-uniform; three fields q_proj_weight, k_proj_weight and v_proj_weight where `kdim` or
        `vdim` is not E.
    in_proj_bias : Parameter, (3E,), or None
        Zeros.
    out_proj : Linear
        Its bias is zeros.
    bias_k, bias_v : Parameter, (1, 1, E), or None
        Glorot-normal.

    Notes
    -----
    Vaswani et al.: Attention is all you need (2017); arXiv:1706.03762.

    Examples
    --------
    >>> import tapegrad as tg
    >>> x = tg.ones(5, 2, 8)
    >>> y, weights = tg.nn.MultiheadAttention(8, 4)(x, x, x)
    >>> y.shape, weights.shape
    ((5, 2, 8), (2, 5, 5))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device=None,
        dtype=None,
    ):
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"[MultiheadAttention] `embed_dim` (={embed_dim}) and `num_heads` (={num_heads}) must be positive"
            )
        super().__init__()
        if embed_dim % num_heads:
            raise AssertionError(
                f"[MultiheadAttention] `num_heads` (={num_heads}) must divide `embed_dim` (={embed_dim})"
            )
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim, self.vdim = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim
        self.dropout, self.add_zero_attn, self.batch_first = dropout, add_zero_attn, batch_first
        made = {"device": device, "dtype": dtype}
        separate = (self.kdim, self.vdim) != (embed_dim, embed_dim)
        for name, width in (("q_proj_weight", embed_dim), ("k_proj_weight", self.kdim), ("v_proj_weight", self.vdim)):
            self.register_parameter(name, Parameter(empty(embed_dim, width, **made)) if separate else None)
        weight = None if separate else Parameter(empty(3 * embed_dim, embed_dim, **made))
        self.register_parameter("in_proj_weight", weight)
        self.register_parameter("in_proj_bias", Parameter(empty(3 * embed_dim, **made)) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **made)
        for name in ("bias_k", "bias_v"):
            self.register_parameter(name, Parameter(empty(1, 1, embed_dim, **made)) if add_bias_kv else None)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        """Draw the parameters anew, those of `out_proj` excepted."""
        for w in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if w is not None:
                init.xavier_uniform_(w)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for b in (self.bias_k, self.bias_v):
            if b is not None:
                init.xavier_normal_(b)

    def forward(
        self,
        query,
        key,
        value,
        key_padding_mask=None,
        need_weights: bool = True,
        attn_mask=None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ):
        """Attend.

        Parameters
        ----------
        query, key, value : Tensor, (L, N, E), (S, N, kdim) and (S, N, vdim)
            (N, L, …) with `batch_first`; without N of one sequence.
        key_padding_mask : Tensor, (N, S), optional
            Booleans, True where a key is to be ignored, or numbers that are added to the scores.
        need_weights : bool
            False: the second result is None, and the first comes faster.
        attn_mask : Tensor, (L, S) or (N · H, L, S), optional
            Booleans, True where a query may not look, or numbers that are added.
        average_attn_weights : bool
            Weights are the mean over the heads, (N, L, S), not (N, H, L, S).
        is_causal : bool
            `attn_mask` lets query i look at the keys up to i; it is not read where that is not necessary.

        Returns
        -------
        y : Tensor, as `query`
        weights : Tensor or None
        """
        turned = {id(x): x for x in (query, key, value)}  # one and the same stays one and the same
        if self.batch_first and len(query.shape) == 3:
            turned = {k: transpose(x, 0, 1) if len(x.shape) == 3 else x for k, x in turned.items()}
        q, k, v = (turned[id(x)] for x in (query, key, value))
        y, weights = multi_head_attention_forward(
            q,
            k,
            v,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            self.training,
            key_padding_mask,
            need_weights,
            attn_mask,
            self.in_proj_weight is None,
            self.q_proj_weight,
            self.k_proj_weight,
            self.v_proj_weight,
            average_attn_weights,
            is_causal,
        )
        return transpose(y, 0, 1) if self.batch_first and len(y.shape) == 3 else y, weights
