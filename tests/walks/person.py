"""Somebody with a small phone who has never seen SimExit, and who looks hard at every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
    expect,
)

from cases import schedule
from tests.walks.product import Product

PHONE: ViewportSize = {"width": 360, "height": 740}  # pixels: the smallest that are still sold
DESK: ViewportSize = {"width": 1280, "height": 900}
WIDTHS = (390, 1280)  # of the pictures
PATIENCE = 30_000  # milliseconds until something that should be there is said to be missing

# With everything folded out, since what is hidden now is read next.
TOO_WIDE = """() => {
  const closed = [...document.querySelectorAll('details:not([open])')];
  closed.forEach(one => { one.open = true; });
  const page = document.documentElement;
  const wide = page.scrollWidth <= window.innerWidth ? [] : [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > window.innerWidth + 0.5)
    .map(one => one.outerHTML.slice(0, 160));
  closed.forEach(one => { one.open = false; });
  return wide.slice(-3);
}"""


def nine(day: date) -> datetime:
    """Nine in the morning in Belgium, when mails leave."""
    return datetime.combine(day, time(9), tzinfo=schedule.BRUSSELS)


def in_words(day: date) -> str:
    """As the pages write a day."""
    return f"{day.day} {day:%b %Y}"


class Person:
    """One person: a browser that is signed in, and a mailbox that is read in another browser."""

    def __init__(
        self,
        browser: Browser,
        product: Product,
        *,
        name: str,
        folder: Path,
        album: Path | None = None,
        javascript: bool = True,
        screen: ViewportSize = PHONE,
    ) -> None:
        self.product, self.name, self.folder, self.album = product, name, folder, album
        self.email = f"{name}@example.org"
        self.complaints: list[str] = []
        self._browser, self._javascript, self.screen = browser, javascript, screen
        self.window = self._new_window()
        self.page = self.window.new_page()
        # Mails are read where nobody is signed in: the links must carry all that is needed.
        self.mailbox = self._new_window()

    def _new_window(self) -> BrowserContext:
        window = self._browser.new_context(
            base_url=self.product.url,
            locale="en-GB",
            viewport=self.screen,
            java_script_enabled=self._javascript,
        )
        window.set_default_timeout(PATIENCE)
        window.on("console", self._hear)
        window.on("weberror", lambda error: self.complaints.append(str(error.error)))
        window.on("response", self._see)
        return window

    def leave(self) -> None:
        self.window.close()
        self.mailbox.close()

    # --- Looking --------------------------------------------------------------------------------

    def _hear(self, message: ConsoleMessage) -> None:
        """Errors of the console, such as a breach of the security policy.

        A page that answers with an error status is looked at by who asked for it.
        """
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"{message.text} on {message.location.get('url')}")

    def _see(self, response: Response) -> None:
        page_itself = response.request.is_navigation_request()
        if response.status >= 500 or (response.status >= 400 and not page_itself):
            self.complaints.append(f"{response.status} {response.request.method} {response.url}")

    def look(self, page: Page | None = None) -> None:
        """Nothing to complain about on this page: no error, nothing that is cut off."""
        page = page or self.page
        assert not self.complaints, f"{page.url}: {self.complaints}"
        wide = page.evaluate(TOO_WIDE)
        assert not wide, f"{page.url} is wider than {self.screen['width']} pixels: {wide}"

    def picture(self, title: str, page: Page | None = None, *, part: str = "") -> None:
        """The whole page, on a phone and on a desk. Without a title or an album, none."""
        if not self.album or not title:
            return
        page = page or self.page
        for width in WIDTHS:
            name = "-".join(filter(None, (title, part, str(width))))
            page.set_viewport_size({"width": width, "height": self.screen["height"]})
            page.screenshot(path=self.album / f"{name}.png", full_page=True)
        page.set_viewport_size(self.screen)

    def last_sight(self) -> str:
        """Pictures of every page that is open, for a walk that failed."""
        lines = []
        for number, page in enumerate([*self.window.pages, *self.mailbox.pages]):
            path = self.folder / f"{self.name}-{number}-failed.png"
            page.screenshot(path=path, full_page=True)
            lines.append(f"{path} shows {page.url}")
        return "\n".join(lines)

    # --- Hands ----------------------------------------------------------------------------------

    def go(self, path: str) -> None:
        response = self.page.goto(path)
        assert response, path
        assert response.ok, f"{response.status} {response.url}"
        self.look()

    def look_again(self) -> None:
        """Loads the page once more: something happened elsewhere."""
        self.page.reload()
        self.look()

    @contextmanager
    def arriving(self, page: Page | None = None) -> Iterator[None]:
        """What is done inside leads to another page, which is looked at."""
        page = page or self.page
        with page.expect_navigation() as arrival:
            yield
        response = arrival.value
        assert response is None or response.ok, f"{response.status} {response.url}"
        self.look(page)

    def follow(self, text: str, *, inside: str = "body", exact: bool = False) -> None:
        """Clicks a link by what stands on it."""
        link = self.page.locator(inside).get_by_role("link", name=text, exact=exact)
        with self.arriving():
            link.first.click()

    def press(self, text: str, *, inside: str = "body", page: Page | None = None) -> None:
        """Presses a button by what stands on it."""
        page = page or self.page
        button = page.locator(inside).get_by_role("button", name=text, exact=True)
        with self.arriving(page):
            button.click()

    def unfold(self, text: str) -> None:
        """Opens what stands folded under these words, if it is not open yet."""
        more = self.page.locator("details", has=self.page.locator("summary", has_text=text))
        if more.get_attribute("open") is None:
            more.locator("summary").click()

    def told(self, text: str) -> None:
        """The page answers the last press with this sentence."""
        expect(self.page.get_by_role("status")).to_contain_text(text)

    # --- Signing in -----------------------------------------------------------------------------

    def sign_up(self, *, picture: str = "") -> None:
        """With an address and the code that comes by mail."""
        self.picture(picture)
        self.page.locator("input[type=email]").fill(self.email)
        self.press("Send me the code")
        self.picture(picture, part="code")
        self._type_code()

    def sign_in(self, to: str = "/en/cases/", *, password: str = "") -> None:
        """On the way to a page that is not for all; without a password a code comes by mail."""
        self.go(to)
        self.page.locator("input[type=email]").fill(self.email)
        if password:
            self.unfold("I have set a password")
            self.page.get_by_label("Password").fill(password)
        self.press("Continue")
        if not password:
            self._type_code()

    def _type_code(self) -> None:
        mail = self.open_mail()
        code = re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*)\s*$", self.text(mail), re.MULTILINE)
        assert code, self.text(mail)
        mail.close()
        self.page.get_by_label("Code").fill(code[1])
        self.press("Confirm")

    # --- Mails ----------------------------------------------------------------------------------

    def open_mail(self) -> Page:
        """The newest mail to this person, on the page that a developer reads."""
        page = self.mailbox.new_page()
        page.goto(self._mails_to_me(page)[0])
        self.look(page)
        return page

    def _mails_to_me(self, page: Page) -> list[str]:
        """Their addresses, the newest first."""
        page.goto("/dev/mail/")
        mine = page.get_by_role("listitem").filter(has_text=self.email)
        return [link.get_attribute("href") or "" for link in mine.get_by_role("link").all()]

    def text(self, mail: Page) -> str:
        return mail.locator("pre").inner_text()

    def wait_until(self, moment: datetime) -> None:
        """Lets time pass up to this moment; one mail must have come by then."""
        page = self.mailbox.new_page()
        before = self._mails_to_me(page)
        said = self.product.manage("send_due_reminders", "--at", moment.isoformat())
        came = len(self._mails_to_me(page)) - len(before)
        page.close()
        assert came == 1, f"{came} mails to {self.email} at {moment}: {said}"

    def follow_from_mail(self, answer: str, *, picture: str = "") -> Page:
        """Opens the newest mail and its link for this answer, and returns the page behind it."""
        mail = self.open_mail()
        links_as_text = set(re.findall(r"\S+/r/\S+", self.text(mail)))
        self.picture(picture, mail, part="mail-as-text")
        with self.arriving(mail):
            mail.get_by_role("link", name="The HTML part alone").click()
        links = mail.locator("a[href*='/r/']").all()
        assert {link.get_attribute("href") for link in links} == links_as_text
        self.picture(picture, mail, part="mail")
        with mail.expect_popup() as popup:
            mail.get_by_role("link", name=answer).first.click()
        popup.value.wait_for_load_state()
        mail.close()
        self.look(popup.value)
        return popup.value

    def answer(self, answer: str, *, picture: str = "", receipt: Path | None = None) -> str:
        """Answers the newest mail: its link, then the button. Returns what the page says then."""
        page = self.follow_from_mail(answer, picture=picture)
        if receipt:
            page.locator("input[type=file]").set_input_files(receipt)
        self.picture(picture, page, part="question")
        with self.arriving(page):
            page.locator("main .btn-primary").click()
        self.picture(picture, page, part="answered")
        said = page.locator("main").inner_text()
        page.close()
        return said

    def print_receipt(self, name: str, text: str) -> Path:
        """A mail of the operator, printed as a PDF."""
        page = self.mailbox.new_page()
        page.set_content(f"<p>{text}")
        path = self.folder / name
        page.pdf(path=path)
        page.close()
        return path

    # --- The case -------------------------------------------------------------------------------

    def fill_opening(
        self, *, number: str, operator: str = "", plan: str = "", goal: str = ""
    ) -> None:
        """What is left empty here is what the page has filled in already."""
        if operator:
            self.page.get_by_label("Which operator").select_option(operator)
        if plan:
            self.page.get_by_label(plan, exact=True).check()
        if goal:
            self.page.get_by_label("What do you want?").select_option(goal)
        self.page.get_by_label("Mobile number").fill(number)

    def open_case(self, *, number: str, operator: str, plan: str, goal: str = "end") -> None:
        """From the address of the form, signed out: fill it, sign up, look again, open."""
        self.go(f"/en/cases/new/?goal={goal}")
        self.fill_opening(number=number, operator=operator, plan=plan)
        self.press("Open the case")
        self.sign_up()
        self.press("Open the case")

    def tick_every_step(self) -> None:
        todo = self.page.locator("#steps .tick[aria-pressed=false]")
        for left in range(todo.count(), 0, -1):
            expect(todo).to_have_count(left)
            with self.arriving():
                todo.first.click()
        expect(todo).to_have_count(0)

    def record_sending(self, *, channel: str, sent_on: date, wanted_end: date) -> None:
        self.fill_sending(channel=channel, sent_on=sent_on, wanted_end=wanted_end)
        self.press("Record it")

    def fill_sending(self, *, channel: str, sent_on: date, wanted_end: date) -> None:
        form = self.page.locator("#requested")
        form.get_by_label("How").select_option(channel)
        form.get_by_label("Sent on").fill(sent_on.isoformat())
        form.get_by_label("End date that you asked for").fill(wanted_end.isoformat())

    def store(self, receipt: Path) -> None:
        """On the case page, as the operator's confirmation."""
        self.page.locator("#proof input[type=file]").set_input_files(receipt)
        self.press("Store it")

    def at_nine(self, day: date) -> str:
        """As the case page writes the moment of a mail."""
        return f"{in_words(day)}, 09:00"

    def planned(self) -> list[tuple[str, str]]:
        """The mails that the case page says will come: what about, and when."""
        rows = self.page.locator("#mails .planned > li").all()
        return [  # also those that are folded away
            (row.locator("span").first.text_content() or "", row.locator("p").text_content() or "")
            for row in rows
        ]

    def timeline(self) -> list[str]:
        """What happened, as the case page tells it, the newest first."""
        return self.page.locator(".timeline li strong").all_inner_texts()

    def presses(self) -> list[str]:
        """The same without the mails: a walk sends those of later days, which then stand on top."""
        return [title for title in self.timeline() if title != "Reminder sent"]
