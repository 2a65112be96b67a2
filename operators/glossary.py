"""The words that people meet on the way out, and what stands for them on Belgian bills and forms.

Pure Python: terms and meanings are marked for the translators here, and looked up by who shows
them. The Dutch, French and German words are never translated: they are what the reader has to
find on paper. Templates name a term by its key; see `operators/templatetags/terms.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from simexit.lib.marks import gettext_noop, pgettext

NAME: Final = "term in the glossary"  # the translators' context of every name below
LANGUAGES: Final = ("nl", "fr", "de")


@dataclass(frozen=True, slots=True)
class Word:
    """seen: we read it on a Belgian page; else it is known from daily use only."""

    text: str
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Term:
    """words: by language; none where every language says the same.

    sources: keys of sources.yaml. A term without one is an everyday word in our own words.
    """

    key: str
    name: str
    meaning: str
    words: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


def _words(**languages: str) -> dict[str, tuple[Word, ...]]:
    """Words by language, several with a comma between them; a star marks what we did not see."""
    return {
        language: tuple(
            Word(word.rstrip("*"), seen=not word.endswith("*")) for word in text.split(", ")
        )
        for language, text in languages.items()
    }


ALL: Final = (
    Term(
        "bill",
        pgettext("term in the glossary", "bill"),
        gettext_noop(
            "The paper or PDF that says what you owe each month. Proximus and Telenet call the one "
            "for private people a statement; to you it is the same."
        ),
        _words(
            nl="factuur, aanrekening",
            fr="facture, relevé de compte, décompte",
            de="Rechnung, Zahlungsaufstellung",
        ),
        ("px_statement", "tn_fees", "tn_usage"),
    ),
    Term(
        "complaint",
        pgettext("term in the glossary", "complaint"),
        gettext_noop(
            "A message to the operator that says what is wrong and what you want. Write it and "
            "keep a copy: the Ombudsman helps only after it."
        ),
        _words(nl="klacht", fr="plainte", de="Beschwerde"),
        ("fps_ombudsman_fr", "om_en_new"),
    ),
    Term(
        "customer-number",
        pgettext("term in the glossary", "customer number"),
        gettext_noop(
            "The number under which the operator knows you. It is not your mobile number and not "
            "the number of the bill."
        ),
        _words(
            nl="klantnummer, klantenrekening",
            fr="numéro de client",
            de="Kundennummer",
        ),
        ("px_bill",),
    ),
    Term(
        "digital-key",
        pgettext("term in the glossary", "digital key (CSAM)"),
        gettext_noop(
            "A way to sign in to the government's sites: identity card, itsme, or a code by app, "
            "mail or text. If text is your only one, add another before the number ends."
        ),
        _words(nl="digitale sleutel", fr="clé numérique", de="digitaler Schlüssel*"),
        ("keys_sint_truiden", "keys_bosa"),
    ),
    Term(
        "direct-debit",
        pgettext("term in the glossary", "direct debit"),
        gettext_noop(
            "You allow the operator to take each bill from your bank account by itself. The "
            "Belgian word looks like “domicile” and has nothing to do with your address."
        ),
        _words(
            nl="domiciliëring",
            fr="domiciliation",
            de="Lastschrift, Domizilierung*",
        ),
        ("px_debit", "tn_debit"),
    ),
    Term(
        "easy-switch",
        pgettext("term in the glossary", "Easy Switch"),
        gettext_noop(
            "When internet or TV at home moves, the new operator ends the old contract for you. "
            "For each mobile number you say whether it moves, stays or ends."
        ),
        sources=("bipt_easy_switch", "bipt_es_op"),
    ),
    Term(
        "easy-switch-id",
        pgettext("term in the glossary", "Easy Switch ID"),
        gettext_noop(
            "The number of your internet or TV connection. The new operator needs it for Easy "
            "Switch, beside the customer number; both stand on the bill, in the app or in the "
            "customer zone."
        ),
        sources=("bipt_easy_switch",),
    ),
    Term(
        "end-date",
        pgettext("term in the glossary", "end date"),
        gettext_noop(
            "The day on which the line has to stop. Write it into every letter: without one, the "
            "operator may hold you to the notice in its terms."
        ),
        _words(
            nl="einddatum, opzegdatum",
            fr="date de résiliation, date de fin*",
            de="Kündigungsdatum*, Enddatum*",
        ),
        ("bipt_faq52",),
    ),
    Term(
        "ending",
        pgettext("term in the glossary", "ending a contract"),
        gettext_noop(
            "You tell the operator in writing that the contract must stop. You need not say why. "
            "It is more than a pause and something else than undoing a purchase."
        ),
        _words(
            nl="opzegging, stopzetting",
            fr="résiliation",
            de="Kündigung",
        ),
        ("bipt_op_en", "bipt_op_nl", "bipt_op_fr"),
    ),
    Term(
        "esim",
        pgettext("term in the glossary", "eSIM"),
        gettext_noop(
            "A SIM without a card: a profile that is loaded into the phone. Deleting it from the "
            "phone does not end the contract."
        ),
        sources=("esim_delete",),
    ),
    Term(
        "final-bill",
        pgettext("term in the glossary", "final bill"),
        gettext_noop(
            "The last bill after the end. At Orange it gives back the days that you paid for and "
            "did not have; the money itself comes when you ask for it."
        ),
        _words(
            nl="eindfactuur, slotfactuur*",
            fr="facture finale*, facture de clôture*",
            de="Schlussrechnung*",
        ),
        ("or_bill",),
    ),
    Term(
        "fixed-term",
        pgettext("term in the glossary", "fixed term"),
        gettext_noop(
            "The contract runs for an agreed time, at most 24 months. A fee for leaving can be "
            "asked only in its first six months."
        ),
        _words(nl="bepaalde duur", fr="durée déterminée", de="befristet"),
        ("bipt_op_en", "bipt_duration"),
    ),
    Term(
        "formal-notice",
        pgettext("term in the glossary", "formal notice"),
        gettext_noop(
            "The sharpest letter about an unpaid bill. At Telenet it comes after the reminders and "
            "a last warning, always on paper, and costs 15 euro."
        ),
        _words(nl="ingebrekestelling*", fr="mise en demeure", de="Inverzugsetzung*"),
        ("tn_fees",),
    ),
    Term(
        "itsme",
        pgettext("term in the glossary", "itsme"),
        gettext_noop(
            "A Belgian app that proves who you are. It works only with your phone, the app and "
            "your code together, and sends a text to your number when you set it up."
        ),
        sources=("itsme_start", "itsme_lost"),
    ),
    Term(
        "notice",
        pgettext("term in the glossary", "notice"),
        gettext_noop(
            "The time between your letter and the end. In an open-ended contract you may choose "
            "the day, even today; if you name none, the time in the operator's terms can count."
        ),
        _words(
            nl="opzegtermijn, opzeggingstermijn",
            fr="préavis, délai de préavis",
            de="Kündigungsfrist*",
        ),
        ("bipt_op_en", "bipt_break_fr", "bipt_faq52"),
    ),
    Term(
        "ombudsman",
        pgettext("term in the glossary", "Ombudsman for Telecommunications"),
        gettext_noop(
            "A free office between customers and operators. It takes your case when you have "
            "complained to the operator in writing first."
        ),
        _words(
            nl="Ombudsdienst voor telecommunicatie",
            fr="Service de médiation pour les télécommunications",
            de="Ombudsdienst für Telekommunikation",
        ),
        ("om_fr_new", "fps_ombudsman_fr"),
    ),
    Term(
        "open-ended",
        pgettext("term in the glossary", "open-ended contract"),
        gettext_noop(
            "It runs until one of you ends it. Leaving costs no fee; only the rest of a phone that "
            "came with the plan can be asked."
        ),
        _words(nl="onbepaalde duur", fr="durée indéterminée", de="unbefristet"),
        ("bipt_op_en", "bipt_op_fr"),
    ),
    Term(
        "pack",
        pgettext("term in the glossary", "pack"),
        gettext_noop(
            "Several services on one contract, such as internet and mobile. When one part leaves, "
            "the price of the rest may change, or a number may be lost: ask first."
        ),
        _words(nl="pack, bundel*", fr="pack", de="Pack"),
        ("bipt_easy_switch",),
    ),
    Term(
        "porting",
        pgettext("term in the glossary", "porting"),
        gettext_noop(
            "Taking your number to another operator. The order that you give there ends the old "
            "contract, so do not cancel yourself."
        ),
        _words(
            nl="nummeroverdracht, nummeroverdraagbaarheid",
            fr="portage, portabilité du numéro",
            de="Rufnummernmitnahme, Nummernportierung",
        ),
        ("bipt_faq52", "bipt_port_nl"),
    ),
    Term(
        "porting-mandate",
        pgettext("term in the glossary", "porting mandate"),
        gettext_noop(
            "The order to move your number, signed or confirmed online at the new operator. It "
            "counts as the end of the old contract; a phone call is not enough."
        ),
        _words(
            nl="machtigingsbrief, schriftelijke opdracht",
            fr="lettre d'autorisation, mandat écrit",
            de="Ermächtigungsbrief, schriftlicher Auftrag",
        ),
        ("bipt_faq52", "bipt_faq40", "bipt_faq48"),
    ),
    Term(
        "prepaid-card",
        pgettext("term in the glossary", "prepaid card"),
        gettext_noop(
            "A SIM that you pay ahead and top up. There is no monthly bill; Belgian rules tie it "
            "to a person who was identified."
        ),
        _words(
            nl="herlaadkaart, prepaidkaart, voorafbetaalde kaart",
            fr="carte prépayée",
            de="Prepaid-Karte, Guthabenkarte",
        ),
        ("rd_prepaid_identity", "or_ident"),
    ),
    Term(
        "prepaid-credit",
        pgettext("term in the glossary", "prepaid credit"),
        gettext_noop(
            "The money that is left on a prepaid card. You can ask it back only when the number "
            "moves to another operator, within a month."
        ),
        _words(
            nl="belwaarde, beltegoed, krediet",
            fr="crédit d'appel",
            de="Guthaben",
        ),
        ("bipt_port_nl", "rd_refund_2022"),
    ),
    Term(
        "pro-rata",
        pgettext("term in the glossary", "pro rata"),
        gettext_noop(
            "By days: for part of a month you pay, or get back, only that part of the fee. Orange "
            "divides the fee by the days of the month and counts the days without service."
        ),
        _words(nl="pro rata", fr="au prorata*", de="anteilig*"),
        ("or_bill",),
    ),
    Term(
        "puk",
        pgettext("term in the glossary", "PUK"),
        gettext_noop(
            "A code that opens the SIM again after a wrong PIN too many times. At Telenet it "
            "stands on the card that the SIM came in, or in the mail for an eSIM."
        ),
        _words(nl="pukcode*", fr="code PUK", de="PUK-Code*"),
        ("tn_codes",),
    ),
    Term(
        "registered-letter",
        pgettext("term in the glossary", "registered letter"),
        gettext_noop(
            "A letter with a receipt that proves the day of sending. The operator may not insist "
            "on one, says an old page of the regulator, but as proof it is very strong."
        ),
        _words(
            nl="aangetekende brief",
            fr="lettre recommandée, recommandé",
            de="Einschreiben",
        ),
        ("bipt_faq46",),
    ),
    Term(
        "regulator",
        pgettext("term in the glossary", "regulator (BIPT)"),
        gettext_noop(
            "The authority that watches over the operators. It makes rules known and can fine, but "
            "it does not handle the complaint of one customer."
        ),
        _words(nl="BIPT", fr="IBPT", de="BIPT"),
        ("bipt_faq199", "bt_lyca"),
    ),
    Term(
        "repayment-table",
        pgettext("term in the glossary", "repayment table"),
        gettext_noop(
            "A table in the contract: what a phone that came with the plan is still worth, month "
            "by month. More than its amount may not be asked."
        ),
        _words(
            nl="aflossingstabel, afschrijvingstabel, terugbetalingstabel",
            fr="tableau d'amortissement, tableau de remboursement",
            de="Rückzahlungstabelle",
        ),
        ("bipt_op_en", "bipt_device"),
    ),
    Term(
        "residual-value",
        pgettext("term in the glossary", "residual value"),
        gettext_noop(
            "What is left to pay for a phone that was free or cheaper with the plan. It falls "
            "every month and is zero after 24."
        ),
        _words(
            nl="restwaarde van het toestel",
            fr="valeur résiduelle de l'appareil",
            de="Restwert des Geräts*",
        ),
        ("bipt_device", "bipt_op_en"),
    ),
    Term(
        "sim-number",
        pgettext("term in the glossary", "SIM card number"),
        gettext_noop(
            "The long number that is printed on the SIM card. The new operator may ask for it when "
            "your number moves."
        ),
        _words(
            nl="nummer van de simkaart, simkaartnummer*",
            fr="numéro de la carte SIM",
            de="SIM-Kartennummer*",
        ),
    ),
    Term(
        "subscription",
        pgettext("term in the glossary", "subscription"),
        gettext_noop("A plan with a bill every month, unlike a prepaid card."),
        _words(nl="abonnement", fr="abonnement", de="Abonnement"),
    ),
    Term(
        "termination-fee",
        pgettext("term in the glossary", "fee for leaving early"),
        gettext_noop(
            "What a fixed term can cost in its first six months: at most the monthly fees up to "
            "the end of the sixth. Afterwards, and in an open-ended contract, there is none."
        ),
        _words(
            nl="opzegvergoeding, verbrekingsvergoeding",
            fr="indemnité de résiliation, frais de résiliation",
            de="Entschädigung, Vergütung",
        ),
        ("bipt_op_en", "plus_fee"),
    ),
    Term(
        "third-party-services",
        pgettext("term in the glossary", "services of third parties"),
        gettext_noop(
            "What others sell you through the phone bill: parking, games, paid texts. They do not "
            "always end with the line, so stop each one."
        ),
        _words(
            nl="diensten van derden",
            fr="services de tiers",
            de="Leistungen Dritter",
        ),
        ("tn_third", "px_costs"),
    ),
    Term(
        "withdrawal",
        pgettext("term in the glossary", "withdrawal"),
        gettext_noop(
            "Undoing a purchase made online, by phone or at your door, within 14 days. It is not "
            "the same as ending, so use the right word in the letter."
        ),
        _words(
            nl="herroeping, herroepingsrecht*",
            fr="droit de rétractation*",
            de="Widerruf*",
        ),
        ("racine_withdrawal", "or_withdraw"),
    ),
    Term(
        "written-confirmation",
        pgettext("term in the glossary", "written confirmation"),
        gettext_noop(
            "A message from the operator that names your number and the end date. An automatic "
            "reply is none. Ask for it in every letter."
        ),
        _words(
            nl="schriftelijke bevestiging",
            fr="confirmation écrite",
            de="schriftliche Bestätigung",
        ),
    ),
)
TERMS: Final[Mapping[str, Term]] = {term.key: term for term in ALL}
