"""Where sessions are kept: in the database, each under its login, so that a login can see and end its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from canbao.staff.models import Session

SITTING = "sitting"
"""Under this key a session of staff says when it began, when it was last used, on what device and from where."""


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> Any:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        sitting = data.get(SITTING)
        if isinstance(row, Session) and SESSION_KEY in data and sitting:
            row.login_id = int(data[SESSION_KEY])
            row.begun_at, row.seen_at = (datetime.fromisoformat(sitting[word]) for word in ("begun", "seen"))
            row.device, row.address = sitting["device"], sitting["address"]
        return row
