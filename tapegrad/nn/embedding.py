"""Tables of vectors."""

from operator import index
from typing import Any

from .._creation import empty
from .._tape import no_grad
from ..ops.embedding import embedding
from . import functional, init
from .module import Module
from .parameter import Parameter


class _Table(Module):
    """What `Embedding` and `EmbeddingBag` share: the table and its settings."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        max_norm: float | None,
        norm_type: float,
        scale_grad_by_freq: bool,
        sparse: bool,
        weight,
        trains: bool,
        device,
        dtype,
    ):
        super().__init__()
        op = type(self).__name__
        if padding_idx is not None:
            if not -num_embeddings <= index(padding_idx) < num_embeddings:
                raise ValueError(
                    f"[{op}] `padding_idx` (={padding_idx}) must lie in {-num_embeddings} … {num_embeddings - 1}"
                )
            padding_idx = padding_idx % num_embeddings
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.sparse = sparse
        if weight is None:
            self.weight = Parameter(empty(num_embeddings, embedding_dim, device=device, dtype=dtype), trains)
            self.reset_parameters()
            return
        if tuple(weight.shape) != (num_embeddings, embedding_dim):
            raise ValueError(
                f"[{op}] `_weight` (shape {weight.shape}) must have the shape ({num_embeddings}, {embedding_dim})"
            )
        self.weight = Parameter(weight, trains)

    def reset_parameters(self) -> None:
        """Draw the vectors anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                init.zeros_(self.weight[self.padding_idx])

    @classmethod
    def from_pretrained(cls, embeddings, freeze: bool = True, *args, **kwargs):
        """A layer with these vectors, a Tensor (num_embeddings, embedding_dim); `freeze`: they are not trained.

        What follows are the settings of the layer, from the third on.
        """
        if len(embeddings.shape) != 2:
            raise ValueError(f"[from_pretrained] `embeddings` (shape {embeddings.shape}) must be 2-D")
        make: Any = cls  # the layers' signatures differ
        layer = make(*embeddings.shape, *args, _weight=embeddings, **kwargs)
        layer.weight.requires_grad_(not freeze)
        return layer


class Embedding(_Table):
    """A learned vector for each of `num_embeddings` things: y[…, :] = weight[x[…], :].

    Parameters
    ----------
    num_embeddings, embedding_dim : int
    padding_idx : int, optional
        A row that is zero and gets no gradient.
    max_norm : float, optional
        First scale the rows that are looked up and longer than this down to it, in place.
    norm_type : float
        Which norm `max_norm` means.
    scale_grad_by_freq : bool
        Divide the gradient of a row by how often it is looked up.
    sparse : bool
        Accepted for PyTorch's sake: gradients are dense, and `optim.SparseAdam` passes over their zeros.
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight : Parameter, (num_embeddings, embedding_dim)
        Standard normal.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight=None,
        _freeze: bool = False,
        device=None,
        dtype=None,
    ):
        how = (padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight, not _freeze)
        super().__init__(num_embeddings, embedding_dim, *how, device, dtype)

    def forward(self, input):
        return embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq)

    def extra_repr(self) -> str:
        return _settings(self, ("padding_idx", "max_norm", "norm_type", "scale_grad_by_freq", "sparse"))


class EmbeddingBag(_Table):
    """The sum, the mean or the maximum of the vectors of each bag of things.

        y[b, :] = Σ_{i in bag b} weight[x[i], :]        (mode "sum")

    Parameters
    ----------
    num_embeddings, embedding_dim : int
    max_norm, norm_type, scale_grad_by_freq, sparse
        As for `Embedding`.
    mode : "mean", "sum" or "max"
    include_last_offset : bool
        `offsets` has one more entry, the end of the last bag.
    padding_idx : int, optional
        The row that counts for nothing.
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight : Parameter, (num_embeddings, embedding_dim)
        Standard normal.

    Notes
    -----
    ``layer(input, offsets=None, per_sample_weights=None)``: a bag in each row of a 2-D `input`; a 1-D one has them one
    after the other, and `offsets` says where each begins. See `functional.embedding_bag`.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight=None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device=None,
        dtype=None,
    ):
        if mode not in ("mean", "sum", "max"):
            raise ValueError(f"[EmbeddingBag] `mode` (={mode!r}) must be 'mean', 'sum' or 'max'")
        how = (padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight, True)
        super().__init__(num_embeddings, embedding_dim, *how, device, dtype)
        self.mode, self.include_last_offset = mode, include_last_offset

    def forward(self, input, offsets=None, per_sample_weights=None):
        return functional.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        text = _settings(self, ("max_norm", "norm_type", "scale_grad_by_freq"))
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{text}, mode={self.mode!r}{padding}"


_USUAL = {"padding_idx": None, "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False, "sparse": False}


def _settings(layer: _Table, names: tuple[str, ...]) -> str:
    """The sizes, and those of these settings that are not the usual ones."""
    unusual = [f"{name}={getattr(layer, name)}" for name in names if getattr(layer, name) != _USUAL[name]]
    return ", ".join([f"{layer.num_embeddings}, {layer.embedding_dim}", *unusual])
