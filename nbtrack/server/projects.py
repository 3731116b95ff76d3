"""What the page of a project asks: one route, on which the question tells whether it reads or changes."""

from __future__ import annotations

from typing import Any

from nbtrack.server.answers import StoreHandler, reads, writes

#: bytes of a question: a thousand edits, or the ids of a hundred thousand runs
MAX_BODY = 4 * 1024 * 1024


class ProjectHandler(StoreHandler):
    """A project of the store. A POST with a cookie needs the XSRF token too, as `APIHandler` sees to."""

    @reads
    async def post(self, store_id: str) -> None:
        """Answer a question, or do what it says; it is in the body."""
        from nbtrack.panels.project.answer import CHANGING

        args = self.question(MAX_BODY)
        await (self._change if args.get("what") in CHANGING else self._answer)(store_id, args)

    @writes
    async def _change(self, store_id: str, args: dict[str, Any]) -> None:
        await self._answer(store_id, args)

    async def _answer(self, store_id: str, args: dict[str, Any]) -> None:
        def job() -> tuple[Any, list[bytes]]:
            from nbtrack.panels.project.answer import answer

            return answer(self.stores.store(store_id), args)

        await self.answer(job)
