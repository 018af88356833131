"""A person at a notebook in JupyterLab."""

from __future__ import annotations

from playwright.sync_api import Page, expect

KERNEL_WAIT_MS = 90_000
BEGIN_WAIT_MS = 10_000


def run_all(page: Page) -> None:
    """Run every cell of the open notebook, once its kernel is there.

    A kernel that Lab calls idle may not hear it yet; then it never works, and a person asks again. The cells'
    numbers tell nothing: those of the last run are stored with the notebook.
    """
    kernel_ready(page)
    _ask_for_all(page)
    busy = page.locator(".jp-Notebook-ExecutionIndicator[data-status=busy]")
    try:
        expect(busy).to_be_visible(timeout=BEGIN_WAIT_MS)
    except AssertionError:
        _ask_for_all(page)


def _ask_for_all(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def kernel_ready(page: Page) -> None:
    """Wait for the open notebook's kernel: until then Lab may do nothing on a click."""
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    expect(idle).to_be_visible(timeout=KERNEL_WAIT_MS)
