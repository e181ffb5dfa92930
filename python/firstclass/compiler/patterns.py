r"""ECMA-262 patterns in the syntax of the Rust `regex` crate, with ECMA's meaning of \d \w \s \b . and $.

What no linear-time engine can hold (back-references, look-around) is refused; look-aheads that begin an anchored
pattern are conditions of their own and become conjunctions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from firstclass import _native
from firstclass.compiler.characters import ESCAPES, LAST, LINE_ENDS, Ranges, as_class, literal, negated

_QUANTIFIER = re.compile(r"\{([0-9]+)(,([0-9]*))?\}", re.ASCII)
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)
_CONTROLS = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D}
MAX_PATTERN = 10_000
MAX_GROUPS = 100


class PatternError(ValueError):
    """A pattern that cannot be translated; the message says which part and why."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A pattern for the engine; `all_of` and `none_of` come from leading look-aheads: each must, or must not, match."""

    regex: str
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


def translate(source: str) -> Translated:
    """The engine's form of an ECMA-262 pattern.

    Raises:
        PatternError: it is no pattern, or no linear-time engine can hold it.
    """
    if len(source) > MAX_PATTERN:
        raise PatternError(f"it is longer than {MAX_PATTERN} characters")
    translated = _Translation(source).run()
    for regex in (translated.regex, *translated.all_of, *translated.none_of):
        problem = _native.check_pattern(regex)
        if problem is not None:
            raise PatternError(problem.strip().splitlines()[-1].removeprefix("error: "))
    return translated


class _Translation:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.depth = 0
        self.has_alternatives = False
        self.names: set[str] = set()
        # Spellings that only the flag `u` has, and those that only its absence has: together they mean nothing.
        self.needs_flag = False
        self.needs_no_flag = False
        self.all_of: list[str] = []
        self.none_of: list[str] = []

    def run(self) -> Translated:
        head = self._leading_conditions()
        regex = head + self._alternatives()
        if self.at < len(self.source):
            raise PatternError("a closing parenthesis has no partner")
        if self.needs_flag and self.needs_no_flag:
            raise PatternError("it can be read neither with the flag u nor without")
        if (self.all_of or self.none_of) and self.has_alternatives:
            raise PatternError("a look-ahead before alternatives cannot be held by a linear-time engine")
        return Translated(regex, tuple(self.all_of), tuple(self.none_of))

    def _peek(self, text: str) -> bool:
        return self.source.startswith(text, self.at)

    def _leading_conditions(self) -> str:
        if not (self._peek("^(?=") or self._peek("^(?!")):
            return ""
        self.at = 1
        while self._peek("(?=") or self._peek("(?!"):
            conditions = self.all_of if self._peek("(?=") else self.none_of
            self.at += 3
            conditions.append(f"^(?:{self._group_body()})")
            self.has_alternatives = False
            if self._peek("*") or self._peek("+") or self._peek("?") or self._peek("{"):
                raise PatternError("a look-ahead cannot be repeated")
        return "^"

    def _group_body(self) -> str:
        self.depth += 1
        if self.depth > MAX_GROUPS:
            raise PatternError("its groups are nested too deeply")
        outer = self.has_alternatives
        body = self._alternatives()
        self.has_alternatives = outer
        if not self._peek(")"):
            raise PatternError("a group is not closed")
        self.at += 1
        self.depth -= 1
        return body

    def _alternatives(self) -> str:
        out: list[str] = []
        while self.at < len(self.source) and not self._peek(")"):
            if self._peek("|"):
                self.has_alternatives = True
                self.at += 1
                out.append("|")
                continue
            out.append(self._term())
        return "".join(out)

    def _term(self) -> str:
        character = self.source[self.at]
        if character in "^$":
            self.at += 1
            self._refuse_quantifier("an anchor")
            return character
        if character in "*+?":
            raise PatternError(f"there is nothing that {character!r} could repeat")
        if self._peek("\\b") or self._peek("\\B"):
            return self._boundary()
        return self._atom(character) + self._quantifier()

    def _boundary(self) -> str:
        if self._peek("\\B"):
            raise PatternError(r"\B cannot be held with ECMA's meaning")
        self.at += 2
        self._refuse_quantifier(r"\b")
        return r"(?-u:\b)"

    def _refuse_quantifier(self, what: str) -> None:
        if self.at < len(self.source) and (self.source[self.at] in "*+?" or _QUANTIFIER.match(self.source, self.at)):
            raise PatternError(f"{what} cannot be repeated")

    def _quantifier(self) -> str:
        if self.at >= len(self.source):
            return ""
        match = _QUANTIFIER.match(self.source, self.at)
        if match is not None:
            self.at = match.end()
            least, most = int(match[1][:9]), match[3]
            if most and int(most[:9]) < least:
                raise PatternError(f"the numbers in {match[0]} are out of order")
            quantifier = match[0]
        elif self.source[self.at] in "*+?":
            quantifier = self.source[self.at]
            self.at += 1
        else:
            return ""
        if self._peek("?"):
            self.at += 1
            quantifier += "?"
        self._refuse_quantifier("what is repeated already")
        return quantifier

    def _atom(self, character: str) -> str:
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == ".":
            self.at += 1
            return as_class(LINE_ENDS, negate=True)
        if character == "\\":
            return self._escape()
        self.at += 1
        self.needs_no_flag |= character in "{}]"
        return literal(ord(character))

    def _group(self) -> str:
        for prefix, what in (
            ("(?=", "look-ahead"),
            ("(?!", "look-ahead"),
            ("(?<=", "look-behind"),
            ("(?<!", "look-behind"),
        ):
            if self._peek(prefix):
                raise PatternError(f"a {what} {prefix}…) in this place cannot be held by a linear-time engine")
        opening = "("
        if self._peek("(?:"):
            opening = "(?:"
        elif self._peek("(?<"):
            name = _NAME.match(self.source, self.at + 3)
            if name is None or self.source[name.end() : name.end() + 1] != ">":
                raise PatternError("a group has no readable name")
            opening = f"(?<{name[0]}>"
            if name[0] in self.names:
                raise PatternError(f"two groups are named {name[0]}")
            self.names.add(name[0])
        elif self._peek("(?"):
            raise PatternError(f"{self.source[self.at : self.at + 4]!r} begins no group that is known here")
        self.at += len(opening)
        # The name is kept out of the translation: `$` may stand in ECMA's names and not in the crate's.
        return ("(?:" if opening == "(?:" else "(") + self._group_body() + ")"

    def _escape(self) -> str:
        letter = self.source[self.at + 1 : self.at + 2]
        if letter in ESCAPES and letter:
            self.at += 2
            return as_class(ESCAPES[letter])
        if letter in ("p", "P"):
            return self._property()
        if letter == "k" or (letter.isdigit() and letter != "0"):
            raise PatternError(f"the back-reference \\{letter} cannot be held by a linear-time engine")
        self.needs_no_flag |= letter == "-"
        return literal_or_nothing(self._code())

    def _property(self) -> str:
        match = re.compile(r"\\[pP]\{[A-Za-z0-9_=]{1,60}\}", re.ASCII).match(self.source, self.at)
        if match is None:
            raise PatternError(r"\p must be followed by a property in braces, as in \p{L}")
        self.at = match.end()
        self.needs_flag = True
        return match[0]

    def _code(self) -> int:
        r"""The character that the escape at the cursor stands for (in and outside of classes, except \b)."""
        letter = self.source[self.at + 1 : self.at + 2]
        self.at += 2
        if not letter:
            raise PatternError("a backslash stands at the end")
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter == "0":
            if self.source[self.at : self.at + 1].isdigit():
                raise PatternError("octal escapes are not part of ECMA-262 patterns")
            return 0
        if letter == "c":
            control = self.source[self.at : self.at + 1]
            if not (control.isascii() and control.isalpha()):
                raise PatternError(r"\c must be followed by a letter")
            self.at += 1
            return ord(control) % 32
        if letter == "x":
            return self._hexadecimal(2)
        if letter == "u":
            return self._unicode()
        if letter.isalnum():
            raise PatternError(f"\\{letter} has no meaning in ECMA-262")
        self.needs_no_flag |= letter not in "^$\\.*+?()[]{}|/-"
        return ord(letter)

    def _hexadecimal(self, length: int) -> int:
        digits = self.source[self.at : self.at + length]
        if len(digits) != length or not re.fullmatch("[0-9A-Fa-f]+", digits, re.ASCII):
            raise PatternError(f"{length} hexadecimal digits are expected in an escape")
        self.at += length
        return int(digits, 16)

    def _unicode(self) -> int:
        match = re.compile(r"\{([0-9A-Fa-f]{1,8})\}", re.ASCII).match(self.source, self.at)
        if match is not None:
            self.at = match.end()
            self.needs_flag = True
            code = int(match[1], 16)
            if code > LAST:
                raise PatternError(f"\\u{match[0]} is no character")
            return code
        code = self._hexadecimal(4)
        if 0xD800 <= code <= 0xDBFF and self._peek("\\u"):
            back = self.at
            self.at += 2
            low = self._hexadecimal(4)
            if 0xDC00 <= low <= 0xDFFF:
                return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            self.at = back
        return code

    def _class(self) -> str:
        self.at += 1
        negate = self._peek("^")
        self.at += negate
        ranges: list[tuple[int, int]] = []
        properties: list[str] = []
        while not self._peek("]"):
            low = self._class_atom(properties)
            if not self._peek("-") or self.source[self.at + 1 : self.at + 2] in ("]", ""):
                ranges.extend(low)
                continue
            self.at += 1
            high = self._class_atom(properties)
            if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or high[0][0] != high[0][1]:
                # Annex B: between sets a hyphen is a hyphen.
                self.needs_no_flag = True
                ranges.extend((*low, (0x2D, 0x2D), *high))
            elif low[0][0] > high[0][0]:
                raise PatternError("a range in a class is out of order")
            else:
                ranges.append((low[0][0], high[0][0]))
        self.at += 1
        return as_class(ranges, properties, negate=negate)

    def _class_atom(self, properties: list[str]) -> Ranges:
        if self.at >= len(self.source):
            raise PatternError("a class is not closed")
        character = self.source[self.at]
        if character != "\\":
            self.at += 1
            return ((ord(character), ord(character)),)
        letter = self.source[self.at + 1 : self.at + 2]
        if letter and letter in ESCAPES:
            self.at += 2
            return ESCAPES[letter]
        if letter in ("p", "P"):
            properties.append(self._property())
            return ()
        if letter == "b":
            self.at += 2
            return ((0x08, 0x08),)
        if letter.isdigit() and letter != "0":
            raise PatternError("octal escapes are not part of ECMA-262 patterns")
        code = self._code()
        return ((code, code),)


def literal_or_nothing(code: int) -> str:
    """One character; half of a surrogate pair matches nothing, because no text contains one."""
    return as_class(()) if 0xD800 <= code <= 0xDFFF else literal(code)


_LITERAL = re.compile(r"/(?P<body>(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/(?P<flags>[dgimsuvy]*)", re.ASCII)
_OPERATORS = re.compile(r"[\\\[(+*{|]")


@dataclass(frozen=True)
class Literal:
    """A pattern between slashes, as JavaScript's source has it. Hopeless: with the slashes it matches nothing."""

    body: str
    flags: str
    is_hopeless: bool


def find_literal(source: str) -> Literal | None:
    """The pattern that was meant where slashes and flags stand in it as characters; None: they may be meant."""
    found = _LITERAL.fullmatch(source)
    if found is None:
        return None
    body, flags = found["body"], found["flags"]
    is_anchored = body.startswith("^") or (body.endswith("$") and not body.endswith("\\$"))
    if not (is_anchored or flags or _OPERATORS.search(body)):
        return None
    return Literal(body.replace("\\/", "/"), flags, is_anchored and "|" not in body)


def matches(translated: Translated, text: str) -> bool:
    """Whether the engine would find the pattern in `text` (conditions included)."""
    return (
        _native.pattern_matches(translated.regex, text)
        and all(_native.pattern_matches(regex, text) for regex in translated.all_of)
        and not any(_native.pattern_matches(regex, text) for regex in translated.none_of)
    )


__all__ = ["Literal", "PatternError", "Translated", "find_literal", "matches", "negated", "translate"]
