"""A port inside TLS: where it listens, and what becomes of it when nothing can be accepted."""

import asyncio
import logging
import socket

import pytest
from fakes.http_peer import Run
from fakes.smtp_peer import serving

from sestina.listeners.smtp_wrapped import listen

LOCAL = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
STRANGE = (250, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))


def test_it_listens_on_every_address_once_but_for_families_that_do_not_exist_here() -> None:
    other = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 0))
    listening = listen([LOCAL, STRANGE, LOCAL, other])
    assert 2 == len({one.getsockname()[1] for one in listening})
    for one in listening:
        one.close()


def test_a_port_that_is_taken_leaves_nothing_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = taken.getsockname()
        with pytest.raises(OSError, match=rf"{where[1]}\)"):
            listen([LOCAL, (*LOCAL[:4], where)])


def test_a_connection_that_cannot_be_had_is_told_to_the_log(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with serving() as place:
            with socket.socket() as deaf:
                deaf.setblocking(False)
                accepting = asyncio.ensure_future(place.server._wrapped[0]._accept(deaf))
                while "no connection" not in caplog.text:
                    await place.peer()
                accepting.cancel()
                await asyncio.wait([accepting])

    with caplog.at_level(logging.INFO, "sestina.smtp"):
        run(story())
