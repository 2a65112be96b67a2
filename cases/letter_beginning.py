"""What the form of a letter is filled with before anybody types: from the operator's page, and from
the case. Each is a suggestion that the person may change."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from cases import ombudsman
from cases.letter_kinds import TALKED
from cases.letters import post_code, usual_language
from cases.models import Case
from operators.models import Channel, ChannelKind, LetterKind, Procedure
from operators.page import ANY_OTHER


@dataclass(frozen=True, slots=True)
class Beginning:
    """values: by field of the form. remarks: by field, where its value comes from."""

    values: dict[str, Any] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)


def from_operator(
    procedure: Procedure | None, channels: list[Channel], *, kind: str, reader: str
) -> Beginning:
    """What is known where somebody comes from an operator's page, or from nowhere.

    channels: of the procedure. reader: the language of the interface.
    """
    lines = recipient_lines(procedure, channels) if procedure else []
    language, reason = suggested(lines, reader)
    values: dict[str, Any] = {"language": language, "recipient": "\n".join(lines)}
    remarks = {"language": reason}
    if procedure and procedure.operator.slug != ANY_OTHER:
        values["operator"] = procedure.operator.name
    if kind == LetterKind.OMBUDSMAN:
        values["recipient"] = "\n".join(ombudsman.ADDRESS["nl" if language == "nl" else "fr"])
        remarks["recipient"] = _(
            "The newest page that we found with this address is of 2019: look on"
            " ombudsmantelecom.be before you send it."
        )
    elif lines:
        remarks["recipient"] = _(
            "From our page about the operator. If your bill names another address, take that one."
        )
    return Beginning(values, remarks)


def from_case(case: Case, channels: list[Channel], *, kind: str, reader: str) -> Beginning:
    """What the case knows besides. channels: of its own version of the procedure."""
    begun = from_operator(case.procedure, channels, kind=kind, reader=reader)
    known = {
        "phone_number": case.phone_number.as_national,
        "customer_number": case.customer_number,
        "wanted_end": case.wanted_end,
        "reference_number": case.reference_number,
        "spoke_to": case.spoke_to,
        "answer_email": case.owner.email,
        "complained_on": case.complained_on,
        "confirmed_on": case.confirmed_on,
        **_how_it_was_sent(case),
        **_how_it_ended(case),
    }
    return Beginning(begun.values | known, begun.remarks)


def _how_it_was_sent(case: Case) -> dict[str, Any]:
    talked = case.channel in TALKED
    return {
        "sent_on": case.sent_on,
        "called_on": case.sent_on if talked else None,
        "channel": "registered_letter" if _was_registered(case) else case.channel,
    }


def _was_registered(case: Case) -> bool:
    if case.channel != ChannelKind.LETTER:
        return False
    return case.letters.sent().filter(sent_on=case.sent_on).exclude(registered_number="").exists()


def _how_it_ended(case: Case) -> dict[str, date | None]:
    return {"ported_on" if case.is_port else "ended_on": case.ended_on}


def recipient_lines(procedure: Procedure, channels: list[Channel]) -> list[str]:
    """The company and its address, one line each as on an envelope, as far as they are known."""
    operator = procedure.operator
    if operator.slug == ANY_OTHER:
        return []
    company = operator.legal_name or operator.name
    letters = (one.value for one in channels if one.kind == ChannelKind.LETTER and one.value)
    lines = [line.strip() for line in next(letters, "").split(",") if line.strip()]
    if not lines or re.search(r"\d", lines[0]):
        return [company, *lines]
    return [company, *lines[1:]] if company.startswith(lines[0]) else lines


def suggested(lines: list[str], reader: str) -> tuple[str, str]:
    """The language for a letter to or from this address, and why."""
    code = post_code(lines)
    language = usual_language(code, reader)
    names = {"nl": _("Dutch"), "fr": _("French"), "de": _("German")}
    if code and usual_language(code, "nl") == usual_language(code, "fr"):
        reason = _("Suggested: %(language)s, because this letter goes to post code %(code)s.") % {
            "language": names[language],
            "code": code,
        }
    elif language == reader:
        reason = _("Suggested: %(language)s, because you read this page in it.") % {
            "language": names[language]
        }
    elif code:
        reason = _(
            "Suggested: French. The address is in Brussels, where Dutch is as right as French."
        )
    else:
        reason = _("Suggested: French, because we know no address yet.")
    return language, reason + " " + _("If your bills come in another language, choose that one.")
