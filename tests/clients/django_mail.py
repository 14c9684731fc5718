"""A Django project of one file that sends through django-ses: writes what came of it as JSON."""

import json
import os
import sys

import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection, send_mass_mail


def main() -> None:
    settings.configure(
        EMAIL_BACKEND="django_ses.SESBackend",
        AWS_SES_REGION_NAME="us-east-1",
        AWS_SES_REGION_ENDPOINT_URL=os.environ["AWS_ENDPOINT_URL"],
        AWS_SES_AUTO_THROTTLE=None,
        USE_SES_V2=sys.argv[1] == "v2",
    )
    django.setup()
    mail = EmailMultiAlternatives(
        "Grüße",
        "text",
        "Jörg <me@example.com>",
        ["you@example.org"],
        bcc=["hidden@example.org"],
        headers={"X-Own": "1"},
    )
    mail.attach_alternative("<b>html</b>", "text/html")
    mail.attach("bytes.bin", bytes(range(256)), "application/octet-stream")
    with get_connection() as connection:
        mail.connection = connection
        assert mail.send() == 1
    plain = ("Plain", "text", "me@example.com", ["you@example.org"])
    assert send_mass_mail([plain, plain]) == 2
    refused = EmailMultiAlternatives("x", "x", "me@other.com", ["you@example.org"])
    try:
        refused.send()
    except Exception as error:
        json.dump([mail.extra_headers["message_id"], type(error).__name__, str(error)], sys.stdout)


if __name__ == "__main__":
    main()
