"""The digits in the package, and MNIST's kin from files as they are distributed."""

import gzip
import hashlib
import struct
from importlib.resources import files

import numpy as np
import pytest
import sklearn.datasets

import tapegrad as tg
from tapegrad.data import MNIST, DataLoader, Digits, FashionMNIST

BYTES = np.random.default_rng(0).integers(0, 256, (6, 28, 28), np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9], np.uint8)
TRAIN = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")


def idx(array, code=0x08) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def root(tmp_path):
    """A folder with a training part of six images."""
    for name, array in zip(TRAIN, (BYTES, LABELS), strict=True):
        (tmp_path / name).write_bytes(idx(array))
    return tmp_path


# ------------------------------------------------------------------------------------------- the digits


def test_the_digits_are_those_of_scikit_learn():
    digits, theirs = Digits(), sklearn.datasets.load_digits()
    np.testing.assert_array_equal(digits.data.numpy(), theirs.images)
    np.testing.assert_array_equal(digits.targets.numpy(), theirs.target)


def test_the_digits_are_counted_as_their_authors_count_them():
    digits = Digits()
    assert len(digits) == 1797
    assert np.bincount(digits.targets.numpy()).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_stored_digits_are_the_ones_that_were_committed():
    with np.load(files("tapegrad.data") / "digits.npz") as stored:
        content = stored["images"].tobytes() + stored["labels"].tobytes()
    assert hashlib.sha256(content).hexdigest() == "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


def test_the_attribution_lies_beside_the_digits():
    text = (files("tapegrad.data") / "digits.md").read_text("utf-8")
    for word in ("E. Alpaydin", "C. Kaynak", "1998", "UCI Machine Learning Repository", "CC BY 4.0", "Changes"):
        assert word in text


def test_images_say_what_they_are():
    assert repr(Digits()) == "<Digits: 1,797 images of 8×8, 10 classes>"


def test_a_sample_is_an_image_in_0_to_1_and_its_class():
    image, label = Digits()[0]
    assert (image.shape, image.dtype) == ((1, 8, 8), tg.float32)
    assert (label.shape, label.dtype, label.item()) == ((), tg.int64, 0)
    assert image.numpy().max() <= 1
    np.testing.assert_array_equal(image.numpy()[0] * 16, Digits().data.numpy()[0])


def test_a_batch_is_its_samples_stacked():
    digits = Digits()
    images, labels = next(iter(DataLoader(digits, batch_size=5)))
    for k in range(5):
        np.testing.assert_array_equal(images[k].numpy(), digits[k][0].numpy())
        assert labels[k].item() == digits[k][1].item()


def test_a_transform_is_applied_to_every_image_of_a_batch():
    images, _ = next(iter(DataLoader(Digits(transform=lambda image: 1 - image), batch_size=3)))
    plain, _ = next(iter(DataLoader(Digits(), batch_size=3)))
    np.testing.assert_array_equal(images.numpy(), 1 - plain.numpy())


# ------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("ending", ["", ".gz"])  # browsers unpack without renaming, so the content decides
@pytest.mark.parametrize("folder", ["", "MNIST/raw"])  # where torchvision puts them
def test_mnist_reads_the_files_as_distributed(tmp_path, compress, ending, folder):
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    for name, array in zip(TRAIN, (BYTES, LABELS), strict=True):
        (tmp_path / folder / (name + ending)).write_bytes(compress(idx(array)))
    mnist = MNIST(tmp_path)
    np.testing.assert_array_equal(mnist.data.numpy(), BYTES)
    assert mnist.targets.tolist() == LABELS.tolist()
    assert mnist[2][0].shape == (1, 28, 28)


def test_the_two_parts_are_different_files(root):
    for name, array in zip(TRAIN, (BYTES[:2], LABELS[:2]), strict=True):
        (root / name.replace("train", "t10k")).write_bytes(idx(array))
    assert len(MNIST(root, train=True)) == 6
    assert len(MNIST(root, train=False)) == 2


def test_fashion_mnist_finds_the_package_of_the_distribution(root, monkeypatch, tmp_path_factory):
    monkeypatch.setattr(FashionMNIST, "places", (str(root),))
    assert len(FashionMNIST()) == 6
    assert len(FashionMNIST(tmp_path_factory.mktemp("empty"))) == 6
    assert FashionMNIST().classes[LABELS[-1]] == "Ankle boot"


def test_a_missing_file_says_where_it_was_looked_for_and_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(FashionMNIST, "places", (str(tmp_path / "package"),))
    looked = rf"{tmp_path}, {tmp_path}/FashionMNIST/raw, {tmp_path}/package\. .*apt-get install dataset-fashion-mnist"
    with pytest.raises(FileNotFoundError, match=rf"\[FashionMNIST\] `{TRAIN[0]}` \(or `{TRAIN[0]}.gz`\).* {looked}"):
        FashionMNIST(tmp_path)


def test_labels_are_never_taken_from_another_folder_than_the_images(root, monkeypatch, tmp_path_factory):
    lonely = tmp_path_factory.mktemp("lonely")
    (lonely / TRAIN[0]).write_bytes(idx(BYTES))
    monkeypatch.setattr(FashionMNIST, "places", (str(root),))
    with pytest.raises(FileNotFoundError, match=rf"`{TRAIN[1]}` .* is not in {lonely}\."):
        FashionMNIST(lonely)


@pytest.mark.parametrize(
    ("which", "content", "complaint"),
    [
        (0, idx(LABELS), r"shape \(=\(6,\)\) must be \(N, 28, 28\)"),
        (0, idx(BYTES[:, 1:]), r"shape \(=\(6, 27, 28\)\) must be \(N, 28, 28\)"),
        (0, idx(BYTES, 0x09), r"dtype \(=int8\) must be uint8"),
        (0, idx(BYTES)[:-1], r"is truncated"),
        (0, idx(BYTES) + b"\0", r"goes on after"),
        (1, idx(BYTES), r"shape \(=\(6, 28, 28\)\) must be \(N,\)"),
        (1, idx(LABELS[:5]), r"number of labels \(=5\) must be 6, the number of images"),
        (1, idx(LABELS + np.uint8(1)), r"greatest label \(=10\) must be at most 9"),
        (1, gzip.compress(idx(LABELS), mtime=0)[:-9], r"is truncated or damaged"),
        (1, b"<!DOCTYPE html>", r"magic number \(=0x3c21444f\) must start with two zero bytes"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong_in_it(root, which, content, complaint):
    (root / TRAIN[which]).write_bytes(content)
    with pytest.raises(ValueError, match=rf"`{root / TRAIN[which]}`.*{complaint}"):
        MNIST(root)
