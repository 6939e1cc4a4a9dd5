"""A window of text, and the same one token later."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad.data import DataLoader, Text, TextFile


@given(text=st.text(min_size=2, max_size=40), window=st.integers(1, 6), stride=st.integers(1, 5))
def test_windows_are_what_the_text_says_and_their_targets_what_comes_next(text, window, stride):
    if len(text) <= window:
        with pytest.raises(ValueError, match=rf"\[Text\] `window` \(={window}\) must be less than the {len(text)}"):
            Text(text, window, stride)
        return
    windows = Text(text, window, stride)
    starts = range(0, len(text) - window, stride)
    assert len(windows) == len(starts)
    batch = next(iter(DataLoader(windows, batch_size=len(windows))))
    for i, k in enumerate(starts):
        for x, y in (windows[i], (batch[0][i], batch[1][i])):
            assert (windows.decode(x), windows.decode(y)) == (text[k : k + window], text[k + 1 : k + 1 + window])


def test_tokens_can_be_words_and_vocabularies_be_shared():
    train = Text("the cat saw the dog", 2, split=str.split)
    assert train.vocabulary == ("cat", "dog", "saw", "the")
    test = Text("dog the cat", 1, split=str.split, vocabulary=train.vocabulary)
    assert test.ids.tolist() == train.encode("dog the cat").tolist() == [1, 3, 0]
    assert test.decode([1, 3]) == "dog the"


def test_a_file_is_read_in_its_encoding(tmp_path):
    path = tmp_path / "text"
    path.write_bytes("größer".encode("latin-1"))
    assert TextFile(path, 3, encoding="latin-1").decode(range(5)) == "egrßö"
    with pytest.raises(ValueError, match=rf"\[TextFile\] `path` \(='{path}'\) must be utf-8 text"):
        TextFile(path, 3)


@pytest.mark.parametrize(
    ("make", "error", "complaint"),
    [
        (lambda: Text("abc", 0), ValueError, r"\[Text\] `window` \(=0\) must be at least 1"),
        (lambda: Text("abc", 1, 0), ValueError, r"\[Text\] `stride` \(=0\) must be at least 1"),
        (lambda: Text(b"abc", 1), TypeError, r"\[Text\] `text` \(a bytes\) must be a str"),
        (lambda: Text("abc", 1, split=" "), TypeError, r"`split` \(=' '\) must be a function"),
        (
            lambda: Text("abc", 1, vocabulary="ab"),
            ValueError,
            r"`text` \(with 'c'\) must have tokens of the vocabulary",
        ),
        (lambda: Text("abc", 1, vocabulary="abca"), ValueError, "`vocabulary` must not have a token twice"),
        (lambda: Text("abc", 1)[2], IndexError, r"`index` \(=2\) must lie in -2 … 1"),
    ],
)
def test_wrong_arguments_are_refused(make, error, complaint):
    with pytest.raises(error, match=complaint):
        make()
