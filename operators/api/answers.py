"""What the API answers. The document at `/api/v1/openapi.json` is made from these classes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import TextChoices
from django.utils import translation
from ninja import Schema
from pydantic import Field

from operators import models
from operators.models import SOURCE_LANGUAGE, Network, Tier


def one_of(choices: type[TextChoices], description: str) -> Any:
    """A field that holds one of these values; the document says what each of them means."""
    with translation.override(SOURCE_LANGUAGE):
        meanings = "; ".join(f"`{value}`: {label}" for value, label in choices.choices)
    return Field(
        description=f"{description} {meanings}.",
        examples=choices.values[:1],
        json_schema_extra={"enum": [*choices.values]},
    )


def text(description: str, example: str = "") -> Any:
    """A text in the language of the answer; empty where nothing is written."""
    return Field(description=description, examples=[example] if example else None)


# --- What every answer says of itself -----------------------------------------------------------


class Licence(Schema):
    """What may be done with the data."""

    name: str = Field(description="Short name of the licence.", examples=["CC BY 4.0"])
    url: str = Field(
        description="The licence itself.",
        examples=["https://creativecommons.org/licenses/by/4.0/"],
    )
    attribution: str = Field(
        description="Whom to name when you use the data.",
        examples=["SimExit, https://simexit.example"],
    )


class Answer(Schema):
    """The licence, and the language of the texts."""

    licence: Licence
    language: str = Field(
        description="The language that was asked for.", examples=["en", "zh-hans", "nl"]
    )
    untranslated: list[str] = Field(
        description=(
            "The texts in this answer that are in English, because nobody has translated them"
            " yet. Each is a JSON Pointer (RFC 6901) into the answer."
        ),
        examples=[["/plans/0/steps/2/special"]],
    )
    outdated: list[str] = Field(
        description=(
            "The texts whose English has changed since they were translated, as JSON Pointers."
        ),
        examples=[["/plans/0/summary"]],
    )


# --- Operators ----------------------------------------------------------------------------------


class StateSource(Schema):
    """Where the state of the brand was read."""

    url: str = Field(
        description="Address of the source.", examples=["https://operator.example/news"]
    )
    checked_on: date | None = Field(
        description="The day on which we looked, in Belgium.", examples=["2026-11-23"]
    )


class Links(Schema):
    """Where to read on."""

    api: str = Field(
        description="This operator in the API.",
        examples=["https://simexit.example/api/v1/operators/proximus/"],
    )
    pages: dict[str, str] = Field(
        description="The page for people, by language.",
        examples=[{"en": "https://simexit.example/en/operators/proximus/"}],
    )


class OperatorBase(Schema):
    """A brand that sells mobile lines in Belgium, or did."""

    slug: str = Field(description="Name in addresses; never changes.", examples=["proximus"])
    name: str = Field(description="The brand.", examples=["Proximus"])
    legal_name: str = Field(
        description="The company behind the brand, as it belongs in a letter; empty if not known.",
        examples=["Proximus NV van publiek recht / SA de droit public"],
    )
    state: str = one_of(models.Operator.State, "Whether the brand still exists.")
    state_note: str = text("Remark on the state.", "Since 2018.")
    state_source: StateSource | None = Field(description="Null where no source is named.")
    network: str | None = Field(
        description=(
            "Whose network the customers use; null where no source names it. The fact with its"
            " source is among the facts of a plan."
        ),
        examples=["proximus"],
        json_schema_extra={"enum": [*Network.values, None]},
    )
    links: Links


class PlanBase(Schema):
    """The published version of how to leave with one kind of plan."""

    plan: str = one_of(models.Plan, "The kind of plan.")
    version: int = Field(
        description="Counts up with each publication; what a version says never changes.",
        examples=[3],
    )
    published_at: datetime = Field(
        description="When this version was published.", examples=["2026-11-23T09:00:00Z"]
    )
    checked_on: date | None = Field(
        description="The latest day on which one of its sources was read.", examples=["2026-11-23"]
    )


class OperatorInList(OperatorBase):
    plans: list[PlanBase] = Field(
        description="What is published; empty where nothing has been checked yet."
    )


class OperatorList(Answer):
    """Every operator of the catalogue."""

    operators: list[OperatorInList] = Field(description="In the order of the pages.")


# --- One operator -------------------------------------------------------------------------------


class Source(Schema):
    """Where something was read."""

    key: str = Field(description="What claims name it by, in this answer.", examples=["terms"])
    url: str = Field(description="Address.", examples=["https://operator.example/terms"])
    title: str = Field(description="Title, as printed there.", examples=["General terms"])
    kind: str = one_of(models.Source.Kind, "Who published it.")
    published: str = Field(
        description="Date of the source, as printed there; empty if it has none.",
        examples=["March 2026"],
    )
    checked_on: date = Field(
        description="The day on which we read it, in Belgium.", examples=["2026-11-23"]
    )
    tier: str = one_of(Tier, "How well it is known.")


class Claim(Schema):
    """Something that is said about an operator, and how well it is known."""

    key: str = Field(
        description="Stays the same from version to version.", examples=["customer-number"]
    )
    tier: str = one_of(Tier, "The best tier among its sources; without a source: `unverified`.")
    checked_on: date | None = Field(
        description="The latest day on which it was checked; null without a source.",
        examples=["2026-11-23"],
    )
    stale: bool = Field(
        description="Whether it was checked so long ago that it may have changed (180 days)."
    )
    sources: list[str] = Field(
        description="Keys of `sources` of the same plan.", examples=[["terms"]]
    )


class Step(Claim):
    """One thing to do before the cancellation is sent, in order."""

    kind: str = one_of(models.Step.Kind, "What it is about.")
    goal: str = one_of(models.Step.Goal, "For whom it is.")
    title: str = text("What to do, in one line.", "Move what hangs on the number")
    body: str = text("How and why. Markdown.")
    special: str = text("What is special at this operator. Markdown.")


class Channel(Claim):
    """A way to reach the operator."""

    kind: str = one_of(models.ChannelKind, "What way it is.")
    value: str | None = Field(
        description=(
            "Number, address or page; null where the way exists and its address is not known."
        ),
        examples=["0800 12 345"],
    )
    href: str | None = Field(
        description="The value as an address to open (https, tel, mailto), where it is one.",
        examples=["tel:080012345"],
    )
    hours: str = text("When somebody answers.", "Monday to Friday")
    note: str = text("Remark.")
    instructions: str = text("What to open, press and fill in. Markdown.")
    say: str = text("What to say or write. Markdown.")
    bring: str = text("What to have at hand. Markdown.")
    expect: str = text("Which answer comes, and by when. Markdown.")
    tested_by: int = Field(
        description="How many people left by this number or address as it is described.",
        ge=0,
        examples=[12],
    )
    tested_on: date | None = Field(
        description="The last day on which somebody did.", examples=["2026-11-20"]
    )


class Material(Claim):
    """Something to have at hand."""

    name: str = text("What it is.", "Customer number")
    note: str = text("Where to find it. Markdown.")


class Fact(Claim):
    """A rule or a warning."""

    topic: str = one_of(models.Fact.Topic, "What it is about.")
    text: str = Field(description="What holds. Markdown.", examples=["You choose the end date."])


class ReminderDays(Schema):
    """After how many days a person is asked whether it went well."""

    confirm_after: int = Field(
        description=(
            "Belgian working days after sending, until we ask whether the operator confirmed."
        ),
        examples=[3],
    )
    final_bill_after: int = Field(
        description="Calendar days after the end, until we ask whether the last bill is right.",
        examples=[35],
    )
    no_more_bills_after: int = Field(
        description="Calendar days after the end, until we ask whether nothing is billed.",
        examples=[65],
    )


class Plan(PlanBase):
    change_reason: str = Field(
        description="Why this version was made, in the words of who made it.",
        examples=["The hotline has a new number."],
    )
    summary: str = text("In short. Markdown.")
    reminders: ReminderDays
    steps: list[Step] = Field(description="In order.")
    channels: list[Channel] = Field(description="The one that we would choose first, first.")
    materials: list[Material] = Field(description="What to have at hand.")
    facts: list[Fact] = Field(description="Rules and warnings.")
    sources: list[Source] = Field(description="Where all this was read, by key.")


class Operator(OperatorBase, Answer):
    """One operator, with all that its pages show."""

    plans: list[Plan] = Field(
        description="What is published; empty where nothing has been checked yet."
    )


# --- When there is no answer --------------------------------------------------------------------


class NotFound(Schema):
    """There is nothing at this address."""

    detail: str = Field(
        description="What is not there.", examples=["There is no operator “nobody”."]
    )


class Mistake(Schema):
    """One thing that is wrong with what was asked."""

    type: str = Field(description="Name of the mistake.", examples=["literal_error"])
    loc: list[str | int] = Field(description="Where it is.", examples=[["query", "lang"]])
    msg: str = Field(description="What is wrong.", examples=["Input should be 'en' or 'nl'"])


class Invalid(Schema):
    """A parameter has a value that it can't have."""

    detail: list[Mistake]
