"""The IDX format, in which MNIST and its kin are distributed.

    0  0  code  ndim | size₁ … size_ndim | elements
    one byte each    | 32 bits each      | row-major, all big-endian

A file is believed only when everything agrees: what its header promises is compared with what is there, to the
byte, before an array exists.
"""

import gzip
import zlib
from math import prod
from os import PathLike, fspath

import numpy as np

DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_NDIM = 64  # NumPy's
MAX_BYTES = 1 << 30  # twenty times MNIST; a header that asks for more is damaged
CHUNK = 1 << 20  # memory grows with what the file holds, not with what its header claims


def read_idx(path: str | PathLike) -> np.ndarray:
    """Read an IDX file, compressed by gzip or not (the content tells, not the name).

    Parameters
    ----------
    path : str or path

    Returns
    -------
    array, of the dtype and shape in the file's header, in native byte order

    Raises
    ------
    ValueError
        If the file is no IDX file, is truncated or damaged, goes on after its last element, or claims more than
        1 GiB.
    OSError
        If it cannot be opened.

    Notes
    -----
    The format is described at http://yann.lecun.com/exdb/mnist.
    """
    with open(path, "rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            with gzip.open(raw) if compressed else raw as file:
                return _parse(file, fspath(path))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"[read_idx] `{fspath(path)}` is truncated or damaged: {error}") from None


def _parse(file, path: str) -> np.ndarray:
    """Read the header, then exactly what it promises."""
    magic = _read(file, path, "magic number", 4)
    if magic[:2] != b"\0\0":
        raise _wrong(path, "magic number", f"0x{magic.hex()}", "start with two zero bytes, as in every IDX file")
    code, ndim = magic[2:]
    if code not in DTYPES:
        known = ", ".join(f"0x{c:02x}" for c in DTYPES)
        raise _wrong(path, "dtype code", f"0x{code:02x}", f"be one of {known}")
    if not 1 <= ndim <= MAX_NDIM:
        raise _wrong(path, "number of dimensions", ndim, f"lie in 1 … {MAX_NDIM}")
    sizes = _read(file, path, f"sizes of {ndim} dimensions", 4 * ndim)
    shape = tuple(np.frombuffer(sizes, ">u4").tolist())
    dtype = np.dtype(DTYPES[code])
    if prod(max(n, 1) for n in shape) * dtype.itemsize > MAX_BYTES:
        raise _wrong(path, "shape", shape, f"fit in {MAX_BYTES:,} bytes")
    wanted = prod(shape) * dtype.itemsize
    data = _read(file, path, f"elements of shape {shape}", wanted)
    if file.read(1):  # at the end of a gzip stream this also compares the checksum
        raise ValueError(f"[read_idx] `{path}` goes on after the {wanted:,} bytes of shape {shape} that it promises")
    return np.frombuffer(data, dtype).astype(dtype.newbyteorder("=")).reshape(shape)


def _read(file, path: str, field: str, wanted: int) -> bytes:
    """Exactly `wanted` bytes."""
    data = bytearray()
    while len(data) < wanted:
        chunk = file.read(min(CHUNK, wanted - len(data)))
        if not chunk:
            raise ValueError(
                f"[read_idx] `{path}` is truncated in its {field}: {wanted:,} bytes wanted, found {len(data):,}"
            )
        data += chunk
    return bytes(data)


def _wrong(path: str, field: str, found: object, expected: str) -> ValueError:
    return ValueError(f"[read_idx] `{path}`: {field} (={found}) must {expected}")
