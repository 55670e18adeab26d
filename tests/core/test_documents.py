"""Documents in YAML: every entry knows its line, and what cannot be read is refused with one."""

import pytest

from resynapse.core.document import Part, read_document
from resynapse.core.lines import DocumentError, document, document_file

GOOD = "name: mine\narms:\n  - {name: drug 0.5, n: 4}\n  - name: vehicle\n    n: 5\n"


class Small(Part):
    name: str
    n: int


def test_entries_and_members_know_their_lines_and_their_places():
    found = document(GOOD, "mine.yaml")
    assert [found.line(p) for p in (("name",), ("arms", 0, "n"), ("arms", 1, "n"), ("arms", 1, "missing"))] == [
        1,
        3,
        5,
        4,
    ]
    assert found.placed("arms.drug 0.5.n") == ("arms", 0, "n")
    assert found.placed("arms.2.n") is None
    assert found.at(("arms", 1, "n")) == 5


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "list of entries"),
        ("- a\n", 1, "list of entries"),
        ("a: [1,\n b: 2\n", 3, "not YAML"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "first on line 3"),
        ("a: 1\n? [1, 2]\n: 3\n", 2, "one word"),
        ("a: &x [*x]\n", 1, "without end"),
        ("a: 1\nb: {<<: [1]}\n", 2, "not YAML"),
        ("a: 2024-13-45\n", 0, "month"),
        ("a: 1\n---\nb: 2\n", 2, "not YAML"),
        ("a: !!python/object:os.system x\n", 1, "not YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, line, says):
    with pytest.raises(DocumentError, match=says) as refused:
        document(text, "mine.yaml")
    assert refused.value.line == line


def test_a_schema_is_refused_by_line_and_a_word_said_twice_never_passes():
    with pytest.raises(DocumentError, match="nearest: name") as refused:
        read_document("n: 3\nnaem: x\n", Small, "mine.yaml")
    assert refused.value.line == 2
    with pytest.raises(DocumentError, match="written twice"):
        read_document("name: a\nn: 3\nn: 4\n", Small, "mine.yaml")


def test_files_that_are_not_there_or_no_text_are_refused(tmp_path):
    (tmp_path / "bits.yaml").write_bytes(b"\xff\xfe\x00\x80")
    for path, says in (
        (tmp_path / "none.yaml", "no such file"),
        (tmp_path, "not a text"),
        (tmp_path / "bits.yaml", "not a text"),
    ):
        with pytest.raises(DocumentError, match=says):
            document_file(path, "look again")
