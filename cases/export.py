"""Everything about one person in one file: what they typed, what we noted, every file they gave.

`everything.json` holds the rows, as docs/everything.md describes them; `files/` holds the bytes.
The ZIP is made while it is sent: rows are read at the beginning, a file when its turn comes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.fields.files import FieldFile
from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import User
from cases.models import Case, Evidence, InboundMail, Letter, Message
from cases.schedule import BRUSSELS
from simexit.lib.streamed_zip import Member, streamed_zip

if TYPE_CHECKING:
    from django.db.models import Field

logger = logging.getLogger(__name__)

SCHEMA_VERSION: Final = 1  # of everything.json; one more when a name in it changes its meaning
ROWS: Final = "everything.json"
# Whoever has these gets in, or reads along. The file may lie on many disks.
SECRETS: Final = {"password", "calendar_key"}
# Rows that hang on a case and have neither a file nor rows of their own.
PLAIN: Final = ("ticks", "events", "checks", "reminders")
BYTES: Final = (models.FileField, models.BinaryField)
MISSING: Final = b"This file could not be read when your export was made.\n"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the export that is opened when its turn comes."""

    path: str
    at: datetime
    open: Callable[[], IO[bytes]]


def stream(user: User, *, at: datetime) -> Iterator[bytes]:
    """The ZIP in pieces. at: when it is made."""
    cases = list(_cases(user))
    files = [stored for case in cases for stored in _files(case)]
    content = json.dumps(
        {
            "schema_version": SCHEMA_VERSION,
            "made_at": at,
            "account": _account(user),
            "cases": [_case(case) for case in cases],
        },
        cls=Encoder,
        ensure_ascii=False,
        indent=2,
    )
    rows = Member(ROWS, at.astimezone(BRUSSELS), partial(BytesIO, content.encode()))
    return streamed_zip(_members(rows, files))


def _cases(user: User) -> models.QuerySet[Case]:
    mails = models.Prefetch("inbound", queryset=InboundMail.objects.defer("raw"))
    cases = Case.objects.filter(owner=user).select_related("procedure__operator").order_by("pk")
    for related in (*PLAIN, "letters", "evidence__message", "share_links__views", mails):
        cases = cases.prefetch_related(related)
    return cases


# --- Rows -----------------------------------------------------------------------------------------


class Encoder(DjangoJSONEncoder):
    def default(self, value: Any) -> Any:
        return str(value) if isinstance(value, PhoneNumber) else super().default(value)


def _account(user: User) -> dict[str, Any]:
    return {
        **_columns(user),
        "groups": [group.name for group in user.groups.all()],
        "permissions": [permission.codename for permission in user.user_permissions.all()],
        "email_addresses": _rows(EmailAddress.objects.filter(user=user), without={"user"}),
        # What they hold opens the account: only that there is one.
        "sign_in": _rows(Authenticator.objects.filter(user=user), without={"user", "data"}),
        "administration": _rows(LogEntry.objects.filter(user=user), without={"user"}),
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        **_columns(case, without={"owner", "procedure", "report"}),
        "operator": case.operator_name,
        "plan": case.procedure.plan,
        "procedure_version": case.procedure.version,
        **{name: _rows(getattr(case, name).all(), without={"case"}) for name in PLAIN},
        "letters": [
            {**_columns(row, without={"case"}), "file": path} for row, path in _letters(case)
        ],
        "evidence": [_evidence(row, path) for row, path in _proof(case)],
        "inbound_mails": [
            {**_columns(row, without={"case"}), "file": path} for row, path in _mails(case)
        ],
        "share_links": [
            {**_columns(link, without={"case"}), "views": _rows(link.views.all(), without={"link"})}
            for link in case.share_links.all()
        ],
    }


def _evidence(row: Evidence, path: str) -> dict[str, Any]:
    message: Message | None = getattr(row, "message", None)
    return {
        **_columns(row, without={"case"}),
        "file": path,
        "message": message and _columns(message, without={"evidence"}),
    }


def _rows(rows: Iterable[models.Model], *, without: set[str]) -> list[dict[str, Any]]:
    return [_columns(row, without=without) for row in rows]


def _columns(row: models.Model, *, without: Iterable[str] = ()) -> dict[str, Any]:
    """What the row holds, by column. Bytes lie in files, secrets nowhere."""
    skipped = SECRETS.union(without)
    return {
        field.name: _value(row, field)
        for field in row._meta.concrete_fields
        if field.name not in skipped
        and not isinstance(field, models.FileField | models.BinaryField)
    }


def _value(row: models.Model, field: Field[Any, Any]) -> Any:
    value = getattr(row, field.attname)
    if field.related_model is not User or value is None:
        return value
    # Rows that name people hang on a case; who else works here is not the person's data.
    case: Case = cast(Any, row).case
    return "you" if value == case.owner_id else "somebody else"


# --- Files ----------------------------------------------------------------------------------------


def _proof(case: Case) -> list[tuple[Evidence, str]]:
    """What was thrown away and can still be taken back, too."""
    return [
        (row, _path(case, "evidence", number, row.name))
        for number, row in enumerate(case.evidence.all(), start=1)
    ]


def _letters(case: Case) -> list[tuple[Letter, str]]:
    return [
        (row, _path(case, "letters", number, f"{row.kind}-{row.language}.pdf"))
        for number, row in enumerate(case.letters.all(), start=1)
    ]


def _mails(case: Case) -> list[tuple[InboundMail, str | None]]:
    """A mail that is filed lies with the evidence, and has no file of its own."""
    return [
        (row, None if row.evidence_id else _path(case, "mails", number, "mail.eml"))
        for number, row in enumerate(case.inbound.all(), start=1)
    ]


def _path(case: Case, folder: str, number: int, name: str) -> str:
    label = name.replace("/", "-").replace("\\", "-")
    return f"files/{case.reference}/{folder}/{number:03}-{label}"


def _files(case: Case) -> Iterator[Stored]:
    for proof, path in _proof(case):
        yield Stored(path, proof.uploaded_at, partial(_opened, proof.file))
    for letter, path in _letters(case):
        yield Stored(path, letter.made_at, partial(_opened, letter.paper))
    for mail, waiting in _mails(case):
        if waiting:
            yield Stored(waiting, mail.received_at, partial(_raw, mail))


def _opened(file: FieldFile) -> IO[bytes]:
    return cast(IO[bytes], file.storage.open(str(file.name)))


def _raw(mail: InboundMail) -> IO[bytes]:
    raw = InboundMail.objects.filter(pk=mail.pk).values_list("raw", flat=True).first()
    if raw is None:
        raise FileNotFoundError(f"inbound mail {mail.pk}")
    return BytesIO(bytes(raw))


def _members(rows: Member, files: Iterable[Stored]) -> Iterator[Member]:
    """A file that is not there must not break off the export of all the others."""
    yield rows
    for file in files:
        at = file.at.astimezone(BRUSSELS)
        try:
            file.open().close()
        except OSError:
            logger.exception("A file is missing in an export")
            yield Member(f"{file.path}.missing.txt", at, partial(BytesIO, MISSING))
        else:
            yield Member(file.path, at, file.open)
