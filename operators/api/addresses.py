"""The addresses under `/api/v1/`: what may be asked, and which answer is still the one you have.

Nothing here looks at who asks: no cookie is read or set, and any website may read the answers.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from django.conf import settings
from django.db.models import Max
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import cache_control
from ninja import NinjaAPI, Path, Query
from ninja.constants import NOT_SET
from ninja.decorators import decorate_view
from ninja.errors import HttpError
from ninja.renderers import JSONRenderer
from pydantic import PlainValidator, WithJsonSchema

from operators.api import answers
from operators.api.writing import LICENCE_NAME, LICENCE_URL, Writer
from operators.catalogue_schema import catalogue_schema
from operators.models import Network, Operator, Plan, Procedure, load_claims

Language = Literal["en", "zh-hans", "nl", "fr", "de"]  # settings.LANGUAGES; a test compares them
InLanguage = Annotated[
    Language,
    Query(description="Language of the texts. What is not translated is answered in English."),
]
Slug = Annotated[
    str,
    Path(
        description="Name of the operator in addresses.",
        pattern=r"^[-a-zA-Z0-9_]+$",
        max_length=50,
        examples=["proximus"],
    ),
]
# Were these plainly optional, a wrong value would be told twice: that it is no network, and that it
# is not nothing.
OnNetwork = Annotated[
    Network | None,
    PlainValidator(Network),
    WithJsonSchema({"type": "string", "enum": Network.values}),
    Query(None, description="Only brands on this network."),
]
WithPlan = Annotated[
    Plan | None,
    PlainValidator(Plan),
    WithJsonSchema({"type": "string", "enum": Plan.values}),
    Query(None, description="Only brands with a published procedure for this kind of plan."),
]

DESCRIPTION = """
How to leave a mobile operator in Belgium: steps, ways to reach the operator, what to have at
hand, rules, each with its source, the day it was checked and how well it is known.

Only published versions are here. A version is never changed: what is new is a new version. Every
answer carries an `ETag`; ask again with `If-None-Match`, and 304 says that nothing has changed.
Texts are Markdown. The files that the catalogue is written in have a JSON Schema of their own at
`/api/v1/catalogue.schema.json`.
"""
PLAN = ("plan", "version", "published_at")
UNCHANGED = {
    "parameters": [
        {
            "name": "If-None-Match",
            "in": "header",
            "description": "The `ETag` of the answer that you have.",
            "schema": {"type": "string"},
        }
    ],
    "responses": {304: {"description": "Nothing has changed since the answer that you have."}},
}


class Renderer(JSONRenderer):
    json_dumps_params = {"ensure_ascii": False}  # half as many bytes in Chinese, and readable


api = NinjaAPI(
    title=f"{settings.SITE_NAME} open data",
    version="1",
    description=DESCRIPTION.strip(),
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,  # an address of ours below, because that of ninja answers POST too
    renderer=Renderer(),
    servers=[{"url": settings.SITE_URL}],
    openapi_extra={"info": {"license": {"name": LICENCE_NAME, "url": LICENCE_URL}}},
)


def readable(
    path: str, response: Any = NOT_SET, **documented: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An address to GET, with HEAD answered too; caches keep it, and ask before they hand it out.

    The document names GET alone: its `operationId` may stand there once.
    """

    def register(view: Callable[..., Any]) -> Callable[..., Any]:
        fresh = decorate_view(cache_control(public=True, no_cache=True))(view)
        api.api_operation(["HEAD"], path, response=response, include_in_schema=False)(fresh)
        return api.get(
            path, response=response, tags=["Catalogue"], openapi_extra=UNCHANGED, **documented
        )(fresh)

    return register


@readable(
    "/operators/",
    response={200: answers.OperatorList, 422: answers.Invalid},
    operation_id="list_operators",
    summary="Every operator",
    url_name="operators",
)
def operators(
    request: HttpRequest,
    response: HttpResponse,
    lang: InLanguage = "en",
    network: OnNetwork = None,
    plan: WithPlan = None,
) -> HttpResponse | answers.OperatorList:
    """Every brand of the catalogue, those without a published procedure too."""
    today = timezone.localdate()
    found = Operator.objects.all()
    if network:
        found = found.filter(network=network)
    if plan:
        found = found.filter(pk__in=Operator.objects.for_plan(plan).values("pk"))
    response["Content-Language"] = lang
    if answered := unchanged(request, response, stamp(found.guide_state(), lang, today)):
        return answered
    return Writer(lang, today).operator_list(found, published_plans())


@readable(
    "/operators/{slug}/",
    response={200: answers.Operator, 404: answers.NotFound, 422: answers.Invalid},
    operation_id="read_operator",
    summary="One operator",
    url_name="operator",
)
def operator(
    request: HttpRequest, response: HttpResponse, slug: Slug, lang: InLanguage = "en"
) -> HttpResponse | answers.Operator:
    """All that the pages of one operator show."""
    today = timezone.localdate()
    versions = Procedure.objects.published().select_related("operator").with_state()
    published = list(versions.filter(operator__slug=slug))
    row = published[0].operator if published else Operator.objects.filter(slug=slug).first()
    if row is None:
        raise HttpError(404, f"There is no operator “{slug}”.")
    state = [model_to_dict(row), *(one.state for one in published)]
    response["Content-Language"] = lang
    if answered := unchanged(request, response, stamp(state, lang, today)):
        return answered
    load_claims(published)
    return Writer(lang, today).operator(row, published)


@readable(
    "/catalogue.schema.json",
    response={200: dict[str, Any]},
    operation_id="read_catalogue_schema",
    summary="JSON Schema of the files of the catalogue",
    url_name="catalogue-schema",
)
def schema_of_the_files(request: HttpRequest, response: HttpResponse) -> Any:
    """For editors and tools that work on the YAML files themselves."""
    return unchanged(request, response, digest(catalogue_schema())) or catalogue_schema()


@readable("/openapi.json", include_in_schema=False, url_name="openapi")
def openapi(request: HttpRequest, response: HttpResponse) -> Any:
    return unchanged(request, response, digest(document())) or document()


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of what is here."""
    return api.get_openapi_schema()


def published_plans() -> dict[int, list[answers.PlanBase]]:
    """What is published, by the primary key of its operator; subscriptions first."""
    plans: dict[int, list[answers.PlanBase]] = defaultdict(list)
    published = Procedure.objects.published().order_by()
    for row in published.values("operator_id", *PLAN, checked_on=Max("sources__checked_on")):
        plans[row.pop("operator_id")].append(answers.PlanBase(**row))
    return {
        pk: sorted(found, key=lambda one: Plan.values.index(one.plan))
        for pk, found in plans.items()
    }


def unchanged(request: HttpRequest, response: HttpResponse, etag: str) -> HttpResponse | None:
    """Marks the answer with its ETag; returns 304 if that is the one the caller has."""
    response["ETag"] = f'"{etag}"'
    answered = get_conditional_response(request, etag=response["ETag"], response=response)
    return answered if answered is not response else None


def stamp(state: object, language: str, today: date) -> str:
    """Tells one answer about operators in this state from the next.

    state: see `guide_state()` and `with_state()`. today: what was fresh yesterday may be stale, so
    each day has stamps of its own.
    """
    return digest([language, today, digest(document()), state])


def digest(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
