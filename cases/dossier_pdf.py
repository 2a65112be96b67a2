"""The dossier on paper: words around what `dossier.py` collects."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter

from babel.numbers import format_currency
from django.utils import translation
from django.utils.translation import gettext as _

from cases.case_paper import (
    Block,
    Row,
    Told,
    disclaimer,
    entry,
    facts,
    filled,
    heading,
    listed,
    numbers,
    paper,
    quiet,
    text,
)
from cases.dossier import Contact, Dossier, Filed, Reference, Rule, Sent
from cases.letters import LANGUAGES
from cases.models import Message
from cases.models.check import question
from cases.timeline import Entry


def pdf(dossier: Dossier) -> bytes:
    """The same state in the same language gives the same bytes."""
    with translation.override(dossier.language):
        title = _("Dossier %(reference)s") % {"reference": dossier.case.reference}
        return paper(dossier, title, Pages(dossier).all())


class Pages(Told):
    """The blocks of the dossier."""

    def all(self) -> list[Block]:
        return [
            *self._title_page(),
            *self._index(),
            *self._letters(),
            *self._mails(),
            *self._talks(),
            *self._checks(),
            *self._timeline(),
            *self._rules(),
            *self._references(),
        ]

    # --- The first page -------------------------------------------------------------------------

    def _title_page(self) -> list[Block]:
        name = self.case.operator_name
        return [
            heading(_("Dossier"), level=1),
            text(_("Leaving %(operator)s") % {"operator": name}),
            facts(self._about()),
            heading(_("The person")),
            facts(self._person()),
            heading(_("The operator")),
            facts(self._operator()),
            heading(_("The four dates")),
            facts(self.dates()),
            heading(_("The four proofs")),
            facts(map(self.proof, self.dossier.proofs)),
            heading(_("What is disputed")),
            facts(self._dispute()),
            quiet(disclaimer()),
            {"kind": "break"},
        ]

    def _about(self) -> list[Row]:
        case = self.case
        return [
            (_("Case"), [case.reference]),
            (_("State of"), [self.moment(self.dossier.state_of)]),
            (_("Plan"), [case.procedure.get_plan_display()]),
            (_("Aim"), [case.get_goal_display()]),
            (_("Status"), [case.get_status_display()]),
        ]

    def _person(self) -> list[Row]:
        case = self.case
        name = _("SimExit does not ask for it.")
        if self.dossier.letters:
            name = _("SimExit does not ask for it; it stands in the letters.")
        return [
            (_("Name and address"), [name]),
            (_("E-mail address"), [case.owner.email]),
            (_("Mobile number"), [case.phone_number.as_international]),
            (_("Customer number"), [case.customer_number or _("missing")]),
        ]

    def _operator(self) -> list[Row]:
        operator = self.case.procedure.operator
        company = [operator.legal_name] if operator.legal_name else []
        contacts = [self._contact(one) for one in self.dossier.contacts]
        return [(_("Name"), [operator.name]), (_("Company"), company), *contacts]

    def _contact(self, contact: Contact) -> Row:
        value = f"{contact.channel.value} {numbers(contact.sources)}"
        if not contact.is_verified:
            value = _("%(contact)s (not verified)") % {"contact": value}
        return (contact.channel.get_kind_display(), [value])

    def _dispute(self) -> list[Row]:
        case = self.case
        amount = ""
        if case.disputed is not None:
            amount = format_currency(case.disputed, "EUR", locale=LANGUAGES[self.language])
        nothing = _("nothing recorded")
        year = case.complaint_year_ends
        return [
            (_("Disputed sum"), [amount or nothing]),
            (
                _("Complained to the operator on"),
                [self.day(case.complained_on) if case.complained_on else nothing],
            ),
            (_("A year after the complaint"), [self.day(year)] if year else []),
            (
                _("With the Ombudsman since"),
                [self.day(case.ombudsman_on) if case.ombudsman_on else nothing],
            ),
        ]

    # --- What lies in it ------------------------------------------------------------------------

    def _index(self) -> list[Block]:
        files = [self._file(file) for file in self.dossier.files]
        blocks = files or [text(_("No file is stored in this case."))]
        if self.case.receipt_elsewhere:
            blocks.append(text(_("The written confirmation is kept elsewhere.")))
        return [heading(_("Index of files")), *blocks]

    def _file(self, file: Filed) -> Block:
        row = file.evidence
        day = self.day(row.day) if row.day else _("not recorded")
        hashes = [("SHA-256", row.sha256)]
        if row.original_sha256 != row.sha256:
            hashes.append((_("SHA-256 of the upload"), row.original_sha256))
        lines = [
            _("Proves: %(what)s") % {"what": row.get_proves_display()},
            _("Day: %(day)s; %(size)s, stored on %(moment)s")
            % {
                "day": day,
                "size": self.size(row.size),
                "moment": self.moment(row.uploaded_at),
            },
            filled(_("Note: %(note)s"), note=row.note),
        ]
        return entry(str(file.number), row.name, lines, hashes)

    def _letters(self) -> list[Block]:
        letters = [self._letter(sent) for sent in self.dossier.letters]
        none = [text(_("No letter of this case was recorded as sent."))]
        return [heading(_("Letters that were sent")), *(letters or none)]

    def _letter(self, sent: Sent) -> Block:
        letter = sent.letter
        lines = [
            letter.subject,
            filled(_("To: %(recipient)s"), recipient=", ".join(letter.recipient.splitlines())),
            _("Sent on %(day)s by: %(channel)s")
            % {"day": self.day(letter.sent_on), "channel": letter.get_channel_display()},
            filled(_("Number of the registered mail: %(number)s"), number=letter.registered_number),
            filled(_("Files that lie with it: %(numbers)s"), numbers=listed(sent.files)),
            filled(
                _("What it says of the law was read in: %(numbers)s"),
                numbers=numbers(sent.sources),
            ),
        ]
        mark = _("L%(number)s") % {"number": sent.number}
        return entry(mark, letter.get_kind_display(), lines, [("SHA-256", letter.sha256)])

    def _mails(self) -> list[Block]:
        mails = [self._mail(file, message) for file, message in self.dossier.messages]
        none = [text(_("No mail lies among the files."))]
        blocks = [heading(_("Mails")), *(mails or none)]
        if self.dossier.reminders:
            blocks += [
                heading(_("Reminders that SimExit sent to the person"), level=3),
                facts(
                    (self.moment(one.at), one.text.splitlines() or [one.title])
                    for one in self.dossier.reminders
                ),
            ]
        return blocks

    def _mail(self, file: Filed, message: Message) -> Block:
        missing = _("missing")
        names = ", ".join(str(one.get("name") or missing) for one in message.attachments)
        sent = self.moment(message.sent_at) if message.sent_at else missing
        lines = [
            _("From: %(sender)s") % {"sender": message.sender or missing},
            _("To: %(recipients)s")
            % {"recipients": ", ".join(message.recipients.splitlines()) or missing},
            _("Date: %(moment)s") % {"moment": sent},
            _("Subject: %(subject)s") % {"subject": message.subject or missing},
            filled(_("Attachments: %(names)s"), names=names),
        ]
        return entry(str(file.number), file.evidence.name, lines, [])

    def _talks(self) -> list[Block]:
        if not self.dossier.talks:
            return []
        talks = [
            entry(str(file.number), file.evidence.name, file.said, [])
            for file in self.dossier.talks
        ]
        return [heading(_("Calls and visits, as the person wrote them down")), *talks]

    def _checks(self) -> list[Block]:
        if not self.dossier.checks:
            return []
        moves = self.case.is_port
        rows = [
            (
                question(check.question, moves=moves),
                [check.get_result_display(), self.moment(check.at)],
            )
            for check in self.dossier.checks
        ]
        return [heading(_("What the person looked at")), facts(rows)]

    def _timeline(self) -> list[Block]:
        return [
            heading(_("What happened")),
            {"kind": "timeline", "entries": [self._event(one) for one in self.dossier.timeline]},
        ]

    def _event(self, entry: Entry) -> Block:
        title = entry.title
        if entry.undone:
            title = _("%(what)s (undone)") % {"what": title}
        return {
            "moment": self.moment(entry.at),
            "title": title,
            "undone": entry.undone,
            "lines": [line for line in entry.text.splitlines() if line.strip()],
        }

    # --- What it rests on -----------------------------------------------------------------------

    def _rules(self) -> list[Block]:
        intro = _(
            "SimExit tells people these rules in its own words, in version %(version)s of its page"
            " about this operator. The numbers lead to the sources below."
        ) % {"version": self.case.procedure.version}
        none = [text(_("No rule with a source of an authority is recorded for this operator."))]
        by_topic = groupby(self.dossier.rules, key=attrgetter("topic"))
        rules = [self._topic(topic, group) for topic, group in by_topic]
        return [heading(_("The law relied on")), quiet(intro), *(rules or none)]

    def _topic(self, topic: str, rules: Iterable[Rule]) -> Block:
        return entry("", topic, [f"{rule.text} {numbers(rule.sources)}" for rule in rules], [])

    def _references(self) -> list[Block]:
        if not self.dossier.references:
            return []
        return [
            heading(_("Sources")),
            *(self._reference(one) for one in self.dossier.references),
        ]

    def _reference(self, one: Reference) -> Block:
        read = _("read on %(day)s") % {"day": self.day(one.checked_on)}
        if one.published:
            read += "; " + _("date of the source: %(date)s") % {"date": one.published}
        return entry(numbers([one.number]), one.title, [one.url, read], [])
