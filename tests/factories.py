"""Rows to start a test from, made as people make them: by calling the verbs.

So no test begins with a case that could not exist. Days are days in Belgium; what happens on a
day happens at ten in the morning there, after the mails of that day have left.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.utils import timezone
from PIL import Image

from accounts.models import User
from cases import evidence, letters
from cases.letter_form import LetterForm
from cases.models import Case, Evidence, Letter
from cases.schedule import BRUSSELS
from operators import catalogue, letter_files
from operators.models import (
    Channel,
    ChannelKind,
    Claim,
    Fact,
    LetterTemplate,
    LetterText,
    Material,
    Operator,
    Plan,
    Procedure,
    Source,
    Step,
)

TODAY = date(2026, 3, 3)  # a Tuesday without holidays or a clock change in its weeks
NOW = datetime.combine(TODAY, time(10), tzinfo=BRUSSELS)

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

_numbers = count(1)


def moment(day: date, hour: int = 10) -> datetime:
    """That hour of that day in Belgium; `moment(TODAY)` is NOW."""
    return datetime.combine(day, time(hour), tzinfo=BRUSSELS)


def make_user(email: str = "", **fields: Any) -> User:
    """A person who has confirmed the address. Without a password, as after signing up."""
    user = User.objects.create_user(email or f"person{next(_numbers)}@example.org", **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_operator(name: str = "", **fields: Any) -> Operator:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "slug": f"operator-{number}",
        "name": name or f"Operator {number}",
        "legal_name": f"Operator {number} NV",
        "state": Operator.State.ACTIVE,
    }
    return Operator.objects.create(**defaults | fields)


def make_procedure(
    *,
    operator: Operator | None = None,
    plan: str = Plan.POSTPAID,
    published: bool = True,
    at: datetime = NOW,
    **fields: Any,
) -> Procedure:
    """A procedure with four steps (one each for ending and porting), two channels, a source.

    Of an operator that has this plan already it is the next version.
    """
    operator = operator or make_operator()
    earlier = Procedure.objects.filter(operator=operator, plan=plan).count()
    procedure = Procedure.objects.create(
        operator=operator, plan=plan, **{"version": earlier + 1, "summary": "In writing."} | fields
    )
    source = Source.objects.create(
        procedure=procedure,
        key="terms",
        url="https://operator.example/terms",
        title="General terms",
        kind=Source.Kind.OPERATOR,
        checked_on=TODAY,
    )
    steps = [
        ("line-active", Step.Kind.LINE, Step.Goal.ANY, "Is the line active?"),
        ("logins", Step.Kind.LOGINS, Step.Goal.ANY, "Move what hangs on the number"),
        ("choose-channel", Step.Kind.CHANNEL, Step.Goal.END, "Choose how to send it"),
        ("order-porting", Step.Kind.PORTING, Step.Goal.PORT, "Order the move of the number"),
    ]
    add_claims(
        source,
        *(
            Step(key=key, kind=kind, goal=goal, title=title, body="Look it up.")
            for key, kind, goal, title in steps
        ),
    )
    add_claims(
        source,
        Channel(key="mail", kind=ChannelKind.EMAIL, value="leave@operator.example"),
        Channel(key="letter", kind=ChannelKind.LETTER, value="Example Street 1, 1000 Brussels"),
    )
    add_claims(source, Material(key="customer-number", name="Customer number"))
    add_claims(source, Fact(key="end-date", topic=Fact.Topic.END_DATE, text="You choose the day."))
    if published:
        procedure.publish(by=None, at=at)
    return procedure


def make_newer(
    procedure: Procedure,
    rows: dict[str, dict[str, Any]] | None = None,
    *,
    reason: str = "",
    at: datetime = NOW,
    **fields: Any,
) -> Procedure:
    """The next version, published. rows: what is new in the steps and other claims, by key."""
    draft = procedure.new_draft()
    Procedure.objects.filter(pk=draft.pk).update(**fields)
    draft.refresh_from_db()
    for key, values in (rows or {}).items():
        for claim in [claim for claim in draft.claims() if claim.key == key]:
            for name, value in values.items():
                setattr(claim, name, value)
            claim.save()
    draft.publish(by=None, at=at, reason=reason)
    return draft


def some_procedure(operator: Operator | None = None, plan: str = Plan.POSTPAID) -> Procedure:
    """What is published of this operator, or of the one that tests share; else made now."""
    if operator is None:
        operator = Operator.objects.filter(slug="example-mobile").first()
    operator = operator or make_operator("Example Mobile", slug="example-mobile")
    published = Procedure.objects.published().filter(operator=operator, plan=plan).first()
    return published or make_procedure(operator=operator, plan=plan)


def add_claims(source: Source, *claims: Claim) -> None:
    """These claims of one kind, in this order, resting on this source. In two queries: every test
    about a case pays for them."""
    model = type(claims[0])
    for position, claim in enumerate(claims):
        claim.procedure, claim.position = source.procedure, position
    model._default_manager.bulk_create(claims)
    through = model.sources.through
    name = f"{model._meta.model_name}_id"
    through._default_manager.bulk_create(
        through(source_id=source.pk, **{name: claim.pk}) for claim in claims
    )


def make_case(
    *,
    owner: User | None = None,
    procedure: Procedure | None = None,
    operator: Operator | None = None,
    plan: str = Plan.POSTPAID,
    goal: str = Case.Goal.END,
    phone_number: str = "",
    customer_number: str = "",
    opened_on: date | None = None,
    requested_on: date | None = None,
    channel: str = ChannelKind.EMAIL,
    wanted_end: date | None = None,
    confirmed_on: date | None = None,
    ends_on: date | None = None,
    ended_on: date | None = None,
    closed_on: date | None = None,
    dropped_on: date | None = None,
) -> Case:
    """A case that has come as far as its latest day; earlier days that are needed are filled in.

    Of the same operator as every other case, unless one is named. `confirmed_on` may be left out
    before `ended_on`: lines do die without a confirmation.
    """
    owner = owner or make_user()
    ended_on = ended_on or closed_on
    requested_on = requested_on or confirmed_on or ended_on
    opened_on = opened_on or requested_on or dropped_on or TODAY
    case = Case.objects.start(
        owner=owner,
        procedure=procedure or some_procedure(operator, plan),
        goal=goal,
        phone_number=phone_number or f"+32470{next(_numbers):06}",
        customer_number=customer_number,
        at=moment(opened_on),
    )
    if requested_on:
        case.mark_requested(
            sent_on=requested_on,
            channel=channel,
            wanted_end=wanted_end,
            by=owner,
            at=moment(requested_on),
        )
    if confirmed_on:
        case.mark_confirmed(
            confirmed_on=confirmed_on,
            ends_on=ends_on or wanted_end or ended_on or confirmed_on,
            by=owner,
            at=moment(confirmed_on),
        )
    if ended_on:
        case.mark_ended(ended_on=ended_on, by=owner, at=moment(ended_on))
    if closed_on:
        case.close(by=owner, at=moment(closed_on))
    if dropped_on:
        case.drop(reason="I keep it", by=owner, at=moment(dropped_on))
    return case


LETTER_ROWS: tuple[type[Model], ...] = (
    LetterTemplate,
    LetterText,
    LetterTemplate.history.model,
    LetterText.history.model,
)
_letters: list[list[Model]] = []


def import_letters() -> None:
    """The words of every kind of letter, as the catalogue has them.

    Brought in once; later tests get the same rows, with their histories, in four queries.
    """
    empty = not any(model._base_manager.exists() for model in LETTER_ROWS)
    if _letters and empty:
        for model, rows in zip(LETTER_ROWS, _letters, strict=True):
            model._base_manager.bulk_create(rows)
        return
    letter_files.import_letters(letter_files.load(catalogue.sources()), at=NOW, publish=True)
    if empty:
        _letters[:] = [list(model._base_manager.all()) for model in LETTER_ROWS]


def make_letter(
    case: Case, kind: str = "cancellation_postpaid", *, at: datetime = NOW, **changed: Any
) -> Letter:
    """A letter that is kept and not sent. Wants the words, see `import_letters()`.

    changed: fields of its form.
    """
    words = LetterTemplate.objects.published().prefetch_related("texts").get(kind=kind)
    today = timezone.localdate(at)
    past = dict.fromkeys(("sent_on", "called_on", "bought_on", "complained_on"), today)
    typed = {
        "language": "nl",
        "full_name": "Alice Peeters",
        "phone_number": "0470 12 33 21",
        "customer_number": "K-1",
        "operator": "Telenet",
        "wanted_end": today + timedelta(days=30),
        "address": "Rue Neuve 1\n1000 Brussel",
        "recipient": "Telenet BV\nLiersesteenweg 4\n2800 Mechelen",
        "place": "Brussel",
        "amount": "12.50",
        "channel": "letter",
    }
    form = LetterForm({**typed, **past, **changed}, template=words, today=today)
    assert form.is_valid(), form.errors
    return letters.keep(case, words, form.wanted(), reader="zh-hans", by=case.owner, at=at)


def make_upload(name: str = "confirmation.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """A file as a browser sends it; its declared type is of no interest to anybody."""
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")


def make_image(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """A picture of that kind: JPEG, PNG, HEIF, WEBP. options: as Pillow takes them."""
    buffer = BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind, **options)
    return buffer.getvalue()


def make_evidence(
    case: Case,
    *,
    proves: str = Evidence.Proves.CONFIRMED,
    name: str = "confirmation.pdf",
    content: bytes = PDF,
    day: date | None = None,
    note: str = "",
    at: datetime = NOW,
) -> Evidence:
    upload = make_upload(name, content)
    return evidence.store(case, upload, proves=proves, day=day, note=note, by=case.owner, at=at)
