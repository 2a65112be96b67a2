"""A case that is owed a mail of each kind, and the way to that mail: by sending what is due."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.core import mail
from django.core.mail import EmailMultiAlternatives

from accounts.models import User
from cases import reminders
from cases.models import Case, Reminder
from cases.schedule import Kind
from operators.models import ChannelKind, Operator, Plan, Procedure
from tests.factories import NOW, TODAY, make_case, make_evidence, make_operator, make_procedure

NUMBER = "+32470123321"
NOTE = "Ask <Ann> in the shop & call"
ANSWER_LINK = re.compile(r"https://simexit\.test/r/[\w:-]+/")


def operator() -> Operator:
    return Operator.objects.filter(slug="tele").first() or make_operator("Télé & Co", slug="tele")


def procedure(plan: str) -> Procedure:
    known = Procedure.objects.filter(operator=operator(), plan=plan).first()
    return known or make_procedure(operator=operator(), plan=plan)


def case_owed(kind: Kind, *, owner: User, **facts: Any) -> Case:
    """A case that will be owed a mail of this kind; `facts` as for `make_case`."""
    defaults: dict[str, Any] = {"plan": Plan.POSTPAID, "channel": ChannelKind.EMAIL}
    match kind:
        case Kind.FINISH_PREPARING | Kind.OWN_DATE:
            defaults |= {"opened_on": TODAY}
        case Kind.CONFIRM_RECEIPT_OF_REQUEST:
            defaults |= {"requested_on": TODAY}
        case Kind.CONFIRM_CANCELLATION:
            defaults |= {"requested_on": TODAY, "channel": ChannelKind.LETTER}
        case Kind.CHECK_LINE | Kind.KEEP_RECEIPT:
            defaults |= {"confirmed_on": TODAY, "ends_on": TODAY + timedelta(days=20)}
        case Kind.CLAIM_PREPAID_CREDIT:
            defaults |= {"plan": Plan.PREPAID, "goal": Case.Goal.PORT, "ended_on": TODAY}
        case _:
            defaults |= {"ended_on": TODAY}
    facts = defaults | facts
    case = make_case(
        owner=owner, procedure=procedure(facts.pop("plan")), phone_number=NUMBER, **facts
    )
    if kind == Kind.OWN_DATE:
        case.add_own_date(TODAY + timedelta(days=1), note=NOTE, by=owner, at=NOW)
    if kind == Kind.KEEP_UNTIL:
        make_evidence(case)
        case.close(by=owner, at=NOW)
    if kind == Kind.OMBUDSMAN_CLOCK:
        case.complain(complained_on=TODAY, by=owner, at=NOW)
    return case


def send_until(case: Case, kind: Kind, ordinal: int = 1) -> tuple[Reminder, EmailMultiAlternatives]:
    """Sends what is due, mail after mail, until the one of this kind and number is out."""
    wanted = case.reminders.filter(kind=kind, ordinal=ordinal)
    while not wanted.filter(status=Reminder.Status.SENT).exists():
        due = case.reminders.planned().order_by("try_at").first()
        assert due, "nothing is planned any more"
        reminders.send_due(at=due.try_at)
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    return wanted.get(), message


def html_of(message: EmailMultiAlternatives) -> str:
    content, content_type = message.alternatives[0]
    assert content_type == "text/html"
    return str(content)


def answer_links(message: EmailMultiAlternatives) -> list[str]:
    """Every link of ours that a press or a scanner may open, in the order of the text."""
    return list(dict.fromkeys(ANSWER_LINK.findall(str(message.body))))
