"""The IDX reader believes a file only when all of it agrees."""

import gzip
import struct
import tracemalloc

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad.data import read_idx
from tapegrad.data.idx import DTYPES


def idx(array, code=0x08) -> bytes:
    """Write the format, from its description."""
    big_endian = array.astype(array.dtype.newbyteorder(">"))
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + big_endian.tobytes()


IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
GOOD = idx(IMAGES)


@pytest.fixture
def written(tmp_path):
    """Write bytes to a file; its path."""

    def write(content: bytes):
        path = tmp_path / "some-idx3-ubyte"
        path.write_bytes(content)
        return path

    return write


@given(st.data(), st.sampled_from(sorted(DTYPES)), st.booleans())
def test_what_was_written_is_read(tmp_path_factory, data, code, compressed):
    shapes = arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)
    array = data.draw(arrays.arrays(np.dtype(DTYPES[code]).newbyteorder("="), shapes))
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(gzip.compress(idx(array, code)) if compressed else idx(array, code))
    read = read_idx(path)
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", r"is truncated in its magic number: 4 bytes wanted, found 0"),
        (GOOD[:3], r"is truncated in its magic number: 4 bytes wanted, found 3"),
        (b"\x89PNG" + GOOD, r"magic number \(=0x89504e47\) must start with two zero bytes"),
        (b"\0\0\x07" + GOOD[3:], r"dtype code \(=0x07\) must be one of 0x08, .*0x0e"),
        (b"\0\0\x08\0" + GOOD[4:], r"number of dimensions \(=0\) must lie in 1 … 64"),
        (b"\0\0\x08\xff" + bytes(4 * 255), r"number of dimensions \(=255\) must lie in 1 … 64"),
        (GOOD[:10], r"is truncated in its sizes of 3 dimensions: 12 bytes wanted, found 6"),
        (GOOD[:-1], r"is truncated in its elements of shape \(2, 3, 4\): 24 bytes wanted, found 23"),
        (GOOD + b"\0", r"goes on after the 24 bytes of shape \(2, 3, 4\)"),
        (GOOD[:4] + b"\xff" * 12, r"shape \(=\(4294967295, 4294967295, 4294967295\)\) must fit in 1,073,741,824 bytes"),
        (GOOD[:4] + b"\xff" * 8 + bytes(4), r"shape \(=\(4294967295, 4294967295, 0\)\) must fit"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong_in_it(written, compress, content, complaint):
    path = written(compress(content))
    with pytest.raises(ValueError, match=rf"\[read_idx\] `{path}`.*{complaint}"):
        read_idx(path)


def damaged_checksum() -> bytes:
    stream = bytearray(gzip.compress(GOOD, mtime=0))
    stream[-8] ^= 1
    return bytes(stream)


@pytest.mark.parametrize(
    "stream",
    [
        gzip.compress(GOOD, mtime=0)[:5],
        gzip.compress(GOOD, mtime=0)[:-9],
        gzip.compress(GOOD, mtime=0)[:-1],
        damaged_checksum(),
        gzip.compress(GOOD, mtime=0)[:10] + b"\xff" * 20,
        gzip.compress(GOOD, mtime=0) + b"rubbish",
    ],
    ids=["header cut", "data cut", "trailer cut", "checksum", "bad block", "rubbish after the end"],
)
def test_a_damaged_gzip_stream_is_a_clear_error(written, stream):
    path = written(stream)
    with pytest.raises(ValueError, match=rf"\[read_idx\] `{path}` is truncated or damaged"):
        read_idx(path)


@given(cut=st.integers(0, len(GOOD) - 1))
def test_every_truncation_is_noticed(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("cut") / "file"
    path.write_bytes(GOOD[:cut])
    with pytest.raises(ValueError, match="is truncated"):
        read_idx(path)


def test_memory_grows_with_the_file_and_not_with_its_header(written):
    path = written(struct.pack(">HBBI", 0, 0x08, 1, 1 << 29))
    tracemalloc.start()
    with pytest.raises(ValueError, match="536,870,912 bytes wanted, found 0"):
        read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 23


def test_a_missing_file_is_the_operating_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "nothing")
