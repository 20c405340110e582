import pytest

from videogen_mcp.database.sql import for_postgres, named_values


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a FROM t WHERE b = ? AND c > ?", "SELECT a FROM t WHERE b = %(v1)s AND c > %(v2)s"),
        ("UPDATE t SET a = ?2 WHERE b = ?1 OR c = ?1", "UPDATE t SET a = %(v2)s WHERE b = %(v1)s OR c = %(v1)s"),
        ("SELECT 1 WHERE a LIKE 'x%' AND b IS ?", "SELECT 1 WHERE a LIKE 'x%%' AND b IS NOT DISTINCT FROM %(v1)s"),
        ("SELECT 1 WHERE a IS NOT ?1", "SELECT 1 WHERE a IS DISTINCT FROM %(v1)s"),
        ("SELECT 1 WHERE a IS NOT NULL", "SELECT 1 WHERE a IS NOT NULL"),
    ],
)
def test_one_text_of_sql_serves_both_engines(sql: str, expected: str) -> None:
    assert for_postgres(sql) == expected


def test_values_have_the_names_of_the_marks() -> None:
    assert named_values(("a", 2)) == {"v1": "a", "v2": 2}
