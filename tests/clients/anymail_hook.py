"""A Django project of one file with the webhook of django-anymail: SNS envelopes in, what it made of each out."""

import json
import sys

import django
from anymail.signals import AnymailTrackingEvent, tracking
from django.conf import settings
from django.test import Client


def main() -> None:
    settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF="anymail.urls", ANYMAIL={"WEBHOOK_SECRET": "name:word"})
    django.setup()
    heard: list[tuple[str, str]] = []

    def hear(event: AnymailTrackingEvent, **_: object) -> None:
        heard.append((event.event_type, event.recipient))

    tracking.connect(hear)
    results = []
    for envelope in json.load(sys.stdin):
        fields = {f"x-amz-sns-message-{name.lower()}": envelope[member] for name, member in NAMES.items()}
        answer = Client().post(
            "/amazon_ses/tracking/",
            json.dumps(envelope),
            content_type="text/plain; charset=UTF-8",
            headers={**fields, "Authorization": "Basic bmFtZTp3b3Jk"},
        )
        results.append((answer.status_code, heard[:]))
        heard.clear()
    json.dump(results, sys.stdout)


NAMES = {"type": "Type", "id": "MessageId"}


if __name__ == "__main__":
    main()
