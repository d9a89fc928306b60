"""The look of the pages that the service draws itself: one sheet, light and dark, no scripts."""

from html import escape

__all__ = ["PAGE_HEADERS", "page"]

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
"""Nothing may be loaded, run, framed or sent from these pages."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2730; --paper: #fbfaf7; --quiet: #5d6a74; --line: #dcd8ce;
        --code: #f0ede4; --link: #0b5c86; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6e3; --paper: #14191d; --quiet: #9aa5ad; --line: #2d363d; --code: #1e262c; --link: #7cc4ea; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 2.5rem 1.25rem 5rem; background: var(--paper); color: var(--ink);
       font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; padding-top: 1.25rem; border-top: 1px solid var(--line);
     overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1.25rem 0 .25rem; }
a { color: var(--link); }
code, pre { font: .9em/1.5 ui-monospace, monospace; }
pre { background: var(--code); padding: .9rem 1rem; border-radius: .4rem; overflow-x: auto; }
nav ul { list-style: none; padding: 0; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .2rem 1rem; margin: .25rem 0; }
dt { overflow-wrap: anywhere; }
dd { margin: 0; }
.quiet { color: var(--quiet); }
@media (max-width: 34rem) { dl { display: block; } dd { margin: 0 0 .5rem 1rem; } }
"""


def page(title: str, body: str) -> str:
    """A whole HTML document. `body` is HTML already, `title` is text."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
