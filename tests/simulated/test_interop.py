"""Device memory from and for other libraries: the array interface, DLPack, pickle, and no way to the host unasked."""

import copy
import ctypes
import gc
import math
import pickle
import weakref

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.kernels.cuda import DeviceArray, _dlpack


class Library:
    """Another library's array, which says of itself what it is told."""

    def __init__(self, array, **changes):
        self.array = array
        self.__cuda_array_interface__ = {
            "shape": array.shape,
            "strides": None if array.flags.c_contiguous else array.strides,
            "typestr": array.dtype.str,
            "data": (array.ctypes.data, not array.flags.writeable),
            "stream": 1,
            "version": 3,
            **changes,
        }


LAYOUTS = [
    np.arange(6.0).reshape(2, 3),
    np.arange(12.0).reshape(3, 4).T,
    np.arange(10, dtype=np.int16)[::-3],
    np.arange(24, dtype=np.float32).reshape(2, 3, 4)[:, ::-1, 1:3],
    np.array(2.5),
    np.array([True, False]),
    np.array([1 + 2j, 3], np.complex64),
    np.ones((0, 3), np.float16),
]


@pytest.mark.parametrize("array", LAYOUTS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_the_interface_of_another_library_is_read_in_place(array):
    t = tg.as_tensor(Library(array))
    assert t.is_cuda and t.shape == array.shape and t.dtype == array.dtype
    np.testing.assert_array_equal(t.cpu().numpy(), array)
    np.testing.assert_array_equal((t.clone() if array.dtype == bool else t + t).cpu().numpy(), array + array)
    if array.size and array.flags.writeable and array.dtype.kind == "f":
        array[...] += 1
        np.testing.assert_array_equal(t.cpu().numpy(), array)
        t.mul_(2)
        np.testing.assert_array_equal(t.cpu().numpy(), array)


def test_a_tensors_interface_describes_its_memory():
    t = tg.arange(12, dtype=tg.float32, device="cuda").reshape(3, 4)
    for part in (t, t.T, t[1:, ::2], t[1, 2]):
        facts = part.__cuda_array_interface__
        assert facts["version"] == 3 and facts["stream"] == 1 and not facts["data"][1]
        shape, strides = facts["shape"], facts["strides"]
        where = (ctypes.c_char * 48).from_address(t.__cuda_array_interface__["data"][0])
        offset = facts["data"][0] - ctypes.addressof(where)
        seen = np.ndarray(shape, facts["typestr"], where, offset, strides)
        np.testing.assert_array_equal(seen, part.cpu().numpy())
    assert t.__cuda_array_interface__["strides"] is None
    assert t.expand(2, 3, 4).__cuda_array_interface__["data"][1], "what is there twice may only be read"


def test_no_interface_where_there_is_nothing_to_share():
    assert not hasattr(tg.ones(2), "__cuda_array_interface__")
    with pytest.raises(RuntimeError, match=r"detach\(\)"):
        tg.ones(2, device="cuda", requires_grad=True).__cuda_array_interface__  # noqa: B018


@pytest.mark.parametrize(
    ("owner", "message"),
    [
        (Library(np.ones(2), mask=Library(np.ones(2))), "has a mask"),
        (Library(np.ones(2), typestr=">f8"), "dtype >f8"),
        (Library(np.ones(2), typestr="<U1"), "dtype <U1"),
        (Library(np.ones(4)[::2], strides=(12,)), r"not at multiples of 8 bytes"),
    ],
)
def test_what_tensors_do_not_have_is_refused(owner, message):
    with pytest.raises(TypeError, match=r"\[as_tensor\] `data`.*" + message):
        tg.as_tensor(owner)


def test_the_owner_lives_as_long_as_a_view_of_it():
    owner = Library(np.arange(4.0))
    alive = weakref.ref(owner)
    t = tg.as_tensor(owner)[1:]
    del owner
    gc.collect()
    assert alive() is not None and t.tolist() == [1, 2, 3]
    del t
    gc.collect()
    assert alive() is None


def test_a_tensor_made_of_foreign_memory_is_a_copy():
    array = np.arange(3.0)
    t = tg.tensor(Library(array), dtype=tg.float32, requires_grad=True)
    array[0] = 9
    assert t.is_cuda and t.tolist() == [0, 1, 2] and t.dtype == tg.float32
    assert tg.tensor(t, device="cpu").tolist() == [0, 1, 2] and tg.tensor([t.detach()[1], 2.0]).tolist() == [1, 2]


@pytest.mark.parametrize("version", [None, (0, 8), (1, 0), (2, 1)])
@pytest.mark.parametrize("array", [a for a in LAYOUTS if a.flags.writeable], ids=lambda a: f"{a.dtype}{a.shape}")
def test_dlpack_goes_both_ways(array, version):
    t = tg.tensor(array, device="cuda")
    t = t.flip(0).flip(0) if t.shape else t
    view = t.mT if t.ndim > 1 else t

    class Old:
        def __dlpack_device__(self):
            return view.__dlpack_device__()

        def __dlpack__(self, **options):
            if version is None and "max_version" in options:
                raise TypeError("unexpected keyword max_version")
            return view.__dlpack__(**{**options, "max_version": version})

    back = tg.from_dlpack(Old())
    assert back.is_cuda and back.shape == view.shape and back.dtype == view.dtype
    np.testing.assert_array_equal(back.cpu().numpy(), view.cpu().numpy())
    if math.prod(t.shape):
        assert back.__cuda_array_interface__["data"] == view.__cuda_array_interface__["data"]


def test_dlpack_keeps_memory_alive_and_lets_it_go():
    t = tg.arange(4.0, device="cuda")
    array = weakref.ref(t._array)
    given = len(_dlpack._given)
    capsule = t.__dlpack__()
    del t
    gc.collect()
    assert array() is not None and len(_dlpack._given) == given + 1
    del capsule  # nobody took it
    gc.collect()
    assert array() is None and len(_dlpack._given) == given
    t = tg.arange(4.0, device="cuda")
    back = tg.from_dlpack(t)[1:]
    array = weakref.ref(t._array)
    del t
    gc.collect()
    assert back.tolist() == [1, 2, 3] and array() is not None
    del back
    gc.collect()
    assert array() is None and len(_dlpack._given) == given


def test_dlpack_refuses_in_words():
    t = tg.ones(3, device="cuda")
    with pytest.raises(BufferError, match="requires grad"):
        tg.ones(3, device="cuda", requires_grad=True).__dlpack__()
    with pytest.raises(BufferError, match=r"only be read.*clone"):
        t.expand(2, 3).__dlpack__()
    with pytest.raises(BufferError, match=r"`dl_device` \(=\(1, 0\)\)"):
        t.__dlpack__(dl_device=(1, 0))
    with pytest.raises(BufferError, match=r"`stream` \(=1\)"):
        tg.ones(3).__dlpack__(stream=1)
    back = tg.from_dlpack(t.expand(2, 3))  # version 1 says that it is read only
    with pytest.raises(RuntimeError, match="read-only"):
        back.add_(1)

    class Taken:
        capsule = t.__dlpack__()

        def __dlpack_device__(self):
            return 2, 0

        def __dlpack__(self, **options):
            return self.capsule

    assert tg.from_dlpack(Taken()).tolist() == [1, 1, 1]
    with pytest.raises(BufferError, match="one that was taken"):
        tg.from_dlpack(Taken())
    assert t.__dlpack_device__() == (2, 0) and isinstance(t.__dlpack__(copy=True), type(Taken.capsule))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda t: np.asarray(t), TypeError),
        (lambda t: np.array(t), TypeError),
        (lambda t: t.numpy(), TypeError),
        (lambda t: np.asarray(t._array), TypeError),
        (lambda t: np.concatenate([t._array, t._array]), TypeError),
        (lambda t: tg.tensor([[1.0], t]), TypeError),
    ],
)
def test_nothing_goes_to_the_host_unasked(call, error):
    with pytest.raises(error, match=r"\.cpu\(\)"):
        call(tg.ones(2, device="cuda"))


def test_one_number_goes_to_the_host():
    t = tg.tensor([2.5], device="cuda")
    assert (t.item(), float(t), int(t), bool(t), complex(t), t.tolist()) == (2.5, 2.5, 2, True, 2.5 + 0j, [2.5])
    assert f"{t[0]:.1f}" == "2.5" and [10, 20][tg.tensor(1, device="cuda")] == 20 and 2.5 in t and 3 not in t


def test_text_copies_and_pickle():
    t = tg.tensor([[1.0, 2.0]], device="cuda", requires_grad=True)
    assert repr(t) == "tensor([[1., 2.]], device='cuda:0', requires_grad=True)" and len({t, t}) == 1
    with tg.tape():
        (t * t).sum().backward()
    twin = copy.deepcopy(t)
    assert twin.is_cuda and twin.requires_grad and twin.grad.tolist() == [[2.0, 4.0]] and twin.grad is not t.grad
    with tg.no_grad():
        twin.mul_(2)
    assert t.tolist() == [[1, 2]] and copy.copy(t.detach()).is_cuda
    back = pickle.loads(pickle.dumps(t))
    assert back.is_cuda and back.requires_grad and back.tolist() == [[1, 2]] and back.device == t.device
    assert isinstance(back._array, DeviceArray)


@pytest.mark.parametrize("version", [None, (1, 0)])
def test_the_structures_of_dlpack_are_those_that_numpy_reads_and_writes(version, monkeypatch):
    monkeypatch.setattr(_dlpack, "CUDA", 1)  # simulated memory is the host's: let it say so

    class Ours:
        def __dlpack_device__(self):
            return 1, 0

        def __dlpack__(self, **options):
            return _dlpack.to_capsule(self.array, None, version)

    class Theirs(Ours):
        def __dlpack__(self, **options):
            return self.array.__dlpack__(max_version=version)

    t = tg.arange(12.0, device="cuda").reshape(3, 4)
    ours, theirs = Ours(), Theirs()
    for x in (t, t.T, t[1:, ::2], t.to(tg.complex64), t > 3, t.to(tg.int16)[0], t[0, 0], t.half()):
        ours.array = x._array
        array = np.from_dlpack(ours)
        np.testing.assert_array_equal(array, x.cpu().numpy(), strict=True)
        assert array.strides == x._array.strides
        theirs.array = array.copy("K")
        np.testing.assert_array_equal(_dlpack.from_capsule(theirs).to_host(), array, strict=True)
