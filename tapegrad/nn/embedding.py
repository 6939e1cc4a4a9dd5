"""Tables of vectors."""

from operator import index

from .._creation import empty
from .._tape import no_grad
from ..ops.embedding import embedding
from . import init
from .module import Module
from .parameter import Parameter


class Embedding(Module):
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
        Accepted for PyTorch's sake; gradients are dense.
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
        *,
        device=None,
        dtype=None,
    ):
        super().__init__()
        if padding_idx is not None:
            if not -num_embeddings <= index(padding_idx) < num_embeddings:
                raise ValueError(
                    f"[Embedding] `padding_idx` (={padding_idx}) must lie in {-num_embeddings} … {num_embeddings - 1}"
                )
            padding_idx = padding_idx % num_embeddings
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.weight = Parameter(empty(num_embeddings, embedding_dim, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the vectors anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                init.zeros_(self.weight[self.padding_idx])

    def forward(self, input):
        return embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq)

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        for name, usual in (("padding_idx", None), ("max_norm", None), ("norm_type", 2), ("scale_grad_by_freq", False)):
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)}"
        return text
