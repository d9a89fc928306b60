"""Reading a statement word by word, for those that need no expression parser."""

from sqlglot.tokenizer_core import Token, TokenType

from roarbase.query.sql.source import Source, shown

__all__ = ["Words"]

_QUOTED = (TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER)


class Words:
    """A place in a list of tokens. Words of the language match in any case, and only unquoted."""

    def __init__(self, source: Source, tokens: list[Token]) -> None:
        self._source = source
        self._tokens = tokens
        self._at = 0

    def rest(self) -> Token | None:
        """The next token, or None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def take(self, *words: str) -> bool:
        """Go past these words if they come next, all of them."""
        following = self._tokens[self._at : self._at + len(words)]
        if [t.text.upper() for t in following if t.token_type not in _QUOTED] != list(words):
            return False
        self._at += len(words)
        return True

    def expect(self, word: str) -> None:
        """Go past this word, or raise."""
        if not self.take(word):
            self._fail(word)

    def take_name(self, what: str) -> tuple[int, str]:
        """Go past a name, quoted or not, and give its offset and text, or raise."""
        token = self.rest()
        if token is None or token.token_type not in (TokenType.VAR, TokenType.IDENTIFIER):
            self._fail(f"the name of {what}")
        assert token is not None
        self._at += 1
        return token.start, token.text

    def expect_end(self) -> None:
        """Raise if anything follows."""
        if self.rest() is not None:
            self._fail("the end of the statement")

    def _fail(self, expected: str) -> None:
        token = self.rest()
        offset = len(self._source.text) if token is None else token.start
        found = "the end of the statement" if token is None else shown(token.text)
        raise self._source.syntax_error(offset, f"expected {expected}, found {found}")
