"""Asks a ClamAV daemon whether a file carries a virus, where the site has one."""

from __future__ import annotations

import logging
from typing import IO

from clamav_client.clamd import ClamdError, ClamdNetworkSocket
from django.conf import settings
from django.core.files import File
from django.utils.translation import gettext as _

from cases.errors import RefusedFile

PORT = 3310  # of clamd, where CLAMAV_HOST names none
TIMEOUT = 20  # seconds for each answer: 15 MB take it one or two, and a person is waiting

logger = logging.getLogger(__name__)


def scan(upload: IO[bytes] | File[bytes]) -> None:
    """Says nothing about a clean file, and about any where no scanner is set.

    Raises RefusedFile for a virus, and where the scanner does not answer: what nobody looked at
    is not kept.
    """
    if not settings.CLAMAV_HOST:
        return
    host, _colon, port = settings.CLAMAV_HOST.partition(":")
    scanner = ClamdNetworkSocket(host, int(port or PORT), timeout=TIMEOUT)
    upload.seek(0)
    try:
        answers = scanner.instream(upload)  # type: ignore[arg-type]  # it reads and nothing else
    except (ClamdError, OSError, UnicodeDecodeError) as error:
        logger.error("The virus scanner at %s does not answer: %s", settings.CLAMAV_HOST, error)
        raise RefusedFile(_unchecked()) from error
    status, found = answers.get("stream", ("", None))
    if status == "FOUND":
        raise RefusedFile(
            _("The virus scanner found something in this file: %(virus)s. It was not stored.")
            % {"virus": found}
        )
    if status != "OK":
        logger.error("The virus scanner at %s says: %s", settings.CLAMAV_HOST, answers)
        raise RefusedFile(_unchecked())


def _unchecked() -> str:
    return _(
        "Files cannot be checked for viruses at the moment, so this one was not stored. Please try"
        " again in a few minutes."
    )
