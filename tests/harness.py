"""A whole sestina in this process, and clients that speak to it over real sockets."""

import itertools
import os
from typing import Any

import boto3
from botocore.config import Config

from sestina.testing import Server as UsersServer

_ACCOUNTS = itertools.count(int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) * 1_000_000 + 100_000_000_001)


class Server(UsersServer):
    """The server of our users' tests, with seeded ids, and boto3 clients."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"seed": 7, **settings})

    def client(self, service: str, account: str, region: str = "us-east-1", **options: Any) -> Any:
        """A boto3 client whose access key is the account."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 1, "mode": "standard"}, **options),
        )


def new_account() -> str:
    """Twelve digits that no other test uses."""
    return str(next(_ACCOUNTS))
