"""What the repository keeps of the corpus is what `reduce` would keep."""

import numpy as np

from tests.golden.reader import load
from tests.golden.reduce import TARGET, reduce


def test_reducing_again_changes_nothing(tmp_path):
    reduce(TARGET, tmp_path / "again.npz")
    index, blob = load(tmp_path / "again.npz")
    kept_index, kept_blob = load(TARGET)
    assert index == kept_index, "list and corpus disagree: run `python -m tests.golden.reduce`"
    np.testing.assert_array_equal(blob, kept_blob)
