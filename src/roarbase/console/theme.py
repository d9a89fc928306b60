"""Light, dark, or as the system has it: kept in a cookie of the browser, known before the page is drawn."""

__all__ = ["THEMES", "theme_script", "with_theme"]

THEMES = {"auto": "As the system", "light": "Light", "dark": "Dark"}
_QUASAR = {"auto": "'auto'", "light": "false", "dark": "true"}
_AS_SYSTEM = b"const dark = None;"
_FORCED = {"light": b"const dark = False;", "dark": b"const dark = True;"}


def with_theme(html: bytes, theme: str) -> bytes:
    """The page drawn in a theme: NiceGUI's own way fixes it per address, not per browser.

    >>> with_theme(b"<html><script>const dark = None;</script>", "dark")
    b'<html class="dark"><script>const dark = True;</script>'
    """
    if theme not in _FORCED:
        return html
    html = html.replace(_AS_SYSTEM, _FORCED[theme], 1)
    return html.replace(b"<html", f'<html class="{theme}"'.encode(), 1)


def theme_script(theme: str) -> str:
    """What a page runs when another theme is chosen."""
    others = "', '".join(THEMES)
    return (
        f"document.cookie = 'roarbase_theme={theme}; path=/console; max-age=31536000; samesite=lax';"
        f"document.documentElement.classList.remove('{others}');"
        f"document.documentElement.classList.add('{theme}');"
        f"Quasar.Dark.set({_QUASAR[theme]});"
    )
