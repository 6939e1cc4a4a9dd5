"""No rule escapes: what conftest.py demands of each file covers every primitive, and counts only what it should."""

import importlib
import sys

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.ops import arithmetic, axes, join, product, reduce, shape
from tapegrad.testing import check_rule
from tests.house.tree import families, module_name, sources
from tests.ops.rules import declared, noting, rules


def test_every_primitive_of_the_library_is_declared_in_a_family_that_answers_for_it():
    for path in sources("tapegrad"):
        importlib.import_module(module_name(path))
    answered = {rule for family in families("tapegrad/ops") for rule in declared(family)}
    for module in [m for name, m in sys.modules.items() if name.startswith("tapegrad.")]:
        for name, value in vars(module).items():
            assert rules(value).keys() <= answered, f"{module.__name__}.{name}"


def test_private_primitives_count_and_imported_ones_do_not():
    assert rules(product._cumprod).keys() <= declared("product").keys()
    assert product.sum_over is reduce.sum_over
    assert not rules(reduce.sum_over).keys() & declared("product").keys()


def test_a_rule_is_noted_for_the_arguments_that_are_tracked():
    with noting() as found:
        check_rule(tg.atan2, np.ones(2), np.ones(2), wrt="other")
    assert found == {(arithmetic.arctan2.primitive, 1)}


def test_one_rule_serves_any_number_of_arguments():
    with noting() as found:
        check_rule(tg.stack, [np.ones(2)] * 3)
    assert found == rules(join.stack_along).keys()


def test_what_only_a_derivative_records_is_not_noted():
    with noting() as found:
        check_rule(tg.expand, np.ones(1), (3,))
    assert found == rules(shape.expand_to).keys()


def test_a_rule_that_is_wrong_or_checked_to_first_order_alone_is_not_noted():
    with noting() as found:
        check_rule(axes.T, np.ones((2, 2)), order=1)
        with pytest.raises(AssertionError, match="central differences"):
            check_rule(tg.relu, np.zeros(2))
    assert not found
