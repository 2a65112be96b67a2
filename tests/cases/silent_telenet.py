"""Alice leaves Telenet: in a shop, with a talk, letters and mails. Telenet stays silent and bills
on, and she complains. Made by the verbs, with real files."""

from __future__ import annotations

import shutil
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from PIL import Image

from accounts.models import User
from cases import evidence, letters, reminders, talk
from cases.models import Case, Evidence, Letter
from operators import catalogue
from operators.catalogue_files import FOLDER
from operators.models import ChannelKind, Plan, Procedure
from tests.factories import (
    NOW,
    PDF,
    TODAY,
    import_letters,
    make_case,
    make_letter,
    make_upload,
    moment,
)

DAY = timedelta(days=1)
SENT = Evidence.Proves.SENT

EML = """From: Telenet klantendienst <noreply@telenet.example>
To: alice@example.org
Cc: dossiers@telenet.example
Date: Fri, 06 Mar 2026 08:15:00 +0100
Subject: We hebben je bericht goed ontvangen
Message-ID: <auto-1@telenet.example>
Content-Type: text/plain; charset=utf-8

Beste klant, we antwoorden binnen vijf werkdagen. Referentie 4711.
""".replace("\n", "\r\n").encode()


def import_telenet(folder: Path) -> Procedure:
    """What the catalogue says of Telenet, and of nobody else. folder: to work in."""
    for name in ("sources.yaml", "common.yaml", "telenet.yaml"):
        shutil.copy(FOLDER / name, folder)
    shutil.copytree(FOLDER / "translations", folder / "translations")
    catalogue.import_catalogue(NOW, publish=True, folder=folder)
    return Procedure.objects.get(operator__slug="telenet", plan=Plan.POSTPAID)


def photo(colour: str = "white") -> bytes:
    """A picture as a phone takes it, but smaller."""
    buffer = BytesIO()
    Image.new("RGB", (64, 48), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def walk(alice: User, folder: Path) -> Case:
    """The case of ten weeks, up to the complaint and what followed it. folder: to work in."""
    import_letters()
    case = make_case(
        owner=alice,
        procedure=import_telenet(folder),
        phone_number="+32470123321",
        customer_number="K-42/7",
        opened_on=TODAY,
    )
    _in_the_shop(case, TODAY + DAY)
    _by_letter(case, "follow_up_call", TODAY + 2 * DAY, "RR 0123 4567 8BE")
    _mail_of_telenet(case, TODAY + 3 * DAY)
    _wait(case, TODAY + 4 * DAY, days=20)
    _by_letter(case, "second_letter", TODAY + 25 * DAY, "RR 0123 4567 9BE")
    _billed_on(case, TODAY + 40 * DAY)
    _by_letter(case, "complaint_still_billed", TODAY + 41 * DAY, "RR 0123 4568 0BE")
    case.dispute(amount=Decimal("1024.90"), by=alice, at=moment(TODAY + 42 * DAY))
    case.note(
        text="Telenet rief zurück 😀\nIls promettent un avoir. 王小明",
        by=alice,
        at=moment(TODAY + 45 * DAY),
    )
    return case


def _in_the_shop(case: Case, day: date) -> None:
    visit = talk.Talk(
        channel=ChannelKind.SHOP,
        day=day,
        at=time(14, 5),
        spoke_to="Jan, Telenet Mechelen",
        reference_number="S-99",
        promised_end=day + 14 * DAY,
        said="He stamped the sheet. It would be confirmed by mail.",
        registered=True,
    )
    talk.write_down(case, visit, by=case.owner, at=moment(day, 15))
    store(case, "stamped sheet (1).jpg", photo(), proves=SENT, day=day, at=moment(day, 16))


def _by_letter(case: Case, kind: str, day: date, registered_number: str) -> Letter:
    letter = make_letter(case, kind, at=moment(day, 9))
    sending = letters.Sending(
        sent_on=day, channel=ChannelKind.LETTER, registered_number=registered_number
    )
    letters.send(letter, sending, by=case.owner, at=moment(day, 11))
    slip = make_upload(f"bewijs van afgifte {day}.pdf", PDF + kind.encode())
    evidence.store(case, slip, proves=SENT, letter=letter, by=case.owner, at=moment(day, 12))
    case.refresh_from_db()
    return letter


def _mail_of_telenet(case: Case, day: date) -> None:
    store(
        case,
        "ontvangstbevestiging.eml",
        EML,
        proves=Evidence.Proves.RECEIVED,
        day=day,
        at=moment(day),
    )


def _wait(case: Case, day: date, *, days: int) -> None:
    """The clock goes on, and SimExit asks now and then."""
    for number in range(days):
        reminders.send_due(at=moment(day + number * DAY))
    case.refresh_from_db()


def _billed_on(case: Case, day: date) -> None:
    proves = Evidence.Proves.STILL_BILLED
    store(case, "账单 2026-04.pdf", PDF + b"bill", proves=proves, day=day, at=moment(day))
    store(case, "Facture d'avril.pdf", PDF + b"April", proves=proves, day=day, at=moment(day))


def store(
    case: Case, name: str, content: bytes, *, proves: str, day: date | None, at: datetime
) -> Evidence:
    upload = make_upload(name, content)
    note = f"Note on {name}"
    return evidence.store(case, upload, proves=proves, day=day, note=note, by=case.owner, at=at)
