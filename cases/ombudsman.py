"""The Ombudsman for Telecommunications and who else there is: where to write, whom to call.

Read on the pages that the catalogue's sources name, on the days that stand there. The newest dated
page with the address is of 2019; the e-mail addresses stand on the old site alone, so that they are
shown as not verified. Names of persons are left out: they change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

ADDRESS: Final = {
    "nl": ["Ombudsdienst voor telecommunicatie", "Koning Albert II-laan 8 bus 3", "1000 Brussel"],
    "fr": [
        "Service de médiation pour les télécommunications",
        "Boulevard du Roi Albert II 8 boîte 3",
        "1000 Bruxelles",
    ],
}
ADDRESS_SOURCES: Final = ("fps_belmed", "om_ar2015")
HOW_TO_COMPLAIN: Final = (("om_en_new", _("English")), ("om_how_nl", _("Dutch")))
PHONES: Final = ((_("Dutch"), "02 223 09 09"), (_("French"), "02 223 06 06"))  # 9:00 to 17:00
EMAILS: Final = ("klachten@ombudsmantelecom.be", "plaintes@mediateurtelecom.be")
EMAIL_SOURCES: Final = ("om_contact_old",)

# How long it has to decide; it may take the same time once more.
DECIDES_WITHIN: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody else whom people think of. sources: of the catalogue."""

    name: str
    text: StrPromise
    sources: tuple[str, ...]


OTHERS: Final = (
    Desk(
        "ConsumerConnect",
        _(
            "The desk of the FPS Economy for all complaints of consumers, at consumerconnect.be. It"
            " names the right ombudsman."
        ),
        ("echo_cc", "stibbe_cc"),
    ),
    Desk(
        "BIPT",
        _("The regulator watches over the operators, but does not handle the case of one person."),
        ("bipt_faq199",),
    ),
)
