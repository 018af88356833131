"""Ledger entries as the house writes them, and a strategy that draws any of them."""

from __future__ import annotations

from hypothesis import strategies as st

from workbench.domain.frames import link_id
from workbench.domain.records import Entry, Operation
from workbench.reconcile.replay import planned_entry


def linked(cw: str, xpm: str, how: str = "tick", kind: str = "linked") -> Entry:
    ids = {"link_id": link_id(cw, xpm), "connectworks_id": cw, "xpm_id": xpm}
    return Entry(kind, {**ids, "how": how, "act": None})


def decided(cw: str, xpm: str, direction: str | None, field: str = "email") -> Entry:
    ids = {"link_id": link_id(cw, xpm), "connectworks_id": cw, "xpm_id": xpm, "field": field}
    body = {**ids, "direction": direction, "how": "tick", "erases": False, "act": None}
    return Entry("decided", body, {"connectworks": "a@x.example", "xpm": None, "note": None}, ids["link_id"])


def baselined(cw: str, xpm: str, why: str = "equal", value: str | None = "a@x.example") -> Entry:
    private = {"email.connectworks": "a@x.example", "email.xpm": value}
    return Entry("baselined", {"link_id": link_id(cw, xpm), "fields": ["email"], "why": why}, private)


def pulled(side: str, complete: bool = True) -> Entry:
    body = {"pull_id": "p", "side": side, "snapshot": "s", "records": 3, "expected": 3}
    return Entry("pulled", {**body, "complete": complete, "reason": "" if complete else "cut short"})


OPERATION = Operation("xpm", "client", "x1", "x1", {"email": None}, {"email": "a@x.example"}, (2,), "ann")


def concluded(operation: Operation, outcome: str) -> Entry:
    body = {"operation_id": operation.operation_id, "run_id": "r1", "outcome": outcome}
    return Entry("concluded", {**body, "reason": "Because.", "calls": 2}, {"words": "Too long"})


_pairs = st.tuples(st.sampled_from(["c1", "c2"]), st.sampled_from(["x1", "x2"]))
entries = st.one_of(
    _pairs.map(lambda p: linked(*p)),
    _pairs.map(lambda p: linked(*p, how="connectworks")),
    _pairs.map(lambda p: linked(*p, kind="unlinked")),
    _pairs.map(lambda p: Entry("rejected", {"connectworks_id": p[0], "xpm_id": p[1], "how": "tick"})),
    _pairs.map(lambda p: Entry("unrejected", {"connectworks_id": p[0], "xpm_id": p[1]})),
    st.builds(lambda p, d: decided(p[0], p[1], d), _pairs, st.sampled_from(["to_xpm", "leave", None])),
    st.builds(
        lambda p, why, value: baselined(*p, why, value),
        _pairs,
        st.sampled_from(["equal", "leave", "never"]),
        st.sampled_from([None, "a@x.example", "b@x.example"]),
    ),
    st.builds(pulled, st.sampled_from(["connectworks", "xpm"]), st.booleans()),
    st.just(Entry("compared", {"links": 2, "counts": {}, "snapshots": []})),
    st.just(Entry("returned", {"side": "xpm", "cells": [["x1", "email"]]})),
    st.just(Entry("looked", {"side": "xpm", "client_id": "x1", "look": "l1"})),
    st.just(Entry("run_started", {"run_id": "r1", "plan_hash": "h", "operations": 1, "undoes": None})),
    st.just(planned_entry(OPERATION, "r1", [link_id("c1", "x1")])),
    st.builds(concluded, st.just(OPERATION), st.sampled_from(["done", "stale", "refused"])),
    st.just(Entry("requested", {"request_id": "q", "verb": "pull", "args": {}})),
    st.just(Entry("taken", {"request_id": "q", "worker": "w"})),
    st.just(Entry("stop_asked", {"request_id": "q"})),
    st.just(Entry("ended", {"request_id": "q", "ok": True, "message": "Pulled."})),
    st.just(Entry("purged", {"subject": "s", "values": 0})),
)
