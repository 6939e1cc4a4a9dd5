"""Random choices have derivatives."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tapegrad.ops.random import dropout
from tapegrad.testing import arrays, check_rule


@given(arrays(), st.sampled_from([0.0, 0.3, 1.0]), st.integers(0, 2**70))
def test_dropout_has_the_right_rules(x, p, offset):
    check_rule(lambda x: dropout(x, p=p, seed=1, offset=offset), x)


def test_the_gradient_of_dropout_goes_where_its_values_come_from():
    x, g = np.ones((30, 40), np.float32), np.arange(1200, dtype=np.float32).reshape(30, 40)
    y = dropout(x, p=0.4, seed=3, offset=1)
    np.testing.assert_array_equal(dropout.primitive.vjps[0](g, 0.4, 3, 1), g * y)
