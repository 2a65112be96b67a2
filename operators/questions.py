"""What newcomers ask, and what we know about it. Pure Python, marked for the translators here.

Nothing stands here that the catalogue's sources do not say, but for advice, which names none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from operators.passages import Passage
from simexit.lib.marks import gettext_noop


@dataclass(frozen=True, slots=True)
class Page:
    """Where to read on: the name of an address with what it takes, and a part of the page."""

    label: str
    name: str
    arguments: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    text: str
    answer: tuple[Passage, ...]
    page: Page


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    name: str
    questions: tuple[Question, ...]


END: Final = Page(gettext_noop("End the line"), "cases:start-answer", ("end",))
PORT: Final = Page(gettext_noop("How to move your number"), "cases:start-answer", ("port",))
LETTERS: Final = Page(gettext_noop("Letters to your operator"), "letters:index")
COSTS: Final = Page(gettext_noop("What leaving costs"), "cases:costs")
STEPS: Final = Page(gettext_noop("The five steps"), "guide:page", ("steps",))

GROUPS: Final = (
    Group(
        "before",
        gettext_noop("Before you write"),
        (
            Question(
                "sim-out",
                gettext_noop("Does my contract end when I take the SIM card out?"),
                (
                    Passage(
                        gettext_noop(
                            "No. If you do not move the number to another operator, you have to "
                            "end the contract yourself."
                        ),
                        ("bipt_faq52",),
                    ),
                    Passage(
                        gettext_noop("Deleting an eSIM from the phone does not end it either."),
                        ("esim_delete",),
                    ),
                ),
                END,
            ),
            Question(
                "stop-paying",
                gettext_noop("Can I simply stop paying?"),
                (
                    Passage(
                        gettext_noop("Better not. Pay what is right, and end the line in writing.")
                    ),
                    Passage(
                        gettext_noop(
                            "At Mobile Vikings an unpaid line gets a minimum service after two "
                            "weeks and none after a month. After three months the number is "
                            "deleted for good."
                        ),
                        ("mv_unpaid",),
                    ),
                    Passage(
                        gettext_noop("Telenet asks 10, 10 and 15 euro for its reminders."),
                        ("tn_fees",),
                    ),
                ),
                Page(gettext_noop("Why end a line at all"), "guide:page", ("why",), part="fees"),
            ),
            Question(
                "fixed-term",
                gettext_noop("How do I see whether my contract has a fixed term?"),
                (
                    Passage(
                        gettext_noop(
                            "Look at the bill. It shows whether the contract is open-ended or for "
                            "a fixed term, and from which day leaving is free."
                        ),
                        ("bipt_faq22", "bipt_faq36"),
                    ),
                    Passage(
                        gettext_noop("A contract runs for 24 months at most."),
                        ("bipt_duration",),
                    ),
                    Passage(
                        gettext_noop(
                            "Was it prolonged by itself? Then you can end it at the time you "
                            "choose, even immediately."
                        ),
                        ("bipt_op_en",),
                    ),
                ),
                COSTS,
            ),
            Question(
                "costs",
                gettext_noop("What does leaving cost?"),
                (
                    Passage(
                        gettext_noop(
                            "An open-ended contract has no fee. A fixed term has none after its "
                            "sixth month; before, you pay at most the fees up to the end of that "
                            "month."
                        ),
                        ("bipt_op_en", "bipt_op_fr", "plus_fee"),
                    ),
                    Passage(
                        gettext_noop(
                            "A phone that came cheaper with the plan: at most the amount in the "
                            "repayment table of your contract. After 24 months it is zero."
                        ),
                        ("bipt_op_en", "bipt_device"),
                    ),
                ),
                COSTS,
            ),
            Question(
                "price-up",
                gettext_noop("The price went up. May I leave?"),
                (
                    Passage(
                        gettext_noop(
                            "Often yes, free of charge, within three months after the operator "
                            "told you. Not when the price only follows the index as your contract "
                            "says. What is left to pay for a phone can still be asked."
                        ),
                        ("bipt_change", "mv_gtc2022"),
                    ),
                ),
                Page(
                    gettext_noop("Other ways than ending"),
                    "guide:page",
                    ("alternatives",),
                    part="move",
                ),
            ),
        ),
    ),
    Group(
        "sending",
        gettext_noop("Sending it"),
        (
            Question(
                "reason",
                gettext_noop("Must I say why I leave?"),
                (
                    Passage(
                        gettext_noop(
                            "No. You may end the contract by any written means, and you need not "
                            "give a reason."
                        ),
                        ("bipt_op_en", "bipt_op_nl"),
                    ),
                    Passage(
                        gettext_noop("If somebody asks all the same, you need not answer."),
                    ),
                ),
                LETTERS,
            ),
            Question(
                "registered",
                gettext_noop("Must it be a registered letter?"),
                (
                    Passage(gettext_noop("No, any written means will do."), ("bipt_op_en",)),
                    Passage(
                        gettext_noop(
                            "An old page of the regulator says that the operator may not insist on "
                            "a registered letter. It is still very strong proof of the day on "
                            "which you sent it."
                        ),
                        ("bipt_faq46",),
                    ),
                ),
                LETTERS,
            ),
            Question(
                "phone-call",
                gettext_noop("Is a phone call enough?"),
                (
                    Passage(
                        gettext_noop(
                            "Do not rely on it. What somebody tells you is worth little until you "
                            "have it in writing."
                        ),
                        ("bipt_faq22",),
                    ),
                    Passage(
                        gettext_noop(
                            "EDPnet accepts no call at all. And to move a number, a call is not "
                            "enough at any operator."
                        ),
                        ("edp_cancel", "bipt_faq40", "bipt_faq48"),
                    ),
                    Passage(
                        gettext_noop("Did you call? Send the same in writing on the same day.")
                    ),
                ),
                STEPS,
            ),
            Question(
                "end-date",
                gettext_noop("On which day does the line end?"),
                (
                    Passage(
                        gettext_noop(
                            "In an open-ended contract, or a fixed term that was prolonged by "
                            "itself, on the day that you choose, even today."
                        ),
                        ("bipt_op_en", "bipt_break_fr"),
                    ),
                    Passage(
                        gettext_noop(
                            "If you name no day, the operator may hold you to the notice in its "
                            "terms."
                        ),
                        ("bipt_faq52",),
                    ),
                    Passage(gettext_noop("So name one in every letter.")),
                ),
                END,
            ),
            Question(
                "language",
                gettext_noop("Which language may I write in?"),
                (
                    Passage(
                        gettext_noop(
                            "We found no rule for letters to the operator. We advise the language "
                            "of your contract; our letters show beside it what each sentence means."
                        )
                    ),
                    Passage(
                        gettext_noop(
                            "The Ombudsman takes complaints in French, Dutch, German and English."
                        ),
                        ("om_fr_new",),
                    ),
                ),
                LETTERS,
            ),
            Question(
                "identity-card",
                gettext_noop("Can the operator ask for a copy of my identity card?"),
                (
                    Passage(
                        gettext_noop(
                            "We know no rule about it. The pages of Proximus and Scarlet on ending "
                            "a line that we read do not ask for one."
                        ),
                        ("px_costs", "px_device", "sc_cancel"),
                    ),
                    Passage(
                        gettext_noop(
                            "Send none of your own accord. If one is asked for, ask why, and cover "
                            "what is not needed. Showing the card in a shop is something else."
                        )
                    ),
                ),
                Page(gettext_noop("The five steps"), "guide:page", ("steps",)),
            ),
        ),
    ),
    Group(
        "number",
        gettext_noop("Your number, your credit, your log-ins"),
        (
            Question(
                "cancel-first",
                gettext_noop("Do I cancel before I move my number?"),
                (
                    Passage(
                        gettext_noop(
                            "No. The order that you give to the new operator is the cancellation. "
                            "You write nothing to the old one."
                        ),
                        ("bipt_faq52",),
                    ),
                    Passage(
                        gettext_noop(
                            "Once a line is dead and the waiting time of its number has begun, the "
                            "number cannot be moved any more."
                        ),
                        ("avolink_port",),
                    ),
                ),
                PORT,
            ),
            Question(
                "credit",
                gettext_noop("What happens to my prepaid credit?"),
                (
                    Passage(
                        gettext_noop(
                            "You can ask it back when the number moves to another operator: from "
                            "the old one, within a month. Bonus does not count, and up to 5 euro "
                            "can be taken off."
                        ),
                        ("bipt_port_nl", "rd_refund_2022"),
                    ),
                    Passage(
                        gettext_noop(
                            "If you simply end the card, Proximus pays nothing back. So use the "
                            "credit first."
                        ),
                        ("px_refund_de",),
                    ),
                ),
                Page(
                    gettext_noop("Use the credit, or claim it"),
                    "guide:page",
                    ("mind",),
                    part="credit",
                ),
            ),
            Question(
                "itsme",
                gettext_noop("Do I need itsme on my new number first?"),
                (
                    Passage(
                        gettext_noop(
                            "If you get another number: yes, while the old one still works. itsme "
                            "sends a code by text to the number when you set it up."
                        ),
                        ("itsme_start",),
                    ),
                    Passage(
                        gettext_noop(
                            "Have your identity card with a card reader at hand, or your bank card "
                            "with the bank's reader."
                        ),
                        ("itsme_start", "itsme_trouble"),
                    ),
                    Passage(
                        gettext_noop("A text with a link to itsme is always a scam."),
                        ("safeonweb_itsme",),
                    ),
                ),
                Page(gettext_noop("What to mind"), "guide:page", ("mind",), part="logins"),
            ),
            Question(
                "pack",
                gettext_noop("Internet and mobile are on one bill. What happens to my number?"),
                (
                    Passage(
                        gettext_noop(
                            "When internet or TV moves with Easy Switch, say for each mobile "
                            "number whether it moves, stays or ends. If you say nothing, it stays "
                            "with the old operator: the price may change, or the number may be "
                            "lost."
                        ),
                        ("bipt_easy_switch",),
                    ),
                ),
                Page(
                    gettext_noop("Internet or TV moves too"),
                    "cases:start-answer",
                    ("easy_switch",),
                ),
            ),
        ),
    ),
    Group(
        "after",
        gettext_noop("After you sent it"),
        (
            Question(
                "no-answer",
                gettext_noop("What if they never answer?"),
                (
                    Passage(
                        gettext_noop(
                            "We advise to write again after three working days, in a second way, "
                            "and to keep both messages. If that does not help, complain to the "
                            "operator in writing."
                        )
                    ),
                    Passage(
                        gettext_noop(
                            "Then the Ombudsman for Telecommunications can help, free of charge. "
                            "It may refuse a complaint that you made to the operator more than a "
                            "year ago."
                        ),
                        ("om_fr_new", "fps_ombudsman_fr"),
                    ),
                ),
                Page(gettext_noop("Write the second letter"), "letters:write", ("second_letter",)),
            ),
            Question(
                "still-billed",
                gettext_noop("They still bill me. What now?"),
                (
                    Passage(
                        gettext_noop(
                            "Write to the operator, name the end date, and attach the "
                            "confirmation. Dispute the part that is wrong and pay the rest."
                        )
                    ),
                    Passage(
                        gettext_noop(
                            "Do it soon: BASE wants to hear of it within a month after the date of "
                            "the bill."
                        ),
                        ("base_dispute",),
                    ),
                    Passage(
                        gettext_noop(
                            "While the Ombudsman has your case, the disputed amount is not "
                            "collected, for four months at most."
                        ),
                        ("fps_ombudsman_fr", "om_how_nl"),
                    ),
                ),
                Page(
                    gettext_noop("Write the complaint"),
                    "letters:write",
                    ("complaint_still_billed",),
                ),
            ),
            Question(
                "offer",
                gettext_noop("They offer me something to stay. Does a yes bind me?"),
                (
                    Passage(
                        gettext_noop(
                            "It can, for six months or more. A new fixed term needs your consent "
                            "in writing, says an old page of the regulator."
                        ),
                        ("bipt_duration_old",),
                    ),
                    Passage(
                        gettext_noop("Ask for the offer in writing, and take your time with it.")
                    ),
                ),
                Page(gettext_noop("What to mind"), "guide:page", ("mind",), part="watch"),
            ),
        ),
    ),
    Group(
        "life",
        gettext_noop("When life changes"),
        (
            Question(
                "abroad",
                gettext_noop("I leave Belgium. What do I do?"),
                (
                    Passage(
                        gettext_noop(
                            "First move what hangs on the number. In 2017 itsme needed a Belgian "
                            "SIM; whether it accepts a foreign number today, we do not know."
                        ),
                        ("itsme_2017",),
                    ),
                    Passage(
                        gettext_noop(
                            "Then end the line in writing. In an open-ended contract you choose "
                            "the day, so it can be the day on which you leave."
                        ),
                        ("bipt_op_en", "bipt_break_fr"),
                    ),
                    Passage(
                        gettext_noop(
                            "Give the operator an e-mail address that works abroad, and leave the "
                            "bank account open until the last bill is paid."
                        )
                    ),
                ),
                END,
            ),
            Question(
                "death",
                gettext_noop("Somebody died. What do I do with the line?"),
                (
                    Passage(
                        gettext_noop(
                            "Save messages, photos and the voice on the mailbox before the line "
                            "ends. Then tell the operator, with the number."
                        )
                    ),
                    Passage(
                        gettext_noop(
                            "Proximus charges no penalty then. Whether all others do the same, we "
                            "do not know: ask."
                        ),
                        ("px_death",),
                    ),
                ),
                Page(gettext_noop("Someone died"), "cases:start-answer", ("death",)),
            ),
        ),
    ),
)
QUESTIONS: Final = tuple(question for group in GROUPS for question in group.questions)
