"""Members of a class that are made when somebody first asks for them, so that importing need not make them all."""

from collections.abc import Callable


class Later:
    """A member that ``make(*args)`` makes, and that takes this one's place, when it is first looked up."""

    def __init__(self, owner: type, name: str, make: Callable, *args):
        self.owner, self.name, self.make, self.args = owner, name, make, args

    def __get__(self, instance, kind):
        member = self.make(*self.args)
        setattr(self.owner, self.name, member)
        return member.__get__(instance, kind)
