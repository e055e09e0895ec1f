"""A place among the words of a file, and the small words that every statement is made of."""

import math
from typing import NoReturn

from governance.contract.protobuf.syntax import Option, Range, Value
from governance.contract.protobuf.tokens import ProtobufError, tokenize, unquoted

MAX_DEPTH = 32
MAX_NAME = 255
MAX_PARTS = 32


class Cursor:
    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.tokens = tokenize(path, text)
        self.at = 0
        self.depth = 0

    @property
    def word(self) -> str:
        return self.tokens.words[self.at]

    @property
    def kind(self) -> str:
        return self.tokens.kinds[self.at]

    @property
    def line(self) -> int:
        return self.tokens.lines[self.at]

    @property
    def comment(self) -> str:
        return self.tokens.comments.get(self.at, "")

    def ahead(self, by: int = 1) -> str:
        return self.tokens.words[min(self.at + by, len(self.tokens.words) - 1)]

    def refuse(self, message: str, *, line: int = 0) -> NoReturn:
        raise ProtobufError(message, path=self.path, line=line or self.line)

    def take(self) -> str:
        word = self.word
        self.at += self.kind != "end"
        return word

    def accept(self, word: str) -> bool:
        if self.word == word and self.kind != "end":
            self.at += 1
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.accept(word):
            self.refuse(f"{word!r} is expected before {self.word!r}")

    def enter(self) -> None:
        """Open a block; to be followed by `leave` where the block ends."""
        self.expect("{")
        self.deepen()

    def deepen(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(f"nested deeper than {MAX_DEPTH} levels")

    def leave(self) -> bool:
        """Say whether the block ends here, and go behind its end."""
        if self.kind == "end":
            self.refuse("a block that does not end")
        if self.accept("}"):
            self.depth -= 1
            return True
        return False

    def name(self, what: str) -> str:
        if self.kind != "name":
            self.refuse(f"{what} is expected before {self.word!r}")
        if len(self.word) > MAX_NAME:
            self.refuse(f"a name of more than {MAX_NAME} letters")
        return self.take()

    def dotted(self, what: str) -> str:
        """Return a name such as `.acme.v1.Order`."""
        start = "." if self.accept(".") else ""
        parts = [self.name(what)]
        while self.accept("."):
            parts.append(self.name(what))
            if len(parts) > MAX_PARTS:
                self.refuse(f"a name of more than {MAX_PARTS} parts")
        return start + ".".join(parts)

    def text(self, what: str) -> str:
        if self.kind != "text":
            self.refuse(f"{what} is expected in quotes before {self.word!r}")
        said = ""
        while self.kind == "text":
            said += unquoted(self.take())
        return said

    def integer(self, what: str) -> int:
        sign = -1 if self.accept("-") else 1
        number = _number(self.word) if self.kind == "number" else None
        if not isinstance(number, int):
            self.refuse(f"{what} is expected before {self.word!r}")
        self.take()
        return sign * number

    def ranges(self, most: int) -> tuple[Range, ...]:
        """Return what `2, 5 to 9, 40 to max` stands for."""
        found = [self._range(most)]
        while self.accept(","):
            found.append(self._range(most))
        return tuple(found)

    def _range(self, most: int) -> Range:
        line, first = self.line, self.integer("a number")
        last = first
        if self.accept("to"):
            last = most if self.accept("max") else self.integer("a number or max")
        if last < first:
            self.refuse(f"the range {first} to {last} is empty", line=line)
        return Range(first=first, last=last, line=line)

    def statement_option(self) -> Option:
        """Return `name = value;`, behind the word `option`."""
        option = self._option()
        self.expect(";")
        return option

    def bracketed(self) -> tuple[Option, ...]:
        """Return the options in `[…]`, if any."""
        if not self.accept("["):
            return ()
        found = [self._option()]
        while self.accept(","):
            found.append(self._option())
        self.expect("]")
        return tuple(found)

    def _option(self) -> Option:
        line = self.line
        name = self._part()
        while self.accept("."):
            name += f".{self._part()}"
        self.expect("=")
        start = self.at
        value = self.value()
        written = " ".join(self.tokens.words[start : self.at])
        return Option(name=name, value=value, line=line, written=written)

    def _part(self) -> str:
        if not self.accept("("):
            return self.name("the name of an option")
        name = self.dotted("the name of an option").removeprefix(".")
        self.expect(")")
        return f"({name})"

    def value(self) -> Value:
        if self.kind == "text":
            return self.text("a value")
        if self.word == "{":
            return self._aggregate("{", "}")
        sign = "-" if self.accept("-") else ""
        if not sign:
            self.accept("+")
        if self.kind == "number":
            number = _number(self.word)
            if number is None:
                self.refuse(f"{self.word!r} is no number")
            self.take()
            return -number if sign else number
        return sign + self.name("a value")

    def _aggregate(self, opening: str, closing: str) -> dict[str, Value]:
        self.expect(opening)
        self.deepen()
        found: dict[str, list[Value]] = {}
        while not self.accept(closing):
            found.setdefault(self._key(), []).append(self._entry())
            if not self.accept(","):
                self.accept(";")
        self.depth -= 1
        return {name: said if len(said) > 1 else said[0] for name, said in found.items()}

    def _key(self) -> str:
        if not self.accept("["):
            return self.name("a key")
        name = self.dotted("a key")
        while self.accept("/"):
            name += f"/{self.dotted('a key')}"
        self.expect("]")
        return f"({name})"

    def _entry(self) -> Value:
        colon = self.accept(":")
        if self.word == "<":
            return self._aggregate("<", ">")
        if colon and self.accept("["):
            self.deepen()
            listed = [] if self.word == "]" else [self._entry_of_list()]
            while self.accept(","):
                listed.append(self._entry_of_list())
            self.expect("]")
            self.depth -= 1
            return listed
        if not colon and self.word != "{":
            self.refuse(f"':' is expected before {self.word!r}")
        return self.value()

    def _entry_of_list(self) -> Value:
        return self._aggregate("<", ">") if self.word == "<" else self.value()


_LONGEST = 400


def _number(word: str) -> int | float | None:
    """Return the number that *word* writes; None when it is none or absurdly long."""
    if len(word) > _LONGEST:
        return None
    try:
        if word[:2] in {"0x", "0X"}:
            return int(word, 16)
        if word.isdigit():
            return int(word, 8) if word[0] == "0" else int(word)
        number = float(word.rstrip("fF"))
    except ValueError:
        return None
    return None if math.isnan(number) else number
