"""When the answer of a call has reached its client: known over stdio, where this server writes the bytes itself."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

RequestId = int | str


class SentAnswers:
    """What is to be done when answers have been written."""

    def __init__(self) -> None:
        self._expected: defaultdict[RequestId, deque[Callable[[], None]]] = defaultdict(deque)
        """By the request's id, which some clients use for several calls at once."""

    def expect(self, request_id: RequestId, delivered: Callable[[], None]) -> None:
        """Call `delivered` when the answer to this request has been written."""
        self._expected[request_id].append(delivered)

    def written(self, request_id: RequestId) -> None:
        """Note that an answer to this request has been written, to its last byte."""
        if self._expected[request_id]:
            self._expected[request_id].popleft()()
        if not self._expected[request_id]:
            del self._expected[request_id]
