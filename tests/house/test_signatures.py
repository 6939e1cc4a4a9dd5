"""What is called with PyTorch's words means the same here: its parameters, in its order, with its defaults."""

import inspect
import re

import pytest

import tapegrad as tg
from tapegrad.ops._registry import FUNCTIONS
from tests.house.signatures import SPACES, difference, ways

EXCEPT = {  # why the rest is not taken so
    "one parameter takes both, and has the name that the documentation says": """
        dsplit hsplit tensor_split vsplit isin scatter Tensor.dsplit Tensor.hsplit Tensor.tensor_split Tensor.vsplit
        Tensor.copy_ Tensor.scatter Tensor.scatter_ Tensor.split Tensor.unsafe_split unsafe_split result_type
        randint_like max min Tensor.max Tensor.min std std_mean var var_mean Tensor.std Tensor.var repeat_interleave
        Tensor.to""",
    "sizes given one by one, and the dtype, come without a name": "view_copy Tensor.view",
    "the function of `linalg` is the same, where it is called `A`": "det inverse slogdet",
    "other names of the same function have other parameters": """
        orgqr Tensor.orgqr special.airy_ai special.scaled_modified_bessel_k0 special.scaled_modified_bessel_k1
        linalg.lstsq""",
    "deprecated, or for PyTorch's own use": """
        Generator add autograd.backward autograd.enable_grad autograd.grad enable_grad expand_copy inference_mode norm
        nn.Hardtanh nn.UninitializedBuffer
        nn.functional.elu_ nn.functional.fractional_max_pool2d nn.functional.fractional_max_pool3d
        nn.functional.log_softmax nn.functional.multi_head_attention_forward nn.functional.softmax
        nn.functional.softmin rsub sub subtract Tensor.add Tensor.add_ Tensor.expand Tensor.sub Tensor.sub_
        Tensor.subtract Tensor.subtract_""",
    "no pickle is written or read, and `from_dlpack` never copies": "from_dlpack load save",
}
EXCEPTED = {name for names in EXCEPT.values() for name in names.split()}


@pytest.mark.parametrize("home", SPACES)
def test_parameters_are_those_of_pytorch(home):
    named = {name: lines for name, lines in ways().items() if name.rpartition(".")[0] == home}
    wrong = {name: found for name, lines in named.items() if (found := [*filter(None, map(difference, lines))])}
    assert {name: found for name, found in wrong.items() if name not in EXCEPTED} == {}
    assert wrong.keys() == EXCEPTED & named.keys()


def test_the_words_of_pytorch_reach_the_operation():
    x, y = tg.tensor([[1.0, 2.0], [3.0, 4.0]]), tg.tensor([1.0, 2.0])
    assert tg.equal(tg.exp(input=x), x.exp())
    assert tg.equal(tg.mm(input=x, mat2=x), x @ x)
    assert tg.equal(tg.addmv(input=y, mat=x, vec=y, beta=2), y + y + x @ y)
    assert tg.equal(tg.heaviside(input=y, values=y), tg.ones(2))
    assert tg.equal(tg.nn.functional.relu(input=-x, inplace=False), tg.zeros(2, 2))
    assert tg.equal(tg.linalg.eigvalsh(input=x), tg.linalg.eigvalsh(x))
    assert tg.equal(x.clone().add_(other=x, alpha=2), 3 * x)
    assert tg.equal(x.new_full(size=(2,), fill_value=2), tg.full(size=(2,), fill_value=2.0))
    assert tg.zeros(size=(2, 3)).shape == tg.rand(size=(2, 3)).shape == tg.randint(0, 9, size=(2, 3)).shape == (2, 3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'x'"):
        tg.relu(x=x)


def test_docstrings_call_parameters_by_the_names_of_the_signature():
    wrong = []
    for name, f in FUNCTIONS.items():
        section = re.search(r"Parameters\n +-+\n(.*?)(?:\n\n|\Z)", f.__doc__ or "", re.DOTALL)
        headings = re.findall(r"^ {4}(\w+(?:, \w+)*) : ", section[1], re.MULTILINE) if section else []
        parameters = inspect.signature(f).parameters
        wrong += [(name, p) for heading in headings for p in heading.split(", ") if p not in parameters]
    assert not wrong
