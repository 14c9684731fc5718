"""The certificate of a folder is there without anybody asking for it, and stays."""

import asyncio
from pathlib import Path

from harness import Server
from wire import fetch

from sestina.adapters.certificates import CERTIFICATE, KEY


async def being_made() -> list["asyncio.Task[None]"]:
    """The work under way."""
    return [task for task in asyncio.all_tasks() if task.get_name() == "certificate"]


async def made() -> None:
    """Returns when it is done."""
    await asyncio.gather(*await being_made())


def test_a_folder_gets_a_certificate_after_the_first_start_and_keeps_it(tmp_path: Path) -> None:
    with Server(data=tmp_path) as server:
        assert not (tmp_path / CERTIFICATE).exists()
        server.run(made())
        kept = (tmp_path / CERTIFICATE).read_text()
        assert (tmp_path / KEY).exists()
        assert kept == fetch(server.url + "/_sestina/certificate").text
    with Server(data=tmp_path) as server:
        assert [] == server.run(being_made())
        assert kept == fetch(server.url + "/_sestina/certificate").text


def test_a_server_in_memory_makes_none_before_somebody_asks() -> None:
    with Server() as server:
        assert [] == server.run(being_made())


def test_a_server_that_ends_sooner_ends_at_once(tmp_path: Path) -> None:
    with Server(data=tmp_path):
        pass
    assert not (tmp_path / CERTIFICATE).exists()
