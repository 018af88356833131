"""Long work as every screen shows it: a bar, the time left, and Stop."""

from __future__ import annotations

from workbench.review.desk import Pulse, Work
from workbench.review.pieces import button
from workbench.review.tree import Node, h
from workbench.review.words import VERB_WORDS, duration

GOING = ("queued", "running")


def going(pulse: Pulse, *verbs: str) -> Work | None:
    """Give the latest piece of unfinished work of these verbs (of any, if none are named)."""
    works = (w for w in pulse.works if w.state in GOING and (not verbs or w.verb in verbs))
    return next(works, None)


def work_view(work: Work, worker_alive: bool) -> Node:
    """Show one piece of unfinished work."""
    title = VERB_WORDS.get(work.verb, work.verb.capitalize())
    if not worker_alive:
        words = f"{title} is queued: the worker is not running. It starts by itself once the worker is back."
        return h(
            "div", h("p", h("strong", "Waiting. "), words), class_="work work--waiting", key=work.request_id
        )
    share = (
        h("progress", max=work.total, value=work.done, aria_label=title)
        if work.total
        else h("progress", aria_label=title)
    )
    return h(
        "div",
        h("p", h("strong", f"{title}: "), _how_far(work), class_="work-words"),
        share,
        _stop(work, title.lower()),
        class_="work",
        key=work.request_id,
    )


def _stop(work: Work, title: str) -> Node:
    """Make Stop, or what stands in its place once it was pressed."""
    if not work.stopping:
        return button("Stop", "stop", look="quiet", name=f"Stop the {title}", request_id=work.request_id)
    name = f"The {title} stops after its present step"
    return h("button", "Stopping…", type="button", class_="button quiet", disabled=True, aria_label=name)


def _how_far(work: Work) -> str:
    if work.state == "queued":
        return work.message or "about to start"
    told = [work.message] if work.message else []
    if work.total:
        told.append(f"{work.done} %" if work.in_percent else f"{work.done:,} of {work.total:,}")
    if work.left_s is not None:
        told.append(f"{duration(work.left_s)} left")
    return " · ".join(told) or "under way"
