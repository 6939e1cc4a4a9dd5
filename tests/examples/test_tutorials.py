"""Every tutorial runs, and prints what its document says."""

import math
import runpy
from pathlib import Path

import numpy as np
import pytest

TUTORIALS = Path(__file__).resolve().parents[2] / "examples" / "tutorials"


@pytest.fixture(scope="module")
def run():
    def run(name, capsys):
        names = runpy.run_path(str(TUTORIALS / f"{name}.py"))
        return names, capsys.readouterr().out

    return run


def test_every_tutorial_has_its_test():
    tested = {
        "qualia_automatic_differentiation",
        "pytorch_autograd",
        "dive_into_autograd",
        "graph_and_functions",
        "one_layer_network",
    }
    assert {path.stem for path in TUTORIALS.glob("*.py")} == tested


def test_qualia(run, capsys):
    names, printed = run("qualia_automatic_differentiation", capsys)
    assert names["scalar_result"].tolist() == [16] and names["scalar_grad"].tolist() == [8]
    assert names["matrix_grad"].tolist() == [[0, 2, 4], [6, 8, 10]]
    assert "tensor([16.]" in printed and "tensor([8.])" in printed and "pow" in printed
    for count in ("260", "5,020", "16,050", "510", "21,840"):
        assert count in printed.replace("_", ",").replace(" 5 020", "5,020"), count


def test_pytorch_autograd(run, capsys):
    names, printed = run("pytorch_autograd", capsys)
    lines = printed.splitlines()
    assert lines[:5] == [
        "tensor([[1., 1.],",
        "        [1., 1.]], requires_grad=True)",
        "tensor([[3., 3.],",
        "        [3., 3.]], grad_fn=<AddBackward0>)",
        lines[4],
    ]
    assert lines[4].startswith("<AddBackward0 object at 0x") and lines[5] == "None"
    assert "        [27., 27.]], grad_fn=<MulBackward0>)" in lines
    assert "tensor(27., grad_fn=<MeanBackward0>)" in lines and "tensor(25., grad_fn=<SumBackward0>)" in lines
    assert names["gradient_of_mean"].tolist() == names["gradient_with_seed"].tolist() == [[4.5, 4.5], [4.5, 4.5]]
    assert names["y"].detach().norm().item() >= 1000
    np.testing.assert_array_equal(
        names["x"].grad.numpy(), np.float32(2 ** names["doublings"]) * np.array([0.1, 1.0, 0.0001], np.float32)
    )
    assert names["before"] == [None, None, None]
    assert [g.tolist() for g in names["after"]] == [[2.0, 2.0, 2.0], [1.0, 1.0, 1.0], 1.0]


@np.errstate(divide="ignore", invalid="ignore")  # log 0, whose slope is the lesson
def test_dive(run, capsys):
    names, printed = run("dive_into_autograd", capsys)
    assert names["no_gradient_yet"] is None
    assert names["gradient_of_square"].tolist() == [0.0, 4.0, 8.0, 12.0, 16.0]
    for line in (
        "tensor([0., 0., 0., 0., 0.])",
        "tensor([1., 1., 1., 1., 1.])",
        "tensor([0., 2., 4., 6., 8.])",
        "tensor([True, True, True, True, True])",
        "tensor([True])",
        "tensor([True, True, True])",
        "tensor([     nan,   7.4147,   1.4120, -10.5169, -11.0159])",
    ):
        assert line in printed.splitlines()
    assert names["reset"].tolist() == [0.0] * 5 and names["gradient_of_sum"].tolist() == [1.0] * 5
    assert names["gradient_of_squares"].tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert names["detached"].all() and names["slope_is_ratio"].all() and names["sine_is_cosine"].all()
    first, *rest = names["gradient_with_nan"].tolist()
    assert math.isnan(first)
    np.testing.assert_allclose(rest, [7.4147, 1.4120, -10.5169, -11.0159], atol=5e-5)


def test_graph(run, capsys):
    names, printed = run("graph_and_functions", capsys)
    assert names["contagious"] == (True, False)
    assert names["makers"] == (None, None, "AddBackward0", "RsubBackward1") or names["makers"][:3] == (
        None, None, "AddBackward0",
    )  # fmt: skip
    assert "a: None  constant: None" in printed
    assert names["gradient_of_cube"].tolist() == [3.0, 12.0, 27.0]
    assert "only for scalar outputs" in names["message"] and "ones_like" in names["message"]
    for by_sum, by_ones in zip(names["by_sum"], names["by_ones"], strict=True):
        assert by_sum.tolist() == by_ones.tolist()
    assert names["by_ones"][0].tolist() == [-23.0] * 3  # -(w3 w1 + w4 w2)
    assert names["same_layer"].item() and names["same_dropout"].item()


def test_one_layer(run, capsys):
    names, printed = run("one_layer_network", capsys)
    assert "Gradient function for z = <AddBackward0 object at 0x" in printed
    assert names["makers"] == ("AddBackward0", "BinaryCrossEntropyWithLogitsBackward0")
    z = names["z"].detach().numpy().astype(np.float64)
    slope = 1 / (1 + np.exp(-z)) / 3
    np.testing.assert_allclose(names["b"].grad.numpy(), slope, rtol=1e-6)
    np.testing.assert_allclose(names["w"].grad.numpy(), np.tile(slope, (5, 1)), rtol=1e-6)
