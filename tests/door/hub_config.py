# A JupyterHub for one test: a name is enough to sign in, and Workbench is its service. Its proxy is left out.
import os

from jupyterhub.proxy import Proxy


class NoProxy(Proxy):
    """Nothing in front: the test speaks with the Hub and with the service themselves."""

    should_start = False

    async def add_route(self, routespec, target, data):
        """Remember nothing."""

    async def delete_route(self, routespec):
        """Forget nothing."""

    async def get_all_routes(self):
        """Know none."""
        return {}


hub, service, folder = (os.environ[f"TEST_{name}"] for name in ("HUB_PORT", "SERVICE_PORT", "FOLDER"))
c = get_config()  # noqa: F821
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.hub_port = int(hub)
c.JupyterHub.db_url = f"sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{folder}/hub.cookies"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.services = [
    {
        "name": "workbench",
        "url": f"http://127.0.0.1:{service}",
        "command": ["python", "-m", "workbench", "serve", f"{folder}/firm"],
        "environment": {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
        "oauth_no_confirm": True,
        "timeout": 170,  # a busy machine starts slowly
    }
]
c.JupyterHub.load_roles = [
    {"name": "user", "scopes": ["self"]},
    {"name": "reviewers", "users": ["ann"], "scopes": ["access:services!service=workbench"]},
]
