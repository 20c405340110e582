"""The product's HTTP server, held to both revisions of MCP by the official suite."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conformance.suite import REVISIONS, SOURCE, Outcome, Suite
from tests.e2e.listening import Listening
from tests.e2e.node import Clients

BASELINE = SOURCE / "product.yml"
"""The checks that need what a product has not, each with the reason. One that passes must not stand there."""

SKILLS = {"sep-2640-skills-enumeration": 32, "sep-2640-skills-manifest": 6, "sep-2640-skills-directory": 7}
"""The scenarios for skills, and how many checks each has."""


@pytest.fixture(scope="module")
def runs(suite: Suite, product: Listening, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All that the suite has for each revision, compared with the baseline."""
    compared = ("--expected-failures", str(BASELINE))
    return {
        revision: suite.run(product.mcp, tmp_path_factory.mktemp(revision), "--requirements", revision, *compared)
        for revision in REVISIONS
    }


@pytest.mark.parametrize("revision", REVISIONS)
def test_it_passes_what_a_product_can(runs: dict[str, Outcome], revision: str) -> None:
    found = runs[revision]
    assert found.code == 0, found.output
    assert len(found.checks) > 25


def test_headers_are_validated_although_no_revision_asks_for_that(runs: dict[str, Outcome]) -> None:
    found = runs["2026-07-28"]
    assert {status for _, status in found.checks["http-header-validation"]} == {"SUCCESS"}, found.output


@pytest.mark.parametrize("scenario", SKILLS)
def test_its_skills_pass_every_check(suite: Suite, product: Listening, tmp_path: Path, scenario: str) -> None:
    found = suite.run(product.mcp, tmp_path, "--scenario", scenario)
    assert [status for _, status in found.checks[scenario]] == ["SUCCESS"] * SKILLS[scenario], found.output


def test_the_inspector_verifies_every_byte_of_the_skills(tmp_path: Path) -> None:
    place = ["-e", f"VIDEOGEN_MCP_STATE_DIR={tmp_path}", "--protocol-era", "modern"]
    verify = ["--method", "skills/list", "--verify", "--require-digests"]
    done = Clients.installed().inspector(*place, *verify, sys.executable, "-m", "videogen_mcp", home=tmp_path)
    assert done.returncode == 0, done.stderr
    skills = [json.loads(line) for line in done.stdout.splitlines()]
    assert [skill["outcome"] for skill in skills] == ["verified"] * 3
