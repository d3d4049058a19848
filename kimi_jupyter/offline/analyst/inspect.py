"""Code that looks: which frames there are, and which columns one has. Works in pandas and polars alike."""

from __future__ import annotations

__all__ = ["columns_code", "frames_code"]


def frames_code() -> str:
    """Prints every DataFrame of the session in the form that ``prose.listed_tables`` reads."""
    return (
        "for _name, _frame in list(globals().items()):\n"
        '    if type(_frame).__name__ == "DataFrame" and not _name.startswith("_"):\n'
        '        print(_name, type(_frame).__module__.split(".")[0], _frame.shape, '
        "[(label, str(dtype)) for label, dtype in zip(_frame.columns, _frame.dtypes)][:300])"
    )


def columns_code(name: str) -> str:
    """Prints a frame's columns and dtypes in the same form, and its first rows."""
    return (
        f'print("{name}", type({name}).__module__.split(".")[0], {name}.shape, '
        f"[(label, str(dtype)) for label, dtype in zip({name}.columns, {name}.dtypes)][:300])\n"
        f"print({name}.head())"
    )
