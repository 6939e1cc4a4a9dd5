"""`save` and `load`."""

import hashlib
import json
import os
from typing import Any, BinaryIO

import numpy as np

from .._device import device as as_device
from .._device import place
from .._tape import plain
from ._atomic import replacing
from ._safetensors import CheckpointError, decode, encode, tag_of, unique
from ._tree import flatten, unflatten

_STATE, _HASH = "tapegrad", "tapegrad.sha256"  # two keys: a damaged one leaves the other, so the damage is seen
_VERSION = 1


def save(obj, f: str | os.PathLike[str] | BinaryIO) -> None:
    """Write nested state to a safetensors file, whole or not at all.

    Parameters
    ----------
    obj : dict, list, tuple, Tensor, array, number, text or None, nested in any way
        Keys are texts, ints, bools or None. Tensors of every layout are stored in C order; whether they are tracked
        is not stored. A tensor that appears twice is stored twice.
    f : path, or binary file
        A file that is there is replaced at the end, in one step, and keeps its mode; a process killed at any moment
        leaves the old file or the new one.

    Raises
    ------
    TypeError
        For anything else in `obj`, naming its place. Nothing has been written then.
    ValueError
        If a container holds itself.
    OSError
        If the file cannot be written; the old one is unharmed.

    Notes
    -----
    A flat dict of tensors (`state_dict()`) is a plain safetensors file, which ``safetensors.torch.load_file`` reads;
    tensors deeper down have dotted names (``model.fc.weight``). The structure is JSON in the file's metadata, beside
    a SHA-256 of everything.

    Examples
    --------
    >>> import tapegrad as tg, tempfile
    >>> path = tempfile.mkdtemp() + "/run.safetensors"
    >>> tg.save({"weights": tg.ones(2), "epoch": 3, "best": (0.5, None)}, path)
    >>> tg.load(path)
    {'weights': tensor([1., 1.]), 'epoch': 3, 'best': (0.5, None)}
    """
    tree, arrays = flatten(obj)
    text = json.dumps({"version": _VERSION, "state": tree}, ensure_ascii=False, separators=(",", ":"))
    pieces = encode(arrays, {_STATE: text, _HASH: _digest(text, arrays)})
    if isinstance(f, (str, os.PathLike)):
        with replacing(f) as file:
            for piece in pieces:
                file.write(piece)
    else:
        for piece in pieces:
            f.write(piece)


def load(f: str | os.PathLike[str] | BinaryIO, map_location=None, *, weights_only: bool = True) -> Any:
    """Read what `save` wrote, or any other safetensors file (a dict of Tensors). Nothing is executed.

    Parameters
    ----------
    f : path, or binary file
    map_location : device or str, optional
        Where the Tensors go; the CPU by default.
    weights_only : bool
        Of no effect: here a file never holds more. Accepted because programs for PyTorch say it.

    Returns
    -------
    The state, its Tensors untracked and in memory of their own. bfloat16 becomes float32.

    Raises
    ------
    CheckpointError
        If the file is truncated, changed, or none; nothing is returned then.
    OSError
        If it cannot be read.
    """
    where = None if map_location is None else as_device(map_location)
    if not isinstance(f, (str, os.PathLike)):
        return _read(f.read(), where)
    with open(f, "rb") as file:
        data = file.read()
    try:
        return _read(data, where)
    except CheckpointError as error:
        error.add_note(f"The file is {os.fspath(f)!r}.")
        raise


def _read(data: bytes, where):
    arrays, metadata = decode(memoryview(data))
    if not metadata.keys() & {_STATE, _HASH}:
        return {name: plain(place(array, where)) for name, array in arrays.items()}
    return unflatten(_checked(metadata, arrays), arrays, where)


def _checked(metadata: dict[str, str], arrays: dict[str, np.ndarray]):
    """The structure that the metadata describe, unless anything in the file was changed."""
    text = metadata.get(_STATE)
    if text is None or metadata.get(_HASH) != _digest(text, arrays):
        raise CheckpointError("[load] the file was changed since it was saved: its SHA-256 differs")
    try:
        document = json.loads(text, object_pairs_hook=unique)
        version, tree = document["version"], document["state"]
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise CheckpointError(f"[load] the structure of the state is damaged: {error!r}") from None
    if version != _VERSION:
        raise CheckpointError(f"[load] the file has version {version!r}; this tapegrad reads version {_VERSION}")
    return tree


def _digest(text: str, arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"\n{name} {tag_of(array.dtype)} {array.shape}\n".encode())
        digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
