"""The pages of Xero's sign-in: plain, self-contained, usable by keyboard and screen reader."""

from __future__ import annotations

import base64
import hashlib
import html
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, Response

from workbench.sandbox.state import Record

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a}"
    "fieldset{border:1px solid #767676;border-radius:4px}label{display:block;padding:.3rem 0}"
    "button{font:inherit;padding:.5rem 1.2rem;margin:1rem .6rem 0 0}.problem{color:#a3001b;font-weight:600}"
)


def consent_page(
    id: str,
    query: Record,
    offered: list[Record],
    problem: str = "",
    action: str = "/identity/connect/authorize",
) -> Response:
    """Return the page that asks which tenants an application may have.

    Parameters
    ----------
    id : str
        Of the request, which the form sends back.
    query : dict
        The application's request.
    offered : list of dict
        The tenants to choose from; none is ticked.
    problem : str
        A message on what to do about the last answer.
    action : str
        Where the form is sent.
    """
    choices = "".join(
        f'<label><input type="checkbox" name="tenant" value="{tenant["tenantId"]}"> '
        f"{html.escape(tenant['tenantName'])}</label>"
        for tenant in offered
    )
    scopes = "".join(f"<li>{html.escape(scope)}</li>" for scope in query["scope"].split())
    warning = f'<p class="problem" role="alert">{problem}</p>' if problem else ""
    return page(
        f"<h1>{html.escape(query['client_id'])} wants access</h1>"
        "<p>This is the sandbox's sign-in page. No real account is involved.</p>"
        f"{warning}<p>It asks for:</p><ul>{scopes}</ul>"
        f'<form method="post" action="{action}">'
        f'<input type="hidden" name="request" value="{id}">'
        f"<fieldset><legend>Connect which practice or organisation?</legend>{choices}</fieldset>"
        '<button name="decision" value="allow">Allow access</button>'
        '<button name="decision" value="refuse">Refuse</button></form>',
        form_target=query["redirect_uri"],
    )


def page(body: str, status: int = 200, form_target: str | None = None) -> Response:
    """Return a self-contained page; its form may only lead to the application that asked."""
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    target = f" http://{urlsplit(form_target).netloc}" if form_target else ""
    headers = {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self'{target}",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox sign-in: Xero</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )
    return HTMLResponse(document, status, headers=headers)
