"""Takes mail from other servers by SMTP or LMTP and stores it. A process of its own.

A server that hands a mail over and is not told 250 sends it again; one that is told 250 forgets
it. So 250 is said after the commit, and whatever goes wrong before is "451, try later".
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import close_old_connections, reset_queries
from django.utils import timezone

from cases import inbound

T = TypeVar("T")

logger = logging.getLogger(__name__)

CONNECTIONS: Final = 20  # at once; each holds up to INBOUND_MAX_BYTES. One more is told to wait
RECIPIENTS: Final = 20  # of one mail
THREADS: Final = 4  # that speak to the database
SESSION_TIMEOUT: Final = 120  # seconds from one command to the next, a mail included
STOP_TAKES: Final = 30  # seconds at most, for what is being stored
LINE_BYTES: Final = 64 * 1024  # 1,000 by the standard; some write a whole page in one line

LATER: Final = "451 4.3.0 Please try again later"


class Receiver:
    """Listens until it is stopped. The event loop talks; threads wait for database and cache."""

    def __init__(self, *, host: str, port: int, lmtp: bool = False) -> None:
        self.host, self.port, self.lmtp = host, port, lmtp
        self.open: set[Line] = set()
        self.storing = 0
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="receiver")

    async def run(self, *, tell: Callable[[str], object]) -> None:
        """tell: takes the line that says where it listens. Returns on SIGTERM or SIGINT."""
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        server = await loop.create_server(self._line, self.host, self.port)
        tell(f"{'LMTP' if self.lmtp else 'SMTP'} on {self.host}, port {self.port}")
        await stop.wait()
        server.close()
        await self._finish()
        # What is being filed is finished, too; what is not begun, beat does.
        await loop.run_in_executor(None, lambda: self.pool.shutdown(cancel_futures=True))

    def _line(self) -> SMTP:
        kind = LmtpLine if self.lmtp else SmtpLine
        return kind(
            self,
            data_size_limit=settings.INBOUND_MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname=settings.INBOUND_DOMAIN,
            ident=settings.SITE_NAME,
            loop=asyncio.get_running_loop(),
            timeout=SESSION_TIMEOUT,
        )

    async def _finish(self) -> None:
        """Lets those be told 250 whose mail is being stored, and hangs up on everybody else."""
        deadline = asyncio.get_running_loop().time() + STOP_TAKES
        while self.storing and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        for line in list(self.open):
            line.hang_up()

    async def in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.pool, _connected, work)

    # --- What aiosmtpd calls --------------------------------------------------------------------

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        sender = inbound.as_written(address)
        # Bounces and automatic replies come from nobody. They are counted per recipient alone.
        if sender and not await self.in_thread(lambda: inbound.is_within_rate("sender", sender)):
            return "451 4.7.1 Too many mails from this address, please try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        recipient = inbound.as_written(address)
        if not inbound.is_ours(recipient):
            return "550 5.1.1 No such mailbox here"
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not await self.in_thread(lambda: inbound.is_within_rate("recipient", recipient)):
            return "451 4.7.1 Too many mails for this address, please try again later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.storing += 1
        try:
            await self.in_thread(lambda: self._store(envelope))
        except Exception:
            logger.exception("A mail could not be stored. Its sender is asked to send it again.")
            answer = LATER
        else:
            answer = "250 2.0.0 Stored"
        finally:
            self.storing -= 1
        # LMTP wants an answer for each recipient (RFC 2033); they are stored together or not.
        return "\r\n".join([answer] * (len(envelope.rcpt_tos) if self.lmtp else 1))

    async def handle_exception(self, error: Exception) -> str:
        logger.error("A command of a mail server failed: %r", error)
        return LATER

    # --- In a thread ----------------------------------------------------------------------------

    def _store(self, envelope: Envelope) -> None:
        raw = envelope.original_content
        assert raw is not None
        stored = inbound.accept(
            raw,
            sender=envelope.mail_from or "",
            recipients=envelope.rcpt_tos,
            at=timezone.now(),
        )
        for mail in stored:
            file_it = partial(inbound.match_one, mail.pk, at=timezone.now())
            self.pool.submit(_connected, file_it)


def _connected(work: Callable[[], T]) -> T:
    """Runs it with a database connection that works, as Django does around a request."""
    reset_queries()  # where DEBUG is on, Django remembers each with all that was written
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


# --- One connection -------------------------------------------------------------------------------


class Line(SMTP):
    """Somebody who speaks to us. Too many at once are turned away at the door."""

    line_length_limit = LINE_BYTES

    def __init__(self, receiver: Receiver, **options: Any) -> None:
        super().__init__(receiver, **options)
        self.receiver = receiver
        self.turned_away = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.turned_away = len(self.receiver.open) >= CONNECTIONS
        if self.turned_away:
            assert isinstance(transport, asyncio.Transport)
            transport.write(b"421 4.3.2 Too many connections, please try again later\r\n")
            transport.close()
            return
        self.receiver.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.turned_away:
            self.receiver.open.discard(self)
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return False if self.turned_away else super().eof_received()

    def hang_up(self) -> None:
        if self.transport is not None:
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.write(b"421 4.3.2 Stopping, please try again later\r\n")
            self.transport.close()


class SmtpLine(Line):
    pass


class LmtpLine(Line, LMTP):
    pass
