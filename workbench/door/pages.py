"""The few pages before the dashboard: plain words, no script, nothing from elsewhere."""

from __future__ import annotations

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:;base64,="><title>{title} · Workbench</title>
<style>
:root {{ color-scheme: light dark; --page: #f5f7f9; --ink: #1d2733; --accent: #0b5a78; --on: #ffffff; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --page: #14191e; --ink: #e8edf2; --accent: #86cbe6; --on: #10202a; }} }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--page);
  color: var(--ink); font: 17px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }}
main {{ max-width: 34rem; padding: 2rem; }}
h1 {{ font-size: 1.6rem; }}
a.button, button {{ display: inline-block; padding: .7rem 1.4rem; border: 0; border-radius: 8px;
  background: var(--accent); color: var(--on); font: inherit; font-weight: 600; text-decoration: none;
  cursor: pointer; }}
a {{ color: var(--accent); }}
a.button {{ color: var(--on); }}
a:focus-visible, button:focus-visible {{ outline: 3px solid var(--ink); outline-offset: 3px; }}
</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""


def page(title: str, *sentences: str, link: tuple[str, str] | None = None, form: str = "") -> str:
    """Make a page.

    Parameters
    ----------
    title : str
        Its heading.
    *sentences : str
        One paragraph each; all text.
    link : tuple of (address, words), optional
        The one thing to do; beside a form, what to do instead.
    form : str
        HTML of our own making, for a button that changes something.
    """
    body = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences if sentence)
    if link:
        look = "" if form else ' class="button"'
        form += f'<p><a{look} href="{escape(link[0])}">{escape(link[1])}</a></p>'
    return _PAGE.format(title=escape(title), body=body + form)
