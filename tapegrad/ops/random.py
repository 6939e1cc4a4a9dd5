"""Random choices with derivatives.

What a generator draws does not depend on the tensors: dropout is linear, a diagonal of zeros and one number, and so its
own transpose. No mask is kept: its words are made again from their place in the stream.
"""

from .. import kernels
from .._tape import declare

dropout = declare(
    "dropout",
    lambda x, *, p, seed, offset: kernels.dropout(x, p, seed, offset),
    [lambda g, p, seed, offset: dropout(g, p=p, seed=seed, offset=offset)],
    [lambda t, p, seed, offset: dropout(t, p=p, seed=seed, offset=offset)],
)
