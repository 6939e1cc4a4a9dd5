"""The corpora of operators and modules on the simulated device."""

import pytest

from tests.simulated.process import simulate


@pytest.mark.parametrize("corpus", ["golden", "modules"])
def test_the_corpus_has_the_same_answers_on_the_simulated_device(corpus):
    simulate(f"tests/simulated/test_{corpus}.py")
