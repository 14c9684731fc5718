"""Home: where people reach this server with a browser, for the links in mails."""

from urllib.parse import quote


class Home:
    """The address of the HTTP port; known once it is bound, or set by the user for a server behind another."""

    def __init__(self, base_url: str = "http://127.0.0.1:4566") -> None:
        self.base_url = base_url

    def url(self, *segments: str) -> str:
        """A link to a path of these segments, each of any characters."""
        return "/".join((self.base_url.rstrip("/"), *(quote(segment, safe="") for segment in segments)))
