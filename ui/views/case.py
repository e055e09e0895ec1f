"""One case."""


def screen() -> None:
    return
