"""The reference of the calls, written from their signatures into docs/pql.md.

python -m roarbase.query.pql.reference docs/pql.md
"""

import sys
from pathlib import Path

from roarbase.query.pql.calls import CALLS, LATER
from roarbase.query.pql.frame import Signature

__all__ = ["BEGIN", "END", "renew"]

BEGIN = "<!-- calls: written by `python -m roarbase.query.pql.reference docs/pql.md` -->"
END = "<!-- end of calls -->"


def renew(page: str) -> str:
    """The page with all calls described between its two marks, as the signatures are now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    calls = "\n".join(_section(signature) for signature in CALLS)
    later = ", ".join(f"`{name}`" for name in sorted(LATER))
    return f"{before}{BEGIN}\n\n{calls}\nNot supported yet: {later}.\n\n{END}{after}"


def _section(signature: Signature) -> str:
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
    return "\n".join([*lines, "```pql", f"[example]{signature.example}", "```", ""])


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renew(path.read_text(encoding="utf-8")), encoding="utf-8")
