"""The safetensors format: eight bytes of length, a JSON header, the elements of all tensors.

    {"__metadata__": {"key": "text"}, "fc.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}

Written here because the safetensors package reads what a checkpoint must refuse (of a name that comes twice it keeps
the last), knows no bfloat16 without PyTorch, and stores a strided array wrongly. The tests compare with it.

Source: https://github.com/huggingface/safetensors, section "Format".
"""

import json
from math import prod
from typing import Any

import numpy as np

MAX_HEADER = 100_000_000  # bytes; the reference implementation's cap
MAX_TENSORS = 1_000_000
_MAX_AXES = 64  # NumPy's
_DTYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "F16": "<f2", "U32": "<u4", "I32": "<i4",
    "F32": "<f4", "U64": "<u8", "I64": "<i8", "F64": "<f8", "C64": "<c8", "BF16": "<u2",
}  # fmt: skip
_TAGS = {np.dtype(code): tag for tag, code in _DTYPES.items() if tag != "BF16"}


class CheckpointError(RuntimeError):
    """A file is no checkpoint, or is damaged, or does not fit; nothing of it has been loaded."""


def tag_of(dtype: np.dtype) -> str | None:
    """The format's name of a dtype, None if it has none."""
    return _TAGS.get(dtype.newbyteorder("<"))


def encode(arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> list[bytes | memoryview]:
    """The pieces of a file, in order; the arrays are contiguous, little-endian, of dtypes that `tag_of` knows."""
    names = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))  # so every tensor begins aligned
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name in names:
        array = arrays[name]
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": tag_of(array.dtype), "shape": list(array.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_HEADER:
        raise ValueError(f"[save] names and structure take {len(text)} bytes, more than the format's {MAX_HEADER}")
    return [len(text).to_bytes(8, "little"), text, *(arrays[name].reshape(-1).view(np.uint8).data for name in names)]


def decode(data: memoryview) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of a file, each in memory of its own, and its metadata.

    Raises
    ------
    CheckpointError
        Unless the file follows the format to the letter: every entry complete and of a known dtype, every name once,
        the elements side by side without gaps from the header to the end of the file.
    """
    header, start = _header(data)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise CheckpointError("[load] the header's `__metadata__` must map names to texts")
    if len(header) > MAX_TENSORS:
        raise CheckpointError(f"[load] the header lists {len(header)} tensors, more than {MAX_TENSORS}")
    spans = {name: _span(name, entry) for name, entry in header.items()}
    names = sorted(spans, key=lambda name: spans[name])
    end = 0
    for name in names:
        begin, stop = spans[name]
        if begin != end:
            raise CheckpointError(f"[load] the elements of `{name}` begin at byte {begin}, where {end} must be")
        end = stop
    if start + end != len(data):
        raise CheckpointError(f"[load] the file has {len(data)} bytes, its header describes {start + end}")
    arrays = {}
    for name in names:
        begin, stop = spans[name]
        arrays[name] = _array(data[start + begin : start + stop], header[name]["dtype"], header[name]["shape"])
    return arrays, metadata


def _header(data: memoryview) -> tuple[dict, int]:
    if len(data) < 8:
        raise CheckpointError(f"[load] a file of {len(data)} bytes is no safetensors file")
    if data[:4] == b"PK\3\4":
        raise CheckpointError("[load] a zip file (.pt, .npz) is no checkpoint; `safetensors.torch.save_file` makes one")
    length = int.from_bytes(data[:8], "little")
    if length > MAX_HEADER:
        raise CheckpointError(f"[load] no safetensors file: its header would have {length} bytes, {MAX_HEADER} at most")
    if 8 + length > len(data):
        raise CheckpointError(f"[load] the header claims {length} bytes, the file has {len(data) - 8} after its length")
    try:
        header = json.loads(bytes(data[8 : 8 + length]).decode(), object_pairs_hook=unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"[load] the header is no JSON that a checkpoint can have: {error}") from None
    if not isinstance(header, dict):
        raise CheckpointError(f"[load] the header must be a JSON object, got {type(header).__name__}")
    return header, 8 + length


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as a dict; a key that comes twice is an error."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} comes twice")
    return found


def _refuse(constant: str):
    raise ValueError(f"{constant} is no number of JSON")


def _span(name: str, entry) -> tuple[int, int]:
    """Check one entry of the header; where its elements begin and end."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise CheckpointError(f"[load] the entry of `{name}` must have dtype, shape and data_offsets, and nothing else")
    tag, shape, span = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(tag, str) or tag not in _DTYPES:
        raise CheckpointError(f"[load] `{name}` has the dtype {tag!r}; known are {', '.join(_DTYPES)}")
    if not _are_sizes(shape) or len(shape) > _MAX_AXES:
        raise CheckpointError(f"[load] `{name}` has the shape {shape!r}; it must be at most {_MAX_AXES} sizes")
    if not _are_sizes(span) or len(span) != 2:
        raise CheckpointError(f"[load] `{name}` has the data_offsets {span!r}; they must be two positions")
    size = prod(shape) * np.dtype(_DTYPES[tag]).itemsize
    if span[1] - span[0] != size:
        raise CheckpointError(f"[load] `{name}` of shape {shape} takes {size} bytes, its data_offsets are {span}")
    return span[0], span[1]


def _are_sizes(values) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v < 2**63 for v in values)


def _array(data: memoryview, tag: str, shape: list[int]) -> np.ndarray:
    array = np.frombuffer(data, _DTYPES[tag])
    if tag == "BF16":  # the upper half of a float32
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(array.dtype.newbyteorder("=")).reshape(shape)
