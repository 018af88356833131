"""What the tests of the outside share: a clock that only waits in name, and a firm's settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workbench.domain.settings import Settings

SECRET_VARIABLE = "CONNECTWORKS_TEST_SECRET"


class FakeClock:
    """Time that passes only by waiting; remembers each wait."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.waits: list[float] = []

    def now(self) -> datetime:
        """Give the day that the tests live in."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Give the seconds that have passed."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.waits.append(seconds)
        self.seconds += seconds


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that never really waits."""
    return FakeClock()


@pytest.fixture
def firm_settings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Give a maker of settings for two services at any roots; more XPM or Connectworks settings by name."""
    monkeypatch.setenv(SECRET_VARIABLE, "sandbox-secret")

    def make(
        xpm_root: str = "https://xpm.example",
        connectworks_root: str = "https://connectworks.example",
        *,
        xpm: dict[str, Any] | None = None,
        connectworks: dict[str, Any] | None = None,
        home: str = "NZ",
        speed: float | None = None,
    ) -> Settings:
        return Settings.model_validate(
            {
                "firm": {"name": "Test firm", "home_country": home},
                "vault": "memory",
                "sandbox_speed": speed,
                "xpm": {
                    "base_url": f"{xpm_root}/practicemanager/3.1",
                    "authorize_url": f"{xpm_root}/identity/connect/authorize",
                    "token_url": f"{xpm_root}/connect/token",
                    "revoke_url": f"{xpm_root}/connect/revocation",
                    "connections_url": f"{xpm_root}/connections",
                    "client_id": "workbench-sandbox",
                    "redirect_uri": "http://localhost:8400/xero",
                    **(xpm or {}),
                },
                "connectworks": {
                    "base_url": f"{connectworks_root}/v1",
                    "authorize_url": f"{connectworks_root}/oauth/authorize",
                    "token_url": f"{connectworks_root}/oauth/token",
                    "revoke_url": f"{connectworks_root}/oauth/revoke",
                    "client_id": "workbench-sandbox",
                    "client_secret_env": SECRET_VARIABLE,
                    **(connectworks or {}),
                },
            }
        )

    return make
