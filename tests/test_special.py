"""`tapegrad.special` has PyTorch's names, and no second version of what has a name elsewhere."""

import tapegrad as tg


def test_what_has_two_names_is_one_function():
    assert tg.special.expit is tg.sigmoid
    assert tg.special.psi is tg.special.digamma is tg.digamma
    for name in "erf erfc erfinv exp2 expm1 i0 log1p log_softmax logit logsumexp polygamma round sinc softmax".split():
        assert getattr(tg.special, name) is getattr(tg, name)
    assert {"xlogy", "xlog1py", "entr", "zeta"} <= set(tg.special.__all__)


def test_every_name_is_there():
    assert all(callable(getattr(tg.special, name)) for name in tg.special.__all__)
