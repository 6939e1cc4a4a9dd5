"""Text as windows of numbers, for models that say what comes next."""

from collections.abc import Callable, Iterable, Sequence
from os import PathLike, fspath

import numpy as np

from .._creation import tensor
from .._tape import Tensor
from ._arguments import count
from .dataset import Dataset


class Text(Dataset):
    """Windows of a text.

    A sample is ``(x, y)``, int64 of shape (window,): `y` is what comes after each token of `x`.

        x = ids[k : k + window],    y = ids[k + 1 : k + 1 + window],    k = stride · i

    Parameters
    ----------
    text : str
    window : int
        Tokens in a sample.
    stride : int, default 1
        From the start of one window to that of the next.
    split : function, optional
        From a text to its tokens (default: its characters); ``str.split`` makes words of it.
    vocabulary : sequence of str, optional
        All tokens; the place of one is its number (default: those in the text, in order). Give a training text's
        to the dataset of a test text.

    Attributes
    ----------
    ids : Tensor, int64, (L,)
        The whole text.
    vocabulary : tuple of str

    Raises
    ------
    ValueError
        If the text is shorter than a window and a token, or has a token that is not in the vocabulary.

    Examples
    --------
    >>> text = tg.data.Text("abracadabra", window=4)
    >>> x, y = text[0]
    >>> text.decode(x), text.decode(y), len(text)
    ('abra', 'brac', 7)
    """

    def __init__(
        self,
        text: str,
        window: int,
        stride: int = 1,
        split: Callable[[str], Iterable[str]] | None = None,
        vocabulary: Sequence[str] | None = None,
    ):
        self.window, self.stride = count(self._op, "window", window, 1), count(self._op, "stride", stride, 1)
        if split is not None and not callable(split):
            raise TypeError(f"[{self._op}] `split` (={split!r}) must be a function from a text to its tokens")
        self.split = split
        tokens = self._tokens(text)
        if len(tokens) <= self.window:
            raise ValueError(
                f"[{self._op}] `window` (={window}) must be less than the {len(tokens)} tokens of the text"
            )
        self.vocabulary = tuple(sorted(set(tokens)) if vocabulary is None else vocabulary)
        self._number = {token: k for k, token in enumerate(self.vocabulary)}
        if len(self._number) < len(self.vocabulary):
            raise ValueError(f"[{self._op}] `vocabulary` must not have a token twice")
        self.ids = self._numbers(tokens)

    @property
    def _op(self) -> str:
        return type(self).__name__

    def __len__(self) -> int:
        return (self.ids.shape[0] - self.window - 1) // self.stride + 1

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        n = len(self)
        if not -n <= index < n:
            raise IndexError(f"[{self._op}] `index` (={index}) must lie in {-n} … {n - 1}")
        first = index % n * self.stride
        return self.ids[first : first + self.window], self.ids[first + 1 : first + 1 + self.window]

    def gather(self, indices: np.ndarray) -> tuple[Tensor, Tensor]:
        """Return the samples at `indices` as one batch: two of (n, window)."""
        n = len(self)
        if indices.size and not -n <= indices.min() <= indices.max() < n:
            raise IndexError(f"[{self._op}] `indices` must lie in {-n} … {n - 1}")
        rows = indices[:, None] % n * self.stride + np.arange(self.window)
        return self.ids[rows], self.ids[rows + 1]

    def encode(self, text: str) -> Tensor:
        """The numbers of a text's tokens, int64 (n,)."""
        return self._numbers(self._tokens(text))

    def decode(self, ids) -> str:
        """The text of numbers; words get spaces between them."""
        numbers = ids.tolist() if hasattr(ids, "tolist") else list(ids)
        return ("" if self.split is None else " ").join(self.vocabulary[k] for k in numbers)

    def _tokens(self, text: str) -> list[str]:
        if not isinstance(text, str):
            raise TypeError(f"[{self._op}] `text` (a {type(text).__name__}) must be a str")
        return list(text if self.split is None else self.split(text))

    def _numbers(self, tokens: list[str]) -> Tensor:
        try:
            return tensor(np.array([self._number[token] for token in tokens], np.int64))
        except KeyError as error:
            raise ValueError(
                f"[{self._op}] `text` (with {error.args[0]!r}) must have tokens of the vocabulary"
            ) from None


class TextFile(Text):
    """Windows of the text in a file, see `Text`.

    Parameters
    ----------
    path : path
    window, stride, split, vocabulary
        As for `Text`.
    encoding : str, default "utf-8"

    Raises
    ------
    ValueError
        As for `Text`; if the file is not in that encoding.
    OSError
        If it cannot be read.
    """

    def __init__(
        self,
        path: str | PathLike,
        window: int,
        stride: int = 1,
        split: Callable[[str], Iterable[str]] | None = None,
        vocabulary: Sequence[str] | None = None,
        encoding: str = "utf-8",
    ):
        try:
            with open(path, encoding=encoding) as file:
                text = file.read()
        except UnicodeDecodeError as error:
            raise ValueError(f"[TextFile] `path` (={fspath(path)!r}) must be {encoding} text: {error}") from None
        super().__init__(text, window, stride, split, vocabulary)
