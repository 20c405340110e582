"""Error responses: one exception, and the codes and JSON of each era."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from videogen_sandbox.config import Dialect

CODES: Mapping[Dialect, Mapping[int, str]] = {
    "v0": {400: "invalid_parameters"},
    "v2": {
        400: "invalid_request",
        401: "invalid_api_key",
        403: "not_authorized",
        404: "not_found",
        429: "rate_limited",
    },
}
"""The machine codes that are attested per era (contract/NOTES.md section 10); other statuses carry none."""


class Refusal(Exception):
    """An HTTP response of 400 and above. `code` None means the era's own for that status (CODES)."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        internal: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})
        self.internal = internal

    def body(self, dialect: Dialect) -> dict[str, Any]:
        """Return the JSON body in the shape of the era."""
        return error_body(dialect, self.message, self.code or CODES[dialect].get(self.status), internal=self.internal)


def error_body(dialect: Dialect, message: str, code: str | None, *, internal: str | None = None) -> dict[str, Any]:
    """Return {message, code, requirement, internalErrorCode}: absent where unset in the seed era, null today."""
    body: dict[str, Any] = {"message": message, "code": code, "requirement": None, "internalErrorCode": internal}
    return body if dialect == "v2" else {name: value for name, value in body.items() if value is not None}


def invalid(field: str, problem: str) -> Refusal:
    """Return a 400 that names the field, such as `"prompt" must not be empty.`"""
    return Refusal(400, f'"{field}" {problem}.')
