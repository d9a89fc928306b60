"""The guided tour: the quick start step by step, where one watches each call and its answer."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from roarbase.console.api import Call
from roarbase.console.components.button import danger_button, main_button, quiet_button
from roarbase.console.components.confirm import confirm_by_typing
from roarbase.console.components.curl import copyable
from roarbase.console.components.notice import Notice
from roarbase.console.components.tag import Tag, heading
from roarbase.console.frame import Page
from roarbase.console.tour.finding import DEPLOYMENT, Found, find_tour
from roarbase.console.tour.running import is_done, run_step
from roarbase.console.tour.steps import CLEANUP, STEPS, Step
from roarbase.console.tour.transcript import Entry, Transcript

__all__ = ["tour_page"]

_LOOKS_EVERY_S = 3.0

_Run = Callable[[Step], Awaitable[None]]


def tour_page(page: Page) -> None:
    """Draw it."""
    with page.frame("Guided tour", entry="Home", back=("Home", "/")) as notice:
        Tag(
            "p",
            "The quick start, call by call: a deployment with a table of iris flowers, streamed and queried. Each step "
            "shows the command that it is, and what the service answered. Leave whenever you like: the tour goes on "
            "from what is there.",
            classes="quiet prose",
        )
        walk = _Walk(page, notice)
        page.every(_LOOKS_EVERY_S, walk.look)


class _Walk:
    """The steps on one page. What is done is never remembered here: it is looked up."""

    def __init__(self, page: Page, notice: Notice) -> None:
        self._page, self._notice = page, notice
        self._transcript = Transcript(page.session)
        self._found: Found | None = None
        self._is_busy = False
        with Tag("div", classes="toolbar tour__bar"):
            self._progress = Tag("p", "Looking how far you are", classes="grow", aria_live="polite")
            self._all = main_button("Do all that is left", self._do_all, "fast_forward")
            self._all.set_visibility(False)
        with Tag("ol", classes="tour"):
            self._cards = [_StepCard(number, step, page) for number, step in enumerate(STEPS, 1)]
        self._end = Tag("section", classes="card", aria_label="Clean up")
        self._end.set_visibility(False)
        with self._end:
            heading(2, "Clean up")
            Tag(
                "p",
                "What the tour made costs nothing here but memory. Look around in it, or delete it again: the source, "
                "the table, the deployment, in this order.",
            )
            with Tag("ol", classes="tour") as self._undoing_list:
                self._undoing = [_StepCard(number, step, page, level=3) for number, step in enumerate(CLEANUP, 1)]
            with Tag("div", classes="actions actions--start"):
                self._clean = danger_button("Clean up", self._ask_to_clean)
                self._look_at = quiet_button("Look at the deployment", self._go, "dns")

    async def look(self) -> None:
        """See how far the tour has come, and draw what changed. Nothing is looked up while a step runs."""
        if self._is_busy:
            return
        with self._notice.watching(clears=False):
            self._draw(await find_tour(self._page.session))

    def _draw(self, found: Found) -> None:
        self._found = found
        entries = self._transcript.entries()
        done = [is_done(step, found, entries) for step in STEPS]
        current = done.index(False) if False in done else len(STEPS)
        for place, card in enumerate(self._cards):
            entry = entries.get(card.step.key) if done[place] or place == current else None
            offers = place == current or (done[place] and card.step.can_repeat)
            card.draw(found, entry, is_done=done[place], run=self._run if offers else None)
        self._draw_undoing(found, entries)
        self._progress.set_text(_progress(sum(done[:current])))
        self._all.set_visibility(current < len(STEPS))
        self._end.set_visibility(found.is_there or any(step.key in entries for step in CLEANUP))
        self._undoing_list.set_visibility(any(step.key in entries for step in CLEANUP))
        for button in (self._clean, self._look_at):
            button.set_visibility(found.is_there)
        for button in (self._all, self._clean):
            button.set_enabled(not self._is_busy)

    def _draw_undoing(self, found: Found, entries: dict[str, Entry]) -> None:
        for card in self._undoing:
            entry = entries.get(card.step.key)
            card.draw(found, entry, is_done=entry is not None and is_done(card.step, found, entries), run=None)

    async def _run(self, step: Step) -> None:
        self._transcript.forget(*(step.key for step in CLEANUP))
        await self._walk([step], again=True)
        self._focus_next()

    async def _do_all(self) -> None:
        self._transcript.forget(*(step.key for step in CLEANUP))
        await self._walk(STEPS)

    def _ask_to_clean(self) -> None:
        consequence = "The source, the table with its records, and the deployment will be gone."
        confirm_by_typing(f"Delete {DEPLOYMENT} and what is in it?", consequence, self._clean_up)

    async def _clean_up(self) -> None:
        self._transcript.forget(*(step.key for step in STEPS))
        with self._end:  # not in the dialog, which closes now, so that one sees the steps
            ui.timer(0, lambda: self._walk(CLEANUP), once=True)

    async def _walk(self, steps: Sequence[Step], *, again: bool = False) -> None:
        """Steps in order, as far as they can be done; what is done already is left out, unless it is done again."""
        if self._is_busy:
            return
        self._is_busy = True
        try:
            with self._notice.watching():
                found = await find_tour(self._page.session)
                for step in steps:
                    if not again and is_done(step, found, self._transcript.entries()):
                        continue
                    self._show_running(step)
                    found = await run_step(self._page.session, step, found, self._transcript)
                    if self._end.is_deleted:  # the page was left: what was answered is kept, and there it ends
                        return
                    self._draw(found)
                    if not is_done(step, found, self._transcript.entries()):
                        self._notice.error(f'The step "{step.title}" is not done: see what was answered there.')
                        break
        finally:
            self._is_busy = False
            if self._found is not None and not self._end.is_deleted:
                self._draw(self._found)

    def _show_running(self, step: Step) -> None:
        for button in (self._all, self._clean):
            button.disable()
        for card in (*self._cards, *self._undoing):
            if card.step is step:
                card.show_running()

    def _focus_next(self) -> None:
        for card in self._cards:
            card.focus()

    def _go(self) -> None:
        if self._found is not None and self._found.is_there:
            ui.navigate.to(f"/deployments/{self._found.deployment_id}")


class _StepCard:
    """One step: what it does, its command, its answer."""

    def __init__(self, number: int, step: Step, page: Page, *, level: int = 2) -> None:
        self.step = step
        self._page = page
        self._number, self._level = number, level
        self._drawn: object = None
        self._button: ui.button | None = None
        self._place = Tag("li", classes="step")

    def draw(self, found: Found, entry: Entry | None, *, is_done: bool, run: _Run | None) -> None:
        """Draw it, unless it stands there so already.

        Args:
            entry: What was answered, if it was asked in this session.
            run: Runs the step, where it is the next one.
        """
        call = entry.call if entry is not None else self.step.call(found) if run is not None else None
        state = (entry, is_done, run is not None, call)
        if state == self._drawn:
            return
        self._drawn, self._button = state, None
        self._place.clear()
        self._place.classes(add=_state(is_done, run is not None), remove="step--done step--next step--later")
        with self._place:
            self._draw_head(is_done)
            Tag("p", self.step.text, classes="prose")
            if is_done and entry is None:
                Tag("p", "That is so already.", classes="quiet")
            if entry is not None:
                self._draw_entry(entry)
            elif call is not None:
                self._draw_command(call, is_open=not is_done)
            if run is not None:
                self._draw_button(run, again=is_done)

    def show_running(self) -> None:
        """Say that it is under way."""
        self._drawn = None
        if self._button is not None:
            self._button.props("loading")
            return
        with self._place, Tag("p", classes="quiet", role="status"):
            ui.spinner(size="sm")
            Tag("span", " Under way")

    def focus(self) -> None:
        """Put the focus on its button, if it has one: who walks by keyboard goes on."""
        if self._button is not None:
            self._place.client.run_javascript(f"setTimeout(() => getHtmlElement({self._button.id})?.focus(), 100)")

    def _draw_head(self, is_done: bool) -> None:
        with Tag("div", classes="toolbar"):
            heading(self._level, f"{self._number}. {self.step.title}", classes="grow")
            if is_done:
                Tag("span", "DONE", classes="badge badge--good")

    def _draw_command(self, call: Call, *, is_open: bool) -> None:
        with ui.expansion("The command", value=is_open).classes("wide curl"):
            copyable(call.curl(self._page.wiring.origins), "the command")

    def _draw_entry(self, entry: Entry) -> None:
        self._draw_command(entry.call, is_open=not entry.is_good)
        kind = "good" if entry.is_good else "bad"
        with Tag("p", classes="answer"):
            Tag("span", "Answer ", classes="quiet")
            Tag("span", str(entry.status), classes=f"badge badge--{kind}")
            if entry.elapsed_s:
                Tag("span", f" in {entry.elapsed_s * 1000:,.0f} ms", classes="quiet")
        if entry.text:
            Tag("pre", entry.text, classes="answer__text", tabindex="0", role="region", aria_label="Answer")

    def _draw_button(self, run: _Run, *, again: bool) -> None:
        with Tag("div", classes="actions actions--start"):
            if again:
                quiet_button("Run it again", lambda: run(self.step), "replay")
            else:
                self._button = main_button("Run this step", lambda: run(self.step), "play_arrow")


def _state(is_done: bool, is_next: bool) -> str:
    if is_done:
        return "step--done"
    return "step--next" if is_next else "step--later"


def _progress(done: int) -> str:
    if done == len(STEPS):
        return f"All {len(STEPS)} steps are done. Ask more on the page Query, or clean up below."
    return f"{done} of {len(STEPS)} steps done"
