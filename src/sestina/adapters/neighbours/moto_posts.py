"""Requests to HTTP subscribers: a few threads make them, again if they fail, and who publishes never waits for them."""

import sys
import threading
import time
from collections import Counter
from heapq import heappop, heappush
from itertools import count
from typing import Final

import requests
from msgspec import Struct

THREADS: Final = 8
MOST_PER_HOST: Final = 4  # one that hangs leaves threads to the others
MOST_WAITING: Final = 10_000
SECONDS: Final = 5.0  # for an endpoint to answer
PAUSES: Final = (0.2, 1.0, 5.0)  # seconds before each of the retries
TURN: Final = 0.05
TRANSIENT: Final = 429  # of the 4xx the one that is tried again (SNS page "Message delivery retries")


class Post(Struct, frozen=True, kw_only=True):
    """A request; `url` may hold user and password, which become basic authentication."""

    url: str
    headers: dict[str, str]
    body: bytes
    attempts: int = 0


class Posts:
    """Those that wait, by when they are due."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Post]] = []
        self._numbers = count()
        self._busy: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._has_threads = False

    def add(self, post: Post, pause: float = 0.0) -> None:
        """Leaves it to the threads."""
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                sys.stderr.write("a notification to an HTTP subscriber was given up: too many wait\n")
                return
            heappush(self._waiting, (time.monotonic() + pause, next(self._numbers), post))
            if not self._has_threads:
                self._has_threads = True
                for _ in range(THREADS):
                    threading.Thread(target=self._work, daemon=True).start()
            self._changed.notify()

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False  # no proxy, and no password of ours from .netrc
            while True:
                host, post = self._next()
                is_done = _is_done(session, post)
                with self._changed:
                    self._busy[host] -= 1
                if not is_done and post.attempts < len(PAUSES):
                    again = Post(url=post.url, headers=post.headers, body=post.body, attempts=post.attempts + 1)
                    self.add(again, PAUSES[post.attempts])

    def _next(self) -> tuple[str, Post]:
        with self._changed:
            while True:
                now = time.monotonic()
                if self._waiting and self._waiting[0][0] <= now:
                    _, number, post = heappop(self._waiting)
                    host = post.url.split("/", 3)[2]
                    if self._busy[host] < MOST_PER_HOST:
                        self._busy[host] += 1
                        return host, post
                    heappush(self._waiting, (now + TURN, number, post))
                self._changed.wait(max(self._waiting[0][0] - now, 0.0) if self._waiting else None)


def _is_done(session: requests.Session, post: Post) -> bool:
    """Whether there is no more to do, since it was taken or refused for good."""
    try:
        answer = session.post(post.url, post.body, headers=post.headers, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        sys.stderr.write(f"an HTTP subscriber was not reached: {type(error).__name__}\n")
        return isinstance(error, ValueError)  # the URL is none
    return answer.status_code < 500 and answer.status_code != TRANSIENT
