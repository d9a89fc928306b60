"""The reference of the calls, written from their signatures into docs/pql.md by `make docs`."""

from collections.abc import Mapping

from roarbase.query.pql.calls import CALLS, LATER
from roarbase.query.pql.frame import Signature

__all__ = ["BEGIN", "END", "renew"]

BEGIN = "<!-- calls: written by `make docs` -->"
END = "<!-- end of calls -->"


def renew(page: str, answers: Mapping[str, str]) -> str:
    """The page with all calls described between its two marks, as the signatures are now.

    Args:
        answers: What the example of each call is answered, by the call's name.
    """
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    calls = "\n".join(_section(signature, answers[signature.name]) for signature in CALLS)
    later = ", ".join(f"`{name}`" for name in sorted(LATER))
    return f"{before}{BEGIN}\n\n{calls}\nNot supported yet: {later}.\n\n{END}{after}"


def _section(signature: Signature, answer: str) -> str:
    takes = [f"{_capital(signature.inputs)}."] if signature.most != 0 else []
    takes += ["One field with its value, or a comparison."] if signature.takes_field else []
    lines = [f"### {signature.name}", "", signature.sentence, ""]
    lines += [f"Takes: {' '.join(takes)}", ""] if takes else []
    lines += [f"Gives: {signature.gives}.", ""]
    if signature.parameters:
        lines += ["| argument | is | meaning |", "|---|---|---|"]
        for parameter in signature.parameters:
            needed = " (required)" if parameter.is_required else ""
            label = parameter.place or f"`{parameter.name}`"
            lines.append(f"| {label}{needed} | {parameter.kind.words} | {parameter.sentence} |")
        lines.append("")
    return "\n".join([*lines, "```pql", f"[example]{signature.example}", "```", "", "```json", answer, "```", ""])


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
