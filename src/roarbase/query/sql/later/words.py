"""How the later language is cut into words, and a place among them.

No word is reserved for good: which are words of the language, and which are names, is settled by where they stand.
Names may hold hyphens: `un-keyed` is one name. `x'…'` is text of several lines, as it stands.
"""

import re
import threading
from typing import ClassVar, NoReturn

from sqlglot import tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokenizer_core import Token, TokenType

from roarbase.query.sql.guards import cut
from roarbase.query.sql.source import Source, shown

__all__ = [
    "MOST_DIGITS",
    "NUMBER_TOKEN",
    "RESERVED",
    "STRING_TOKEN",
    "TEXT_TOKENS",
    "WORD_TOKEN",
    "LaterSql",
    "Words",
    "read_words",
    "written_name",
]

_RESERVED = (
    "ALL AND AS ASC BETWEEN BY CASE CROSS DESC DISTINCT ELSE END EXCEPT EXISTS FALSE FROM FULL GROUP HAVING IN INNER "
    "INTERSECT INTO IS JOIN LEFT LIKE LIMIT NOT NULL OFFSET ON OR ORDER OUTER RIGHT SELECT SET THEN TRUE UNION USING "
    "VALUES WHEN WHERE WITH"
)
RESERVED = frozenset(_RESERVED.split())
"""Words that name nothing unless they are quoted."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SIGN_TEXTS = "( ) , . = < > <= >= <> != + - * / % ; [ ] { } & | || << >> ! @"
_SIGNS = frozenset(_SIGN_TEXTS.split())
MOST_DIGITS = 20

# Names of their own: Python 3.11 takes longer to find a member of an enum than to compare with it.
NUMBER_TOKEN = TokenType.NUMBER
STRING_TOKEN = TokenType.STRING
WORD_TOKEN = TokenType.VAR
_IDENTIFIER = TokenType.IDENTIFIER
_NATIONAL_STRING = TokenType.NATIONAL_STRING
_RAW_STRING = TokenType.RAW_STRING
_SEMICOLON = TokenType.SEMICOLON

TEXT_TOKENS = (STRING_TOKEN, _RAW_STRING)
_QUOTED = (_IDENTIFIER, NUMBER_TOKEN, *TEXT_TOKENS)
_GLUED = (*_QUOTED, WORD_TOKEN)


class LaterSql(Dialect):
    """The words of the later language: all of them are names to sqlglot, only signs are not."""

    class Tokenizer(tokens.Tokenizer):
        IDENTIFIERS: ClassVar = ['"', "`"]
        VAR_SINGLE_TOKENS: ClassVar = {"-"}
        COMMANDS: ClassVar[set[TokenType]] = set()
        RAW_STRINGS: ClassVar = [("x'", "'"), ("X'", "'")]
        SINGLE_TOKENS: ClassVar = {**tokens.Tokenizer.SINGLE_TOKENS, "!": TokenType.TILDE}
        KEYWORDS: ClassVar = {
            "<>": TokenType.NEQ,
            "!=": TokenType.NEQ,
            "<=": TokenType.LTE,
            ">=": TokenType.GTE,
            "||": TokenType.DPIPE,
            "<<": TokenType.HASH_ARROW,
            ">>": TokenType.DHASH_ARROW,
        }


LaterSql.Tokenizer._COMMENTS.pop("{#", None)

_DIALECT = LaterSql()
_LONG = 2**16
_kept = threading.local()


def _tokenize(text: str) -> list[Token]:
    """The words of a text. To make a tokenizer takes longer than to use it: each thread keeps one."""
    if len(text) > _LONG:  # which it would hold on to
        return _DIALECT.tokenize(text)
    tokenizer = getattr(_kept, "tokenizer", None)
    if tokenizer is None:
        tokenizer = _kept.tokenizer = _DIALECT.tokenizer()
    found: list[Token] = tokenizer.tokenize(text)
    return found


def written_name(name: str) -> str:
    """A name as a statement has it: quoted where it would be read as something else.

    >>> written_name("width"), written_name("order")
    ('width', '"order"')
    """
    if _NAME.fullmatch(name) and name.upper() not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def read_words(source: Source, nesting: int) -> "Words":
    """The words of one statement, its `;` taken off.

    Raises:
        StatementError: A character cannot be ours, a quote is not closed, or there are several statements.
    """
    found = cut(source, _tokenize)
    if found and found[-1].token_type == _SEMICOLON:
        found = found[:-1]
    if not found:
        raise source.syntax_error(0, "the statement is empty")
    _check(source, found)
    return Words(source, found, nesting)


def _check(source: Source, found: list[Token]) -> None:
    """Raise for characters and words that cannot be ours, and for a second statement."""
    end, was_glued = -1, False
    for token in found:
        kind = token.token_type
        is_glued = kind in _GLUED
        if is_glued and was_glued and token.start == end + 1:
            raise source.syntax_error(token.start, f"a blank is missing before {shown(token.text)}")
        end, was_glued = token.end, is_glued
        if kind in _QUOTED:
            continue
        if kind == _SEMICOLON:
            raise source.syntax_error(token.start, "one statement per request: nothing may follow the ';'")
        if kind == _NATIONAL_STRING:
            raise source.syntax_error(token.start, "a string begins with its quote, without a letter before it")
        if token.text not in _SIGNS and not _NAME.fullmatch(token.text):
            odd = next((c for c in token.text if not _NAME.fullmatch("a" + c)), token.text[0])
            raise source.syntax_error(token.start + token.text.index(odd), f"unexpected character {odd!r}")


class Words:
    """A place in the words of a statement. Words of the language match in any case, and only unquoted."""

    def __init__(self, source: Source, found: list[Token], nesting: int) -> None:
        self.source = source
        self._found = found
        self._at = 0
        self._depth = 0
        self._nesting = nesting
        # Upper case once: each word is looked at several times.
        self._upper = ["" if token.token_type in _QUOTED else token.text.upper() for token in found]
        self._upper += ["", "", ""]

    # ---- looking -----------------------------------------------------------------------------

    @property
    def offset(self) -> int:
        """Where the next word begins."""
        return self._found[self._at].start if self._at < len(self._found) else len(self.source.text)

    @property
    def last_offset(self) -> int:
        """Where the word that was taken last begins."""
        return self._found[self._at - 1].start

    @property
    def word(self) -> str:
        """The next word or sign in upper case; empty if it is quoted, a number, or the end."""
        return self._upper[self._at]

    def following(self, ahead: int = 1) -> str:
        """A word behind the next one."""
        place = self._at + ahead
        return self._upper[place] if place < len(self._upper) else ""

    @property
    def kind(self) -> TokenType | None:
        return self._found[self._at].token_type if self._at < len(self._found) else None

    @property
    def text(self) -> str:
        return self._found[self._at].text

    def is_name(self) -> bool:
        """Whether a name comes next: quoted, or a word that is not reserved."""
        kind = self.kind
        return (kind == WORD_TOKEN and self.word not in RESERVED) or kind == _IDENTIFIER

    # ---- taking ------------------------------------------------------------------------------

    def next(self) -> Token:
        """Go past the next word, whatever it is."""
        token = self._found[self._at]
        self._at += 1
        return token

    def take(self, *words: str) -> bool:
        """Go past these words if they come next, all of them."""
        if self._upper[self._at] != words[0]:  # most often it is not, or there is no other
            return False
        if len(words) > 1 and self._upper[self._at : self._at + len(words)] != list(words):
            return False
        self._at += len(words)
        return True

    def expect(self, *words: str) -> int:
        """Go past these words and give the place of the last, or raise."""
        for word in words:
            if self._upper[self._at] != word:
                self.fail(word)
            self._at += 1
        return self.last_offset

    def take_name(self, what: str) -> Token:
        """Go past a name, or raise."""
        if not self.is_name():
            self.fail(f"the name of {what}")
        return self.next()

    def take_string(self, message: str = "string literal expected") -> str:
        """Go past a string, or raise."""
        if self.kind not in TEXT_TOKENS:
            raise self.source.error(self.offset, message)
        is_raw = self.kind == _RAW_STRING
        text = self.next().text
        return text.replace("''", "'") if is_raw else text

    def take_integer(self) -> int:
        """Go past a whole number, which may have a sign, or raise."""
        is_negative = self.take("-")
        if self.kind != NUMBER_TOKEN or not self.text.isdigit():
            raise self.source.error(self.offset, "integer literal expected")
        number = self.whole(self.next())
        return -number if is_negative else number

    def whole(self, token: Token) -> int:
        """The number that digits say, or raise: no type holds more than these many."""
        if len(token.text) > MOST_DIGITS:
            raise self.source.error(token.start, f"integer literal with more than {MOST_DIGITS} digits")
        return int(token.text)

    def expect_end(self) -> None:
        """Raise if anything follows."""
        if self.kind is not None:
            self.fail("the end of the statement")

    def fail(self, expected: str) -> NoReturn:
        """Raise: something else was expected here."""
        shown_expected = expected if any(map(str.isalpha, expected)) else repr(expected)
        raise self.source.syntax_error(self.offset, f"expected {shown_expected}, found {self.found()}")

    def found(self) -> str:
        """The next word as errors quote it."""
        if self.kind is None:
            return "the end of the statement"
        text = self.text
        return f"'{text}'" if not text.replace("_", "").isalnum() else shown(text).strip("'")

    # ---- nesting -----------------------------------------------------------------------------

    def __enter__(self) -> None:
        """One level deeper."""
        self._depth += 1
        if self._depth > self._nesting + 1:
            raise self.source.syntax_error(
                self.offset, f"the statement nests deeper than {self._nesting} levels (setting statement_nesting)"
            )

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
