"""What type checkers and editors see is what is there."""

import pytest

from tests.house.stubs import STUBS


@pytest.mark.parametrize("path", STUBS, ids=lambda path: path.name)
def test_a_stub_is_up_to_date(path):
    assert path.read_text("utf-8") == STUBS[path](), "run `python -m tests.house.stubs`"
