"""What keeps CUDA from working is said in one message each, and the CPU does not care."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

import tapegrad as tg


def pretend(**changes):
    """A `numba.cuda` of a machine where all is well, but for `changes`."""

    class Driver:
        is_available = changes.get("available", True)
        initialization_error = changes.get("error")

        def get_version(self):
            return changes.get("driver", (12, 4))

    def toolkit():
        if "missing" in changes:
            raise RuntimeError(changes["missing"])
        return changes.get("toolkit", (12, 4))

    module = ModuleType("numba.cuda")
    module.implementation = changes.get("implementation", "NVIDIA")
    module.cudadrv = SimpleNamespace(driver=SimpleNamespace(driver=Driver()))
    module.runtime = SimpleNamespace(get_version=toolkit)
    module.is_available = lambda: changes.get("compiler", True)
    module.gpus = [SimpleNamespace(compute_capability=c) for c in changes.get("capabilities", [(8, 0)])]
    return module


CASES = [
    (None, r"numba-cuda cannot be imported .*tapegrad\[cu12\].*tapegrad\[cu13\]"),
    (pretend(implementation="Built-in"), r"numba-cuda is not installed.*tapegrad\[cu12\]"),
    (pretend(available=False, error="CUDA driver library cannot be found."), "driver .libcuda. is not installed"),
    (pretend(available=False, error="Call to cuInit results in CUDA_ERROR_NO_DEVICE (100)"), "no GPU.*finds no device"),
    (pretend(available=False, error="Call to cuInit results in CUDA_ERROR_NOT_INITIALIZED"), "forked.*spawn"),
    (
        pretend(available=False, error="Call to cuInit results in\nCUDA_ERROR_UNKNOWN"),
        "does not start.*in CUDA_ERROR_U",
    ),
    (pretend(driver=(11, 8)), r"driver is too old: it is for CUDA 11\.8, .* of CUDA 12\.4.*Update.*cu12"),
    (pretend(toolkit=(13, 0)), r"too old: it is for CUDA 12\.4, .* of CUDA 13\.0.*cu12"),
    (pretend(missing="libnvrtc is not there"), r"libraries .* missing \(libnvrtc is not there\): pip install"),
    (pretend(compiler=False), "NVVM.*pip install"),
    (pretend(capabilities=[]), "no GPU.*finds no device"),
    (pretend(capabilities=[(3, 7)]), r"cuda:0 has compute capability 3\.7: CUDA 12 makes code for 5\.0"),
    (pretend(toolkit=(13, 1), driver=(13, 1), capabilities=[(7, 0)]), r"capability 7\.0: CUDA 13 .* 7\.5"),
]


@pytest.mark.parametrize(("module", "message"), CASES, ids=[message[:30] for _, message in CASES])
def test_a_problem_has_its_message_and_the_cpu_is_unharmed(monkeypatch, module, message):
    monkeypatch.setitem(sys.modules, "numba.cuda", module)
    x = tg.ones(2, requires_grad=True)
    for ask in (x.cuda, lambda: tg.ones(2, device="cuda"), lambda: tg.nn.Linear(1, 1).to("cuda:0")):
        with pytest.raises(RuntimeError, match=r"^\[cuda\] (?s:.*)" + message):
            ask()
    assert not tg.cuda.is_available() and tg.cuda.device_count() == 0
    with tg.tape():
        y = (x * 3).sum()
    y.backward()
    assert x.grad.tolist() == [3.0, 3.0]
