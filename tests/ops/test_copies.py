"""Copies of what views read."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing import check_rule

X = np.arange(24.0).reshape(2, 1, 3, 4)
ARGUMENTS = {
    "alias": (), "as_strided": ((2, 2), (1, 2)), "diagonal": (0, 2, 3), "expand": ((2, 5, 3, 4),), "narrow": (2, 1, 2),
    "permute": ((1, 0, 3, 2),), "split_with_sizes": ((1, 2), 2), "squeeze": (1,), "t": (), "transpose": (0, 3),
    "unbind": (2,), "unfold": (3, 2, 1), "unsqueeze": (0,), "view": (2, 1, 3, 2, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_copy_reads_what_the_view_reads_and_is_not_it(name):
    x = tg.tensor(X[0, 0] if name == "t" else X)
    reads = (lambda x: x) if name == "alias" else getattr(tg.Tensor, name)
    want, found = reads(x, *ARGUMENTS[name]), getattr(tg, f"{name}_copy")(x, *ARGUMENTS[name])
    for a, b in zip(*((y if isinstance(y, tuple) else (y,)) for y in (found, want)), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
        assert not np.shares_memory(a.numpy(), x.numpy())
    check_rule(lambda x: getattr(tg, f"{name}_copy")(x, *ARGUMENTS[name]), x.numpy())
