"""Two good documents, from which bad ones are made by one change each."""

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples" / "trials"


@pytest.fixture(scope="session")
def good() -> dict[str, str]:
    """The text of each template."""
    return {path.stem: path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.yaml")}
