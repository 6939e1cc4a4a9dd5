"""CIFAR's files, as they are distributed; its pickles are left alone."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.data import CIFAR10, CIFAR100, DataLoader

RNG = np.random.default_rng(0)


def records(labels) -> np.ndarray:
    """As many images as there are rows of labels."""
    labels = np.array(labels, np.uint8)
    return np.concatenate([labels, RNG.integers(0, 256, (len(labels), 3072), np.uint8)], 1)


BATCHES = [records([[k], [9 - k]]) for k in range(6)]


@pytest.fixture(params=["", "cifar-10-batches-bin"])
def root(request, tmp_path):
    folder = tmp_path / request.param
    folder.mkdir(exist_ok=True)
    for name, batch in zip([*CIFAR10.train_files, *CIFAR10.test_files], BATCHES, strict=True):
        batch.tofile(folder / name)
    return tmp_path


def test_the_five_files_of_the_training_part_come_in_order(root):
    cifar = CIFAR10(root)
    assert repr(cifar) == "<CIFAR10: 10 images of 32×32, 10 classes>"
    assert cifar.targets.tolist() == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5]
    expected = np.concatenate(BATCHES[:5])[:, 1:].reshape(-1, 3, 32, 32)
    np.testing.assert_array_equal(cifar.data.numpy(), expected)
    image, label = cifar[3]
    assert (image.dtype, image.shape, label.item()) == (tg.float32, (3, 32, 32), 8)
    np.testing.assert_array_equal(image.numpy(), (expected[3] / np.float32(255)).astype(np.float32))


def test_the_test_part_is_another_file_and_takes_transforms(root):
    cifar = CIFAR10(root, train=False, transform=lambda image: -image, target_transform=lambda label: label + 100)
    ((images, labels),) = DataLoader(cifar, batch_size=2)
    assert images.shape == (2, 3, 32, 32) and images.numpy().max() <= 0
    assert labels.tolist() == [105, 104]


def test_of_two_labels_the_fine_one_counts(tmp_path):
    records([[3, 42], [1, 99]]).tofile(tmp_path / "train.bin")
    cifar = CIFAR100(tmp_path)
    assert cifar.targets.tolist() == [42, 99]
    assert len(cifar.classes) == 100 and list(cifar.classes) == sorted(cifar.classes)


def test_pickles_are_refused_and_why(tmp_path):
    (tmp_path / "cifar-10-batches-py").mkdir()
    for root in (tmp_path, tmp_path / "cifar-10-batches-py"):
        with pytest.raises(
            ValueError, match=r"\[CIFAR10\] .* Python version: pickles, which run whatever code .* Get https"
        ):
            CIFAR10(root)


def test_a_missing_file_is_named_with_the_cure(root):
    with pytest.raises(
        FileNotFoundError, match=r"\[CIFAR100\] `train.bin` is not in .*cifar-100-binary\. Get https://"
    ):
        CIFAR100(root)
    next(root.rglob("data_batch_4.bin")).unlink()
    with pytest.raises(FileNotFoundError, match=r"`data_batch_4.bin` is not in"):
        CIFAR10(root)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", r"size \(=0\) must be a multiple of the 3073 bytes"),
        (bytes(3072), r"size \(=3,072\) must be a multiple"),
        (b"\x0a" + bytes(3072), r"greatest label \(=10\) must be at most 9"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong_in_it(root, content, complaint):
    path = next(root.rglob("data_batch_2.bin"))
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"\[CIFAR10\] `{path}`: {complaint}"):
        CIFAR10(root)
