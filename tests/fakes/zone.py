"""A zone that tests write records into, in place of the world's DNS."""


class ZoneResolver:
    """The port `Names` over three tables; names are taken as they are."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.targets: dict[str, list[str]] = {}
        self.exchangers: dict[str, list[tuple[int, str]]] = {}

    async def txt(self, name: str) -> list[str]:
        return self.texts.get(name, [])

    async def cname(self, name: str) -> list[str]:
        return self.targets.get(name, [])

    async def mx(self, name: str) -> list[tuple[int, str]]:
        return self.exchangers.get(name, [])
