"""save and load: what goes in comes out, PyTorch's users can read it, and no damage goes unseen."""

import io
import json
import os
import stat
from collections import OrderedDict

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tapegrad as tg
from tapegrad.io import CheckpointError

DTYPES = "bool uint8 int8 uint16 int16 float16 uint32 int32 float32 uint64 int64 float64 complex64 complex128".split()
arrays = hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text(max_size=5)
    | arrays | arrays.map(tg.tensor) | st.sampled_from([tg.float32, tg.device("cpu"), np.float32(0.1), np.int8(-3)])
)  # fmt: skip
keys = st.text(max_size=3) | st.integers() | st.booleans() | st.none()
states = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=8,
)


def saved(state) -> bytes:
    file = io.BytesIO()
    tg.save(state, file)
    return file.getvalue()


def loaded(data: bytes):
    return tg.load(io.BytesIO(data))


def same(a, b) -> bool:
    """Equal in value, type, dtype and order, NaN equal to NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, tg.Tensor):
        a, b = a.numpy(), b.numpy()
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(map(repr, a)) == list(map(repr, b)) and all(map(same, a.values(), b.values()))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b)


@given(states)
def test_what_is_saved_is_what_is_loaded(state):
    assert same(loaded(saved(state)), state)


@given(st.dictionaries(st.text(min_size=1, max_size=5), hnp.arrays("float32", (2, 3)).map(np.transpose)))
def test_a_flat_dict_is_an_ordinary_safetensors_file_whatever_the_strides(state):
    theirs = safetensors.numpy.load(saved({name: tg.from_numpy(array) for name, array in state.items()}))
    for name, array in state.items():
        np.testing.assert_array_equal(theirs[name if name != "__metadata__" else "__metadata__'"], array)


@given(st.dictionaries(st.text(min_size=1, max_size=5), hnp.arrays(st.sampled_from(DTYPES[:-2]), (2, 3))))
def test_files_of_the_reference_implementation_load(state):
    state.pop("__metadata__", None)
    ours = loaded(safetensors.numpy.save(state, {"format": "pt"}))
    assert ours.keys() == state.keys()
    assert all(same(ours[name].numpy(), state[name]) for name in state)


def test_deeper_tensors_have_dotted_names_and_clashes_get_a_prime():
    state = {"a": {"b": tg.zeros(1)}, "a.b": tg.ones(1), "l": [tg.ones(2)]}
    assert safetensors.numpy.load(saved(state)).keys() == {"a.b", "a.b'", "l.0"}
    assert loaded(saved(state))["a.b"].item() == 1


def test_bfloat16_becomes_float32():
    values = np.array([1.5, -0.0, np.inf, 3.0e38], np.float32)
    ours = loaded(file_of({"x": {"dtype": "BF16", "shape": [4]}}, (values.view(np.uint32) >> 16).astype("<u2")))
    np.testing.assert_array_equal(ours["x"].numpy(), (values.view(np.uint32) >> 16 << 16).view(np.float32))


def test_ordered_dicts_and_parameters_are_dicts_and_tensors():
    net = tg.nn.Linear(2, 2)
    state = loaded(saved(OrderedDict(net.state_dict(keep_vars=True))))
    assert type(state) is dict and not state["weight"].requires_grad
    assert same(state, net.state_dict())


def test_loaded_tensors_have_writable_memory_of_their_own():
    x = loaded(saved({"x": tg.ones(3), "y": tg.ones(3)}))
    x["x"].mul_(2)
    assert x["y"].tolist() == [1, 1, 1]


# ------------------------------------------------------------------------------ what cannot be saved


@pytest.mark.parametrize(
    ("state", "match"),
    [
        ({"net": tg.nn.Linear(1, 1)}, r"`state\['net'\]` is a Linear: .*; give its `.state_dict\(\)`"),
        ([1, {2}], r"`state\[1\]` is a set: a checkpoint holds Tensors"),
        ({"a": {(1, 2): 3}}, r"`state\['a'\]` has the key \(1, 2\); keys must be"),
        (np.array(["text"]), "`state` has the dtype <U4, which safetensors do not have"),
        ({"f": saved}, r"`state\['f'\]` is a function"),
    ],
)
def test_what_has_no_place_in_a_checkpoint_is_named(state, match, tmp_path):
    with pytest.raises(TypeError, match=rf"\[save\] {match}"):
        tg.save(state, tmp_path / "f")
    assert not os.listdir(tmp_path)


def test_a_container_that_holds_itself_is_refused():
    state = {"a": [1]}
    state["a"].append(state)
    with pytest.raises(ValueError, match=r"`state\['a'\]\[1\]` holds itself"):
        saved(state)


# ------------------------------------------------------------------------------ damage


def file_of(entries: dict, data=b"", **metadata) -> bytes:
    """A file with this header; `data_offsets` are put where they are missing."""
    end, data = 0, bytes(data)
    for entry in entries.values():
        size = int(np.prod(entry["shape"])) * {"F32": 4, "BF16": 2}[entry["dtype"]]
        entry.setdefault("data_offsets", [end, end + size])
        end = entry["data_offsets"][1]
    text = json.dumps({**({"__metadata__": metadata} if metadata else {}), **entries}).encode()
    return raw(text, data)


def raw(header: bytes, data: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + data


STATE = {"model": {"w": tg.tensor([[1.0, 2.0]]), "n": tg.tensor(3)}, "epoch": 7, "lr": (0.1, float("nan"))}


def test_every_truncation_is_seen():
    data = saved(STATE)
    for length in range(len(data)):
        with pytest.raises(CheckpointError):
            loaded(data[:length])


@pytest.mark.parametrize("bit", range(8))
def test_every_flipped_bit_is_seen(bit):
    data = saved(STATE)
    for k in range(len(data)):
        damaged = bytearray(data)
        damaged[k] ^= 1 << bit
        with pytest.raises(CheckpointError):
            loaded(bytes(damaged))


ENTRY = b'"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "a file of 0 bytes is no safetensors file"),
        (b"PK\x03\x04" + bytes(40), "a zip file .* is no checkpoint"),
        ((2**63).to_bytes(8, "little") + b"{}", "its header would have 9223372036854775808 bytes"),
        (raw(b"{}" + b" " * 8)[:-1], "header claims 10 bytes, the file has 9"),
        (raw(b"[1]"), "header must be a JSON object, got list"),
        (raw(b"{nonsense"), "header is no JSON"),
        (raw(b"[" * 200_000), "header is no JSON"),
        (raw(b"\xff\xfe"), "header is no JSON"),
        (raw(b'{"x":NaN}'), "NaN is no number of JSON"),
        (raw(b"{" + ENTRY + b"," + ENTRY + b"}", bytes(8)), "the key 'x' comes twice"),
        (raw(b'{"x":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}}', bytes(8)), "'dtype' comes twice"),
        (raw(b'{"x":3}'), "entry of `x` must have dtype, shape and data_offsets"),
        (raw(b'{"x":{"dtype":"F32","shape":[2]}}'), "entry of `x` must have"),
        (raw(b'{"__metadata__":{"a":1}}'), "`__metadata__` must map names to texts"),
        (file_of({"x": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}, bytes(8)), r"shape \[3\] takes 12"),
        (file_of({"x": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}, bytes(8)), r"has the shape \[-2\]"),
        (file_of({"x": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}, bytes(8)), "takes 8 bytes"),
        (
            file_of({"x": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}, bytes(12)),
            "begin at byte 4, where 0",
        ),
        (file_of({"x": {"dtype": "F32", "shape": [1] * 65}}, bytes(4)), "at most 64 sizes"),
        (file_of({"x": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 0]}}), "takes 73786976294838206464"),
        (raw(b'{"x":{"dtype":"F8_E5M2","shape":[2],"data_offsets":[0,2]}}', bytes(2)), "dtype 'F8_E5M2'; known are"),
        (raw(b"{" + ENTRY + b"}", bytes(9)), "the file has 71 bytes, its header describes 70"),
        (raw(b"{" + ENTRY + b"," + ENTRY.replace(b'"x"', b'"y"') + b"}", bytes(8)), "begin at byte 0, where 8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_against_the_format_is_refused_with_the_reason(data, match):
    with pytest.raises(CheckpointError, match=rf"\[load\] .*{match}"):
        loaded(data)


def test_the_number_of_tensors_is_capped(monkeypatch):
    monkeypatch.setattr("tapegrad.io._safetensors.MAX_TENSORS", 1)
    with pytest.raises(CheckpointError, match="lists 2 tensors, more than 1"):
        loaded(saved([tg.ones(1), tg.ones(1)]))


@pytest.mark.parametrize(
    "tree", ['{"tensor": "x"}', '{"dict": 3}', '{"float": "x"}', "{}", '{"what": 1}', '{"dict": [[[], 1]]}']
)
def test_a_structure_that_save_never_writes_is_refused(tree):
    from tapegrad.io._checkpoint import _digest

    text = f'{{"version": 1, "state": {tree}}}'
    with pytest.raises(CheckpointError, match="structure of the state is damaged"):
        loaded(file_of({}, **{"tapegrad": text, "tapegrad.sha256": _digest(text, {})}))


# ------------------------------------------------------------------------------ files


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    tg.save({"epoch": 1}, path)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        tg.save({"epoch": 2}, path)
    assert os.listdir(tmp_path) == [path.name] and tg.load(path) == {"epoch": 1}


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_mode_and_link_of_the_old_file_stay(tmp_path):
    path, link = tmp_path / "run", tmp_path / "latest"
    tg.save(1, path)
    path.chmod(0o600)
    link.symlink_to(path.name)
    tg.save(2, link)
    assert link.is_symlink() and stat.S_IMODE(path.stat().st_mode) == 0o600 and tg.load(path) == 2


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path):
    old = os.umask(0o027)
    try:
        tg.save(1, tmp_path / "run")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o640


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "run").write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match="no safetensors file") as caught:
        tg.load(tmp_path / "run")
    assert caught.value.__notes__ == [f"The file is {str(tmp_path / 'run')!r}."]


def test_a_missing_file_and_a_missing_directory_are_the_systems_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        tg.load(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError):
        tg.save(1, tmp_path / "no" / "directory")
