"""Every layer and loss is PyTorch's, over the cases of its database of modules: where torch is installed.

`python -m tests.nn.torch_modules --only NAME` prints what is wrong.
"""

import pytest

pytest.importorskip("torch")
pytest.importorskip("expecttest")  # the database imports it

from tapegrad import nn
from tests.nn.module_cases import judge
from tests.nn.torch_modules import NAMES, cases


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", NAMES)
def test_outputs_gradients_and_buffers_are_pytorchs(name, training):
    assert hasattr(nn, name), "not offered"
    for number, case in enumerate(cases(name, training)):
        try:
            judge(case)
        except Exception as error:
            error.add_note(f"in case {number} of {case.text}")
            raise
