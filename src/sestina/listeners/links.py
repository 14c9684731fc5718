"""Links: what people open out of their mail with a browser, served by the same port as everything else."""

import html
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import unquote

from sestina.listeners.http_messages import Answer, Request
from sestina.operations.call import Services
from sestina.operations.verification import LINKS, VERIFY, confirm
from sestina.storage.region import Region

Door = Callable[[Request], Answer | Awaitable[Answer]]

PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 15vh auto 0; max-width: 34rem; padding: 0 1.5rem;
  color-scheme: light dark }}
h1 {{ font-size: 1.5rem; line-height: 1.25 }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</body>
</html>
"""
HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
VERIFIED: Final = "Congratulations!"
VERIFIED_TEXT: Final = (
    "You have successfully verified the email address {name}. It can now send mail through Amazon SES in {region}."
)
NOT_VERIFIED: Final = "This link does not work"
NOT_VERIFIED_TEXT: Final = (
    "It is older than 24 hours, a newer one has been sent, or it was not copied as a whole. "
    "Ask for the verification of the address again to get another one."
)


def link_doors(services: Services) -> Mapping[str, Door]:
    """The door of all links, by the first segment of their path."""

    async def open_link(request: Request) -> Answer:
        kind, *rest = [unquote(segment) for segment in request.path.split("/")[2:]] or [""]
        if kind != VERIFY or len(rest) != 4:
            return page(404, "There is nothing here", "No link in any mail leads to this page.")
        if request.method != "GET":  # a HEAD is a program that looks whether the link is alive
            return Answer(200 if request.method == "HEAD" else 405, b"", "text/html; charset=utf-8")
        account, region_name, name, secret = rest
        region = await _region(services, account, region_name)
        is_good, url = await confirm(services, region, name, secret) if region else (False, None)
        if url is not None:
            return Answer(302, b"", "text/html; charset=utf-8", (("Location", url),))
        if not is_good:
            return page(400, NOT_VERIFIED, NOT_VERIFIED_TEXT)
        return page(200, VERIFIED, VERIFIED_TEXT.format(name=name, region=region_name))

    return {LINKS: open_link}


def page(status: int, title: str, text: str) -> Answer:
    """A small page that says one thing."""
    body = PAGE.format(title=html.escape(title), text=html.escape(text))
    return Answer(status, body.encode(), "text/html; charset=utf-8", HEADERS)


async def _region(services: Services, account: str, name: str) -> Region | None:
    """The region a link belongs to; a link that was made up must not open a new one."""
    now = services.outside.clock.now()
    if services.regions.opened(account, name) is None:
        known = {(region.account, region.name) for region in await services.regions.all(now)}
        if (account, name) not in known:
            return None
    return await services.regions.get(account, name, now)
