"""A test file answers for the rules of its namesake.

tests/ops/test_conv.py must take every rule that tapegrad/ops/conv.py declares, private primitives included, through
`check_rule`, to second order. While its tests run, the rules that `check_rule` finds right are noted; when all of them
have run, what is missing is an error. So a rule cannot be declared without its property test, the tests need no table
of rules beside them, and neither the order of tests nor that of files matters. A run that leaves out tests of a file
(``-k``) proves nothing of it, and says nothing.
"""

import pytest

from tests.house.tree import families
from tests.ops.rules import declared, noting


@pytest.fixture(scope="module", autouse=True)
def tests_run():
    """The number of tests of this file that have run, in a list."""
    return [0]


@pytest.fixture(autouse=True)
def counted(tests_run):
    """Count the test."""
    yield
    tests_run[0] += 1


@pytest.fixture(scope="module", autouse=True)
def every_rule_is_checked(request, tests_run):
    """Fail a file that has run and left a rule of its namesake unchecked."""
    family = request.path.stem.removeprefix("test_")
    failed = request.session.testsfailed
    with noting() as found:
        yield
    whole = tests_run[0] == sum(1 for _ in request.node.collect()) and request.session.testsfailed == failed
    if whole and family in families("tapegrad/ops"):
        missing = [name for r, name in declared(family).items() if r not in found]
        assert not missing, f"tests/ops/test_{family}.py never gives check_rule the rules of: {'; '.join(missing)}"
