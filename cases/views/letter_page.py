"""What the pages of letters share, with and without a case: the form, the letter, its paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language

from cases import letters, schedule
from cases.letter_beginning import Beginning
from cases.letter_form import LANGUAGE_CHOICES, LetterForm
from cases.letters import Wanted, Written
from cases.models import Letter
from operators.models import SOURCE_LANGUAGE, Channel, ChannelKind, LetterTemplate, Procedure

# What the buttons of a form of a letter do; without one it shows the letter.
CHANGE: Final = "change"
PAPER: Final = "paper"
KEEP: Final = "keep"


def template_of(kind: str) -> LetterTemplate:
    """The published words. Raises Http404 for a kind without any."""
    found = LetterTemplate.objects.published().filter(kind=kind).prefetch_related("texts").first()
    if found is None:
        raise Http404(f"there are no words for {kind}")
    return found


def offered() -> list[str]:
    """The kinds of letters that there are words for."""
    return list(LetterTemplate.objects.published().values_list("kind", flat=True))


def reader() -> str:
    return get_language() or SOURCE_LANGUAGE


def channels_of(procedure: Procedure | None) -> list[Channel]:
    return list(procedure.channels.all()) if procedure else []


def form_for(request: HttpRequest, template: LetterTemplate, begun: Beginning) -> LetterForm:
    """The form as it begins, as it was typed, or as it was typed and is to be changed."""
    posted = request.method == "POST"
    changes = posted and request.POST.get("do") == CHANGE
    return LetterForm(
        request.POST if posted and not changes else None,
        initial=request.POST.dict() if changes else begun.values,
        template=template,
        today=schedule.today(timezone.now()),
        reader=reader(),
        remarks=begun.remarks,
    )


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """The one that the typed address suggests, where another one was chosen."""

    code: str
    name: str
    post_code: str


def letter_shown(form: LetterForm, channels: list[Channel]) -> dict[str, Any]:
    """The context of a letter that was filled in well."""
    wanted = form.wanted()
    written = letters.write(form.template, wanted)
    return {
        "letter": written,
        "sides": letters.beside(form.template, wanted, reader=reader()),
        "reader": reader(),
        "other_language": _other_language(wanted),
        **ways(written, channels),
    }


def _other_language(wanted: Wanted) -> OtherLanguage | None:
    code = letters.post_code(wanted.sender)
    suggested = {letters.usual_language(code, reader) for reader in ("nl", "fr")}
    if not code or wanted.language in suggested or len(suggested) > 1:
        return None
    language = suggested.pop()
    return OtherLanguage(language, str(dict(LANGUAGE_CHOICES)[language]), code)


def ways(letter: Written | Letter, channels: list[Channel]) -> dict[str, Any]:
    """Where this may be sent or said. Without a known address the mail has none yet."""
    mails = [one.value for one in channels if one.kind == ChannelKind.EMAIL and one.value]
    return {
        "mails": [(address, letters.mailto(address, letter)) for address in mails or [""]],
        "web_forms": [one for one in channels if one.kind == ChannelKind.WEB_FORM],
        "hotlines": [one for one in channels if one.kind == ChannelKind.HOTLINE and one.value],
    }


def paper_of(form: LetterForm) -> HttpResponse:
    """The PDF of what was typed, as a download that nobody keeps."""
    wanted = form.wanted()
    content = letters.paper(letters.write(form.template, wanted), wanted)
    name = f"{form.template.kind.replace('_', '-')}.pdf"
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
