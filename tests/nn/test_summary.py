"""Module.summary: its table, and what it leaves as it was."""

import pytest

import tapegrad as tg
from tapegrad import nn
from tests.nn.lenet import Net


def test_the_table_of_the_first_tutorial(capsys):
    assert Net().summary((1, 1, 28, 28)) is None
    assert capsys.readouterr().out == (
        "layer                   input shape      output shape     params  multiply-adds\n"
        "-------------------------------------------------------------------------------\n"
        "conv1 (Conv2d)          (1, 1, 28, 28)   (1, 10, 24, 24)     260        144,000\n"
        "conv2 (Conv2d)          (1, 10, 12, 12)  (1, 20, 8, 8)     5,020        320,000\n"
        "conv2_drop (Dropout2d)  (1, 20, 8, 8)    (1, 20, 8, 8)         0              0\n"
        "fc1 (Linear)            (1, 320)         (1, 50)          16,050         16,000\n"
        "fc2 (Linear)            (1, 50)          (1, 10)             510            500\n"
        "-------------------------------------------------------------------------------\n"
        "total                                                     21,840        480,500\n"
        "trainable: 21,840   fixed: 0   bytes of parameters: 87,360\n"
    )


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(3, 2), nn.Linear(4, 2)

    def forward(self, a, b):
        return self.left(a) + self.right(b), {"a": a}


@pytest.mark.parametrize(
    "inputs", [((5, 3), (5, 4)), ([(5, 3), (5, 4)],), (((5, 3), (5, 4)),), (tg.ones(5, 3), (5, 4))]
)
def test_several_inputs_work(inputs, capsys):
    Two().summary(*inputs)
    out = capsys.readouterr().out
    assert "(5, 3)" in out and "(5, 4)" in out


def rows(text: str) -> dict[str, list[str]]:
    """Layer → its cells."""
    return {line.split("  ")[0]: line.split() for line in text.splitlines()[2:-1]}


def test_a_shared_module_has_one_row_and_counts_once(capsys):
    layer = nn.Linear(3, 3)
    nn.Sequential(layer, nn.ReLU(), layer).summary((2, 3))
    out = capsys.readouterr().out
    assert list(rows(out)) == ["0 (Linear) ×2", "1 (ReLU)", "-" * len(out.splitlines()[0]), "total"]
    assert rows(out)["total"][1:] == ["12", "36"]  # two passes: 2 · (2·3·3)


def test_a_tied_parameter_counts_once(capsys):
    a, b = nn.Linear(3, 3), nn.Linear(3, 3)
    b.weight = a.weight
    nn.Sequential(a, b).summary((1, 3))
    table = rows(capsys.readouterr().out)
    assert (table["0 (Linear)"][-2], table["1 (Linear)"][-2], table["total"][1]) == ("12", "3", "15")


def test_modules_with_parameters_of_their_own_have_a_row_and_so_have_those_never_called(capsys):
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(tg.ones(3), requires_grad=False)
            self.inner, self.unused = nn.Linear(3, 3), nn.Linear(5, 5)

        def forward(self, x):
            return self.inner(x) * self.scale

    Scaled().summary((1, 3))
    out = capsys.readouterr().out
    table = rows(out)
    assert list(table)[:3] == ["Scaled", "inner (Linear)", "unused (Linear)"]
    assert "never called" in out and table["total"][1] == "45"
    assert "trainable: 42   fixed: 3" in out


def test_groups_and_strides_count_only_the_work_that_is_done(capsys):
    nn.Conv2d(4, 6, 3, stride=2, groups=2).summary((1, 4, 9, 9))
    assert rows(capsys.readouterr().out)["total"][1:] == [str(6 * 2 * 9 + 6), f"{6 * 4 * 4 * 2 * 9:,}"]


class Noisy(nn.Module):
    """Draws, counts and fails when told to."""

    def __init__(self, fails=False):
        super().__init__()
        self.drop, self.fc, self.fails = nn.Dropout(), nn.Linear(2, 2), fails
        self.register_buffer("calls", tg.zeros(1))

    def forward(self, x):
        self.calls += 1
        self.calls = self.calls + tg.rand(1)
        if self.fails:
            raise ArithmeticError
        return self.fc(nn.functional.dropout(self.drop(x)))


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_disturbed(fails, capsys):
    m = Noisy(fails)
    m.drop.eval()
    m.fc.weight.grad = tg.ones(2, 2)
    buffer, state = m.calls, tg.get_rng_state()
    with tg.tape() as t:
        try:
            m.summary((1, 2))
        except ArithmeticError:
            assert fails
    assert len(t) == 0
    assert m.calls is buffer and buffer.item() == 0.0
    assert (m.training, m.drop.training, m.fc.training) == (True, False, True)
    assert (tg.get_rng_state() == state).all()
    assert m.fc.weight.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]] and m.fc.bias.grad is None
    assert not m._call_hooks and not m.fc._call_hooks


def test_the_input_has_the_dtype_of_the_parameters(capsys):
    nn.Linear(2, 2).double().summary((1, 2))
    nn.Embedding(5, 3).summary(tg.tensor([1, 2]))
    assert "(2, 3)" in capsys.readouterr().out


@pytest.mark.parametrize("shape", [3, (1, "a"), (1.5, 2)])
def test_a_wrong_shape_is_an_error(shape):
    with pytest.raises(TypeError, match=r"\[summary\] `input_shape` .* must be a tuple of ints"):
        nn.Linear(2, 2).summary(shape)
