"""Files stay short and have names that say something."""

import pytest

from tests.house.tree import ROOT, sources

ENGINE, OTHERS = 300, 400  # lines
LIST = ROOT / "kernels" / "__init__.py"  # of names, each of them twice: nothing that could be two families
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc"}

everything = pytest.mark.parametrize(
    "path", sources("kernels", "tapegrad", "tests", "examples"), ids=lambda path: str(path.relative_to(ROOT))
)


@everything
def test_a_file_fits_in_a_head(path):
    limit = ENGINE if path.is_relative_to(ROOT / "tapegrad" / "_tape") else OTHERS
    assert path == LIST or len(path.read_text("utf-8").splitlines()) <= limit, "two families live here"


@everything
def test_a_name_says_what_is_inside(path):
    assert path.stem.strip("_") not in SAYS_NOTHING
