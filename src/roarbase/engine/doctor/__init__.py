"""The doctor: what is on disk, looked at without starting an engine, and what is whole of it, put elsewhere.

inspecting.py   every file of a directory: what it holds, and where it is not what was written
salvaging.py    another directory, which starts, made of what is whole
"""

__all__: list[str] = []
