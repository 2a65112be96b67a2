"""What to do when the operator stays silent or bills on: second letter, complaint, Ombudsman.

Each step is opened by facts of the case. One that is not open says why, and from which day on;
nobody is kept from taking it all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases import ombudsman, schedule
from cases.letters import COMPLAINTS
from cases.models import Case, Check, Evidence, Letter
from operators.models import LetterKind

K = LetterKind
SECOND_LETTER, COMPLAINT, OMBUDSMAN = "second_letter", "complaint", "ombudsman"
WORKS: Final = (Check.Question.LINE_CALL, Check.Question.LINE_TEXT, Check.Question.LINE_DATA)


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder of complaints.

    state: done, skipped, open, or closed. why: what opened it, or what is missing. opens_on: the
    day from which on it will be open by itself, where one is known. letters: kinds that are ready.
    """

    key: str
    title: str
    state: str
    why: str
    done_on: date | None = None
    opens_on: date | None = None
    letters: tuple[LetterKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the case holds, as far as steps hang on it."""

    letters: list[Letter]
    files: list[Evidence]
    checks: list[Check]

    @classmethod
    def of(cls, case: Case) -> Proof:
        return cls(
            letters=list(case.letters.all()),
            files=list(case.evidence.kept()),
            checks=list(case.checks.all()),
        )

    def sent(self, kinds: Iterable[str], *, since: date = date.min) -> date | None:
        """The first day from then on, on which a letter of one of these kinds left."""
        wanted = set(kinds)
        days = [one.sent_on for one in self.letters if one.sent_on and one.kind in wanted]
        return min((day for day in days if day >= since), default=None)

    def says_no(self, questions: Iterable[str]) -> bool:
        wanted = set(questions)
        return any(row.result == Check.Result.NO for row in self.checks if row.question in wanted)

    def shows(self, what: str) -> bool:
        return any(file.proves == what for file in self.files)


def steps(case: Case, proof: Proof, *, today: date) -> list[Step]:
    """The three steps in order. today: in Belgium."""
    first = _second_letter(case, proof, today=today)
    return [first, _complaint(case, proof, first), _ombudsman(case, proof, today=today)]


def next_step(steps: Iterable[Step]) -> Step | None:
    """The furthest step that is open: what to do now, if anything is."""
    return next((step for step in reversed(list(steps)) if step.state == "open"), None)


def is_billed_on(case: Case, proof: Proof) -> bool:
    """Whether money is asked for that is not owed."""
    wrong = (question for question in Check.BILL if question != Check.Question.BILL_DIRECT_DEBIT)
    return (
        case.final_bill_right is False
        or bool(case.disputed)
        or proof.shows(Evidence.Proves.STILL_BILLED)
        or proof.says_no(wrong)
    )


def clock(case: Case) -> list[tuple[date, str]]:
    """The days that count from here on, in their order."""
    days = [
        (case.complained_on, _("you complained to the operator in writing")),
        (
            case.complaint_year_ends,
            _("your complaint is a year old: from then on the Ombudsman may refuse it"),
        ),
        (case.ombudsman_on, _("the Ombudsman has your complaint")),
    ]
    if case.ombudsman_on:
        first = case.ombudsman_on + ombudsman.DECIDES_WITHIN
        days += [
            (case.collection_rests_until, _("until then at most, the sum in dispute may rest")),
            (first, _("the Ombudsman decides within 90 days")),
            (first + ombudsman.DECIDES_WITHIN, _("it may take 90 days more")),
        ]
    return sorted(((day, text) for day, text in days if day), key=lambda pair: pair[0])


# --- The steps ------------------------------------------------------------------------------------


def _second_letter(case: Case, proof: Proof, *, today: date) -> Step:
    title = _("Ask the new operator") if case.is_port else _("Second letter")
    # It says that no confirmation came, and that the contract was ended.
    fits = not case.is_port and not case.confirmed_on
    letters = (K.SECOND_LETTER,) if fits else ()
    done_on = proof.sent([K.SECOND_LETTER])
    if done_on:
        why = _("You sent it on %(day)s.") % {"day": _in_words(done_on)}
        return Step(SECOND_LETTER, title, "done", why, done_on=done_on, letters=letters)
    if case.complained_on:
        why = _("Not needed any more: you have complained.")
        return Step(SECOND_LETTER, title, "skipped", why)
    if reason := _why_to_write(case, proof, today=today):
        return Step(SECOND_LETTER, title, "open", reason, letters=letters)
    why, opens_on = _why_to_wait(case)
    return Step(SECOND_LETTER, title, "closed", why, opens_on=opens_on, letters=letters)


def _why_to_write(case: Case, proof: Proof, *, today: date) -> str:
    """What opens the first step; empty where nothing does."""
    if is_billed_on(case, proof):
        return _("They bill on, or a bill is wrong.")
    if proof.says_no(WORKS):
        return (
            _("The number does not work with the new SIM card.")
            if case.is_port
            else _("The line still works.")
        )
    if case.ended_on is None and case.sent_on and case.end_date and case.end_date < today:
        day = {"day": _in_words(case.end_date)}
        return _("The end date was %(day)s, and nothing says that it is over.") % day
    if case.status == Case.Status.REQUESTED and case.confirm_by and case.confirm_by <= today:
        words = {"day": _in_words(case.sent_on), "by": _in_words(case.confirm_by)}
        return _("Sent on %(day)s. An answer was to be expected by %(by)s.") % words
    return ""


def _why_to_wait(case: Case) -> tuple[str, date | None]:
    """Why the first step is not open, and from which day on it is."""
    if not case.is_open:
        return _("The case is over. If they bill you again, open it first."), None
    if case.sent_on is None:
        return _("Nothing was sent yet."), None
    if case.ended_on:
        return _("Open as soon as a bill comes that should not have come."), None
    after_end = case.end_date + timedelta(days=1) if case.end_date else None
    if case.status == Case.Status.REQUESTED:
        days = [day for day in (case.confirm_by, after_end) if day]
        return _("The operator still has time to answer."), min(days)
    return _("The operator has confirmed. Wait for the end date."), after_end


def _complaint(case: Case, proof: Proof, first: Step) -> Step:
    title, letters = _("Formal complaint"), _complaints(case, proof)
    if case.complained_on:
        why = _("You complained on %(day)s.") % {"day": _in_words(case.complained_on)}
        return Step(COMPLAINT, title, "done", why, done_on=case.complained_on, letters=letters)
    if is_billed_on(case, proof) and case.is_open:
        why = _("They bill on, or a bill is wrong: complain now.")
        return Step(COMPLAINT, title, "open", why, letters=letters)
    if first.state == "done":
        why = _("Your second letter left on %(day)s. Without an answer, complain.")
        words = {"day": _in_words(first.done_on)}
        return Step(COMPLAINT, title, "open", why % words, letters=letters)
    if first.state == "open" and not first.letters:
        return Step(COMPLAINT, title, "open", first.why, letters=letters)
    if first.state == "open":
        why = _("First write the second letter: that is a last chance to answer.")
        return Step(COMPLAINT, title, "closed", why, letters=letters)
    why = _("Open after the second letter, or as soon as they bill on.")
    return Step(COMPLAINT, title, "closed", why, opens_on=first.opens_on, letters=letters)


def _complaints(case: Case, proof: Proof) -> tuple[LetterKind, ...]:
    """The letters that fit what is wrong, the likeliest first."""
    if case.is_port and case.ended_on is None:
        return (K.COMPLAINT_LATE_PORT,)
    if not case.confirmed_on and not is_billed_on(case, proof):
        return (K.COMPLAINT_NO_CONFIRMATION,)
    kinds = [K.COMPLAINT_STILL_BILLED, K.COMPLAINT_FEE]
    if proof.says_no([Check.Question.BILL_DEVICE]):
        kinds.insert(0, K.COMPLAINT_RESIDUAL_VALUE)
    return tuple(kinds)


def _ombudsman(case: Case, proof: Proof, *, today: date) -> Step:
    title, letters = _("Ombudsman"), (K.OMBUDSMAN,)
    if case.ombudsman_on:
        why = _("The Ombudsman has your complaint since %(day)s.")
        words = {"day": _in_words(case.ombudsman_on)}
        done_on = case.ombudsman_on
        return Step(OMBUDSMAN, title, "done", why % words, done_on=done_on, letters=letters)
    if case.complaint_settled:
        return Step(OMBUDSMAN, title, "done", _("Filed, or settled with the operator."))
    if case.complained_on is None:
        why = _("The Ombudsman needs your written complaint to the operator first, with proof.")
        return Step(OMBUDSMAN, title, "closed", why, letters=letters)
    if not is_complaint_proven(case, proof):
        why = _(
            "The Ombudsman wants to see your complaint to the operator. Store it in this case: the"
            " letter, the mail, the receipt of the post office."
        )
        return Step(OMBUDSMAN, title, "closed", why, letters=letters)
    ends = case.complaint_year_ends
    if ends and ends <= today:
        why = _(
            "Your complaint is older than a year, so that the Ombudsman may refuse it. Say so"
            " yourself, and what has happened since."
        )
    else:
        why = _("You complained on %(day)s. If that did not help, write to the Ombudsman.")
    return Step(
        OMBUDSMAN, title, "open", why % {"day": _in_words(case.complained_on)}, letters=letters
    )


def is_complaint_proven(case: Case, proof: Proof) -> bool:
    """Whether the case holds the complaint: the letter that left, or a file from that day or later
    that shows its sending or its receipt."""
    since = case.complained_on
    if since is None:
        return False
    if proof.sent(COMPLAINTS, since=since):
        return True
    shows = (Evidence.Proves.SENT, Evidence.Proves.RECEIVED)
    return any(
        file.proves in shows and (file.day or schedule.today(file.uploaded_at)) >= since
        for file in proof.files
    )


def _in_words(day: date | None) -> str:
    return date_format(day, pgettext("format of a day, as in 23 Nov 2026", "j M Y")) if day else ""
