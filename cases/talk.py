"""What was said on the phone or in a shop, written down as a file of the case.

A file and no note: it is to prove something. A file has its SHA-256 from the first minute, lies
with the other proofs of the case, and can be laid to the letter that followed the talk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases import evidence
from cases.models import Case, Evidence
from operators.models import ChannelKind

if TYPE_CHECKING:
    from accounts.models import User


# As `write_down` names its file.
NAME: Final = re.compile(rf"(?:{'|'.join(ChannelKind.values)})-\d{{4}}-\d\d-\d\d-\d{{4}}\.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What a person remembers of it. day, at: in Belgium. promised_end: the day that they named.

    registered: they said that the cancellation is registered.
    """

    channel: str
    day: date
    at: time
    spoke_to: str = ""
    reference_number: str = ""
    promised_end: date | None = None
    said: str = ""
    registered: bool = False


def write_down(case: Case, talk: Talk, *, by: User, at: datetime) -> Evidence:
    """Stores the talk; where the operator registered the cancellation, its time runs from here.

    Raises RefusedFile where what was typed cannot be kept as plain text.
    """
    name = f"{talk.channel}-{talk.day:%Y-%m-%d}-{talk.at:%H%M}.txt"
    upload = SimpleUploadedFile(name, as_text(case, talk, by=by, at=at).encode())
    accepted = evidence.accept(upload, owner=case.owner, at=at)
    with transaction.atomic():
        stored = evidence.file(
            case, accepted, proves=Evidence.Proves.SENT, day=talk.day, by=by, at=at
        )
        if talk.registered and case.status == Case.Status.PREPARING:
            case.mark_requested(
                sent_on=talk.day,
                channel=talk.channel,
                wanted_end=talk.promised_end,
                reference_number=talk.reference_number,
                spoke_to=talk.spoke_to,
                by=by,
                at=at,
            )
    return stored


def is_talk(stored: Evidence) -> bool:
    return stored.content_type == "text/plain" and NAME.fullmatch(stored.name) is not None


def as_text(case: Case, talk: Talk, *, by: User, at: datetime) -> str:
    """In the language of who writes it down."""
    titles = {ChannelKind.SHOP: _("In a shop of %(operator)s")}
    title = titles.get(ChannelKind(talk.channel), _("Call with %(operator)s"))
    rows = [
        (_("Day"), date_format(talk.day)),
        (_("Time"), f"{talk.at:%H:%M}"),
        (_("Mobile number"), case.phone_number.as_national),
        (_("Customer number"), case.customer_number),
        (_("Spoke to"), talk.spoke_to),
        (_("Reference number"), talk.reference_number),
        (_("End date that they named"), talk.promised_end and date_format(talk.promised_end)),
        (_("The cancellation is registered, they said"), _("yes") if talk.registered else ""),
    ]
    written = _("Written down by %(person)s on %(moment)s, case %(reference)s.") % {
        "person": by.email,
        "moment": date_format(timezone.localtime(at), "DATETIME_FORMAT"),
        "reference": case.reference,
    }
    facts = [f"{label}: {value}" for label, value in rows if value]
    said = [_("What was said:"), talk.said] if talk.said else []
    lines = [title % {"operator": case.operator_name}, "", *facts, "", *said, "", written]
    return "\n".join(lines) + "\n"
