"""The dossier as one file: the PDF, every file of the case as it is stored, the letters that were
sent, and lists that programs read: `manifest.json`, and `SHA256SUMS` for `sha256sum -c`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import IO, Any, Final, cast

from django.db.models.fields.files import FieldFile

from cases.dossier import Dossier, Filed, Proof, Sent
from cases.dossier_pdf import pdf
from cases.models import Case
from cases.schedule import BRUSSELS
from cases.timeline import Entry
from simexit.lib.streamed_zip import Member, streamed_zip

SCHEMA_VERSION: Final = 1  # of manifest.json; one more when a name in it changes its meaning
PAPER: Final = "dossier.pdf"
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"

CASE_FACTS: Final = (
    *("goal", "status", "opened_on", "sent_on", "channel", "reference_number", "spoke_to"),
    *("wanted_end", "confirmed_on", "ends_on", "ended_on", "closed_on", "complained_on"),
    *("ombudsman_on", "final_bill_right", "receipt_elsewhere"),
)


def stream(dossier: Dossier) -> Iterator[bytes]:
    """The ZIP in pieces; the same state in the same language gives the same bytes.

    What is made anew is made before the first piece, so that what goes wrong there is told by a
    page and not by a broken file.
    """
    made = {PAPER: pdf(dossier), MANIFEST: manifest(dossier)}
    made[SUMS] = _sums(dossier, made)
    return streamed_zip(_members(dossier, made))


def _members(dossier: Dossier, made: dict[str, bytes]) -> Iterator[Member]:
    for name, content in made.items():
        yield _member(name, dossier.state_of, partial(BytesIO, content))
    for filed in dossier.files:
        row = filed.evidence
        yield _member(filed.path, row.uploaded_at, partial(_opened, row.file))
    for sent in dossier.letters:
        yield _member(sent.path, sent.letter.made_at, partial(_opened, sent.letter.paper))


def _opened(file: FieldFile) -> IO[bytes]:
    assert file.name  # a row has its file
    return cast(IO[bytes], file.storage.open(file.name))


def _member(name: str, at: datetime, opened: Callable[[], IO[bytes]]) -> Member:
    return Member(name, at.astimezone(BRUSSELS), opened)


def _sums(dossier: Dossier, made: dict[str, bytes]) -> bytes:
    """One line for each file, as `sha256sum` writes them."""
    sums = [(hashlib.sha256(content).hexdigest(), name) for name, content in made.items()]
    sums += [(file.evidence.sha256, file.path) for file in dossier.files]
    sums += [(sent.letter.sha256, sent.path) for sent in dossier.letters]
    return "".join(f"{digest}  {name}\n" for digest, name in sums).encode()


# --- The list for programs ------------------------------------------------------------------------


def manifest(dossier: Dossier) -> bytes:
    """JSON in UTF-8. Days are days in Belgium, moments carry their offset; null is not known."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "made_by": "SimExit",
        "language": dossier.language,
        "state_of": _moment(dossier.state_of),
        "case": _case(dossier.case),
        "proofs": [_proof(proof) for proof in dossier.proofs],
        "files": [_file(file) for file in dossier.files],
        "letters": [_letter(sent) for sent in dossier.letters],
        "timeline": [_event(entry) for entry in dossier.timeline],
    }
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def _case(case: Case) -> dict[str, Any]:
    operator = case.procedure.operator
    return {
        "reference": case.reference,
        "operator": operator.name,
        "company": operator.legal_name,
        "plan": case.procedure.plan,
        "procedure_version": case.procedure.version,
        "email": case.owner.email,
        "phone_number": str(case.phone_number),
        "customer_number": case.customer_number,
        **{name: _plain(getattr(case, name)) for name in CASE_FACTS},
        "disputed_eur": None if case.disputed is None else str(case.disputed),
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {"title": proof.title, "day": _plain(proof.on), "files": list(proof.files)}


def _file(filed: Filed) -> dict[str, Any]:
    row = filed.evidence
    return {
        "number": filed.number,
        "path": filed.path,
        "name": row.name,
        "proves": row.proves,
        "day": _plain(row.day),
        "note": row.note,
        "content_type": row.content_type,
        "size": row.size,
        "sha256": row.sha256,
        "original_sha256": row.original_sha256,
        "uploaded_at": _moment(row.uploaded_at),
        "mail": _mail(filed),
    }


def _mail(filed: Filed) -> dict[str, Any] | None:
    message = filed.message
    if message is None:
        return None
    return {
        "from": message.sender,
        "to": message.recipients,
        "date": _moment(message.sent_at) if message.sent_at else None,
        "subject": message.subject,
        "message_id": message.message_id,
        "attachments": message.attachments,
    }


def _letter(sent: Sent) -> dict[str, Any]:
    letter = sent.letter
    return {
        "number": sent.number,
        "path": sent.path,
        "kind": letter.kind,
        "language": letter.language,
        "subject": letter.subject,
        "sent_on": _plain(letter.sent_on),
        "channel": letter.channel,
        "registered_number": letter.registered_number,
        "size": letter.size,
        "sha256": letter.sha256,
        "files": list(sent.files),
    }


def _event(entry: Entry) -> dict[str, Any]:
    return {
        "at": _moment(entry.at),
        "title": entry.title,
        "text": entry.text,
        "by_clock": entry.by_clock,
        "undone": entry.undone,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(BRUSSELS).isoformat()


def _plain(value: Any) -> Any:
    """As JSON can hold it."""
    return value.isoformat() if hasattr(value, "isoformat") else value
