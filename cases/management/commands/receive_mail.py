"""The receiver of mail for cases, until it is stopped."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.receiver import Receiver


class Command(BaseCommand):
    help = (
        "Takes mail for the addresses of cases, by SMTP or LMTP, and stores it. Wants"
        " INBOUND_DOMAIN. Answers 250 once a mail is stored; SIGTERM stops it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.INBOUND_HOST, help="Default: INBOUND_HOST.")
        parser.add_argument(
            "--port", type=int, default=settings.INBOUND_PORT, help="Default: INBOUND_PORT."
        )
        parser.add_argument("--lmtp", action="store_true", help="For a mail server in front.")

    def handle(self, *args: Any, host: str, port: int, lmtp: bool, **options: Any) -> None:
        if not settings.INBOUND_DOMAIN:
            raise CommandError("INBOUND_DOMAIN is not set, so no case has an address.")
        receiver = Receiver(host=host, port=port, lmtp=lmtp)
        try:
            asyncio.run(receiver.run(tell=self.say))
        except OSError as error:
            raise CommandError(f"The receiver cannot listen on {host}:{port}: {error}") from error

    def say(self, where: str) -> None:
        self.stdout.write(f"Receiving mail for {settings.INBOUND_DOMAIN}: {where}")
        self.stdout.flush()
