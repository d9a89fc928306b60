"""How long something took, as people say it."""

__all__ = ["duration_text"]


def duration_text(seconds: float) -> str:
    """In the unit that fits.

    >>> duration_text(0.0004), duration_text(0.25), duration_text(12.34), duration_text(125)
    ('0.4 ms', '250 ms', '12.3 s', '2 min 5 s')
    """
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
