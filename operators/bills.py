"""Where the customer number stands at each operator: what was read, and what to draw of it.

Pure Python. The drawing is our own and shows no real layout: a few blocks that every bill has, with
the part marked in which the number stands. Where nobody wrote it down, nothing is marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from operators.passages import Passage
from simexit.lib.marks import gettext_noop


class Place(Enum):
    """What the drawing marks. A template reads the value."""

    HEAD = "head"  # the top of the first page, as wide as the page
    FIRST_PAGE = "first_page"  # somewhere on it
    ACCOUNT = "account"  # not on paper: in the online account
    UNKNOWN = "unknown"

    @property
    def on_paper(self) -> bool:
        return self is not Place.ACCOUNT


@dataclass(frozen=True, slots=True)
class Bill:
    """printed: the word beside the number, as read on the bill; not translated.

    way: in the online account, what to press, in its order, as the operator names it.
    """

    slug: str
    name: str
    place: Place
    passages: tuple[Passage, ...]
    printed: str = ""
    printed_language: str = ""
    way: tuple[str, ...] = ()


KNOWN: Final = (
    Bill(
        "proximus",
        "Proximus",
        Place.HEAD,
        (
            Passage(
                gettext_noop(
                    "On a bill for mobile numbers alone: in the block at the top, with the date of "
                    "the bill and your address. In Dutch it is called “Klantenrekening”."
                ),
                ("px_bill",),
            ),
            Passage(
                gettext_noop(
                    "Proximus is moving people to a newer layout, the payment statement. Where the "
                    "number stands on it, we did not read."
                ),
                ("px_statement",),
            ),
        ),
        printed="Klantenrekening",
        printed_language="nl",
    ),
    Bill(
        "base",
        "BASE",
        Place.HEAD,
        (
            Passage(
                gettext_noop(
                    "In the top section of the bill, with your login, the last day to pay and the "
                    "total. A newer page of BASE calls it “customer account number”."
                ),
                ("base_bill", "base_bill_parts"),
            ),
            Passage(
                gettext_noop("No bill at hand? The My BASE app shows your latest bills."),
                ("base_bill_parts",),
            ),
        ),
    ),
    Bill(
        "scarlet",
        "Scarlet",
        Place.FIRST_PAGE,
        (
            Passage(
                gettext_noop(
                    "On the first page of the bill, and in MyScarlet under Products, at the bottom."
                ),
                ("sc_cancel",),
            ),
        ),
    ),
    Bill(
        "digi",
        "DIGI",
        Place.ACCOUNT,
        (
            Passage(
                gettext_noop("In MyDIGI: press your name, then “View account”."),
                ("digi_my",),
            ),
            Passage(
                gettext_noop(
                    "The bill has a block “References” that DIGI wants you to have at hand when "
                    "you ask something. Whether the customer number is in it, it does not say."
                ),
                ("digi_invoice",),
            ),
        ),
        way=("MyDIGI", "View account"),
    ),
)

# Nobody wrote down where it stands. What we know is where the bills are.
NOT_KNOWN: Final = (
    Bill("carrefour-mobile", "Carrefour Mobile", Place.UNKNOWN, ()),
    Bill(
        "edpnet",
        "EDPnet",
        Place.UNKNOWN,
        (
            Passage(
                gettext_noop(
                    "Your bills are in My edpnet, under “My administration” and “My invoices and "
                    "credit notes”."
                ),
                ("edp_invoice",),
            ),
        ),
    ),
    Bill(
        "hey",
        "hey!",
        Place.UNKNOWN,
        (Passage(gettext_noop("Your bills are in My hey!."), ("hey_pay",)),),
    ),
    Bill("jim-mobile", "JIM Mobile", Place.UNKNOWN, ()),
    Bill("lycamobile", "Lycamobile", Place.UNKNOWN, ()),
    Bill(
        "mobile-vikings",
        "Mobile Vikings",
        Place.UNKNOWN,
        (
            Passage(
                gettext_noop("Your bills are in your account. For a prepaid card there are none."),
                ("mv_bill",),
            ),
        ),
    ),
    Bill("neibo", "Neibo", Place.UNKNOWN, ()),
    Bill("orange", "Orange", Place.UNKNOWN, ()),
    Bill("tadaam", "TADAAM", Place.UNKNOWN, ()),
    Bill(
        "telenet",
        "Telenet",
        Place.UNKNOWN,
        (
            Passage(
                gettext_noop("Your bills are in MyTelenet. In Dutch a bill is an “aanrekening”."),
                ("tn_usage",),
            ),
        ),
    ),
    Bill("undo", "UNDO", Place.UNKNOWN, ()),
    Bill(
        "voo",
        "VOO",
        Place.UNKNOWN,
        (
            Passage(
                gettext_noop(
                    "VOO was to go over to Orange by the middle of 2026; we did not see whether it "
                    "is done. Take the number on the newest bill."
                ),
                ("brf_voo",),
            ),
        ),
    ),
    Bill("youfone", "Youfone Belgium", Place.UNKNOWN, ()),
)
GENERAL: Final = Bill("general", "", Place.UNKNOWN, ())
BILLS: Final[Mapping[str, Bill]] = {bill.slug: bill for bill in (*KNOWN, *NOT_KNOWN)}
