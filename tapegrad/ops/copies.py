"""PyTorch's functions that end in `_copy`: what the view of that name reads, in memory of its own."""

from .axes import permute, t, transpose
from .diagonal import diagonal
from .indexing import getitem
from .rearrange import clone
from .shape import expand, squeeze, unsqueeze, view
from .split import narrow, split_with_sizes, unbind
from .strided import as_strided, unfold

from ._registry import public  # isort: skip


def alias(x):
    """`x` itself, under another name."""
    return getitem(x, ...)


def _copying(reads):
    def call(x, *args, **options):
        y = reads(x, *args, **options)
        return tuple(map(clone, y)) if isinstance(y, tuple) else clone(y)

    call.__wrapped__ = reads  # its parameters are this one's
    call.__name__ = call.__qualname__ = f"{reads.__name__}_copy"
    call.__doc__ = f"What `{reads.__name__}` reads, as a copy."
    return public(method=reads is narrow)(call)


for _view in (
    alias, as_strided, diagonal, expand, narrow, permute, split_with_sizes, squeeze, t, transpose, unbind, unfold,
    unsqueeze, view,
):  # fmt: skip
    _copying(_view)
