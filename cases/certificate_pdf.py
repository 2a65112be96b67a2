"""The certificate: where a case stands, on one page, with what is missing."""

from __future__ import annotations

from typing import Final

from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.case_paper import (
    Block,
    Row,
    Told,
    disclaimer,
    entry,
    facts,
    heading,
    paper,
    quiet,
    text,
)
from cases.checks import answered
from cases.dossier import Dossier, Filed
from cases.models import Case
from simexit.lib.urls import absolute

# What fits on the one page, whatever the files are called.
FILES: Final = 12
NAME_LENGTH: Final = 45  # letters


def pdf(dossier: Dossier) -> bytes:
    """The same state in the same language gives the same bytes."""
    with translation.override(dossier.language):
        closed = dossier.case.status == Case.Status.CLOSED
        title = _("Closing certificate") if closed else _("Where this case stands")
        return paper(dossier, title, Certificate(dossier).all(title), compact=True)


class Certificate(Told):
    """The blocks of the certificate."""

    def all(self, title: str) -> list[Block]:
        return [
            heading(title, level=1),
            facts(self._about()),
            heading(_("The four dates")),
            facts(self.dates()),
            heading(_("The four proofs")),
            facts(map(self.proof, self.dossier.proofs)),
            heading(_("What is missing")),
            text(self._missing()),
            heading(_("Files")),
            *self._files(),
            quiet(f"{disclaimer()} {absolute('/')}"),
        ]

    def _about(self) -> list[Row]:
        case, operator = self.case, self.case.procedure.operator
        return [
            (_("Case"), [case.reference]),
            (_("State of"), [self.moment(self.dossier.state_of)]),
            (_("Operator"), [", ".join(filter(None, [operator.name, operator.legal_name]))]),
            (_("Mobile number"), [case.phone_number.as_international]),
            (_("Customer number"), [case.customer_number] if case.customer_number else []),
            (_("Plan"), [case.procedure.get_plan_display()]),
            (_("Aim"), [case.get_goal_display()]),
        ]

    def _missing(self) -> str:
        lacking = [one.title for one in self.dossier.proofs if not one.on and one.needed]
        unproved = [one.title for one in self.dossier.proofs if one.on and not one.files]
        sentences = []
        if lacking:
            sentences.append(_("Not reached: %(proofs)s.") % {"proofs": ", ".join(lacking)})
        if unproved:
            words = _("Said by the person, without a file: %(proofs)s.")
            sentences.append(words % {"proofs": ", ".join(unproved)})
        if untested := self._untested():
            sentences.append(_("Not tested: %(what)s.") % {"what": ", ".join(untested)})
        return " ".join(sentences) or _("Nothing: each proof has its day and its file.")

    def _untested(self) -> list[str]:
        """Questions about the line and the last bill that nobody answered, once it is over."""
        if not self.case.ended_on:
            return []
        asked = answered(self.case, self.dossier.checks)
        return [str(one.short) for one in asked if not one.result]

    def _files(self) -> list[Block]:
        files = self.dossier.files
        if not files:
            return [text(_("No file is stored in this case."))]
        blocks = [self._file(file) for file in files[-FILES:]]
        if rest := len(files) - len(blocks):
            words = ngettext(
                "%(count)s earlier file stands in the dossier.",
                "%(count)s earlier files stand in the dossier.",
                rest,
            )
            blocks.append(text(words % {"count": rest}))
        return blocks

    def _file(self, file: Filed) -> Block:
        row = file.evidence
        name = Truncator(row.name).chars(NAME_LENGTH)
        title = f"{name} · {row.get_proves_display()}"
        return entry(str(file.number), title, [], [("SHA-256", row.sha256)])
