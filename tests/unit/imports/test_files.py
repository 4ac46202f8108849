"""What a file is, its encoding, its columns; files that are not what they say, cut off, bombs, broken places."""

import io
import zipfile

import openpyxl
import pytest

from regulars import imports
from regulars.imports.keeping import keep


def kept(tmp_path, name: str, content: bytes, **more):
    return keep(tmp_path, io.BytesIO(content), name=name, bytes_max=more.get("bytes_max", 10**9))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Name,Größe\nJörg,1\n".encode(), "utf-8"),
        ("\ufeffName,Größe\nJörg,1\n".encode(), "utf-8"),
        ("Name,Größe\nJörg,1\n".encode("latin-1"), "cp1252"),
        ("Name,Größe\nJörg,1\n".encode("utf-16"), "utf-16"),
        ("Name,Größe\nJörg,1\nAnna,22\n".encode("utf-16-le"), "utf-16-le"),
        ("Name,Größe\nJörg,1\nAnna,22\n".encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_every_encoding_reads_the_same(tmp_path, content: bytes, encoding: str):
    found = kept(tmp_path, "a.csv", content)

    assert found.layout.names == ("Name", "Größe")
    assert found.layout.columns[0].examples[0] == "Jörg" and found.layout.encoding == encoding


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_sign_between_cells_is_found(tmp_path, sign: str):
    text = f'a{sign}b\n"1{sign}x"{sign}2\n'.encode()

    assert kept(tmp_path, "a.csv", text).layout.columns[0].examples == (f"1{sign}x",)


def far_apart() -> bytes:
    """Two cells, in the first and the last corner of a sheet."""
    book = openpyxl.Workbook()
    book.active.cell(1, 1, "id")
    book.active.cell(1_048_576, 16_384, "x")
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\xef\xbb\xbf \n", "is empty"),
        ("a.csv", b"a,b\n", "no rows"),
        ("a.csv", bytes(range(256)) * 9, "neither text nor"),
        ("a.csv", b"%PDF-1.7", "is a PDF"),
        ("a.csv", b"\x1f\x8b\x08", "packed with gzip"),
        ("a.csv", b"PAR1" + bytes(30) + b"PAR1", "not what its name says"),
        ("a.parquet", b"PAR1" + bytes(30), "cut off"),
        ("a.parquet", b"PAR1" + bytes(30) + b"PAR1", "cannot be read"),
        ("a.xlsx", b"PK\x03\x04" + bytes(30), "cut off, locked or damaged"),
        ("a.xlsx", bomb(), "which no table does"),
        ("a.xlsx", far_apart(), "its cells lie too far apart"),
        ("a.json", b"a,b\n1,2\n", "not what its name says"),
        ("a.jsonl", b"{nope\n[1]\n", "no JSON object"),
        ("a.html", b"<!doctype html>", "web page"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_leaves_nothing(
    tmp_path, name: str, content: bytes, said: str
):
    with pytest.raises(imports.Unreadable, match=said):
        kept(tmp_path, name, content)

    assert list(tmp_path.iterdir()) == []


def test_a_file_of_a_few_bytes_and_millions_of_rows_is_refused(tmp_path):
    import duckdb

    file = tmp_path / "alike.parquet"
    duckdb.sql(f"copy (select 'x' as id from range(3000000)) to '{file}' (format parquet)")
    content = file.read_bytes()
    file.unlink()

    with pytest.raises(imports.Unreadable, match="3,000,000 rows in .* bytes: they can hardly differ"):
        kept(tmp_path, "a.parquet", content)


def test_a_file_beyond_the_bound_is_refused_while_it_is_read(tmp_path):
    with pytest.raises(imports.TooLarge):
        kept(tmp_path, "a.csv", b"a,b\n" + b"1,2\n" * 1000, bytes_max=100)

    assert list(tmp_path.iterdir()) == []


def rows(tmp_path, found):
    import duckdb

    return (
        duckdb.connect()
        .execute(f"select * from '{tmp_path / found.folder}/rows.parquet' order by row")
        .fetchall()
    )


def test_broken_lines_cost_themselves_and_not_their_neighbours(tmp_path):
    found = kept(tmp_path, "a.csv", b'a,b\n1,2\n3\n4,5,6\n"x\ny",7\n"open,8\n9,10\n')

    assert [(row[0], (row[1] or "").split(":")[0], row[2]) for row in rows(tmp_path, found)] == [
        (2, "", "1"), (3, "cells", "3"), (4, "cells", "4"), (5, "", "x\ny"), (6, "quote", "open"), (7, "", "9"),
    ]  # fmt: skip


def test_a_huge_cell_costs_its_row(tmp_path):
    found = kept(tmp_path, "a.csv", b"a,b\n1," + b"x" * 9_000_000 + b"\n2,3\n")

    assert [(row[0], (row[1] or "").split(":")[0]) for row in rows(tmp_path, found)] == [(2, "huge"), (3, "")]


def test_a_broken_element_of_a_list_costs_itself(tmp_path):
    found = kept(tmp_path, "a.json", b'[{"a": 1}, {"a": nope}, {"a": "x, [y"}]')

    assert [(row[0], (row[1] or "").split(":")[0], row[2]) for row in rows(tmp_path, found)] == [
        (1, "", "1"), (2, "json", None), (3, "", "x, [y"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "what", "wanted"),
    [
        (
            "Email,Klaviyo ID,First Name,Email Marketing Consent",
            "customers",
            {"Email": "email", "First Name": "traits.first_name", "Email Marketing Consent": "consent.email"},
        ),
        (
            "cio_id,id,email,created_at,unsubscribed",
            "customers",
            {"id": "user_id", "created_at": "traits.created_at"},
        ),
        (
            "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku",
            "orders",
            {"Name": "order_id", "Lineitem sku": "line.product_id", "Created at": "occurred_at"},
        ),
        (
            "Customer ID,First Name,Last Name,Email,Accepts Email Marketing",
            "customers",
            {"Customer ID": "user_id", "Accepts Email Marketing": "consent.email"},
        ),
        (
            "Numéro client,Courriel,Prénom,Code postal",
            "customers",
            {"Numéro client": "user_id", "Courriel": "email", "Code postal": "traits.address.postal_code"},
        ),
        (
            "Kundennummer,Punktestand,Gültig bis",
            "balances",
            {"Punktestand": "points", "Gültig bis": "expires_at"},
        ),
    ],
)
def test_columns_are_recognised(tmp_path, header: str, what: str, wanted: dict[str, str]):
    found = kept(tmp_path, "a.csv", f"{header}\n{','.join('1' for _ in header.split(','))}\n".encode())
    suggested = imports.suggest(found.layout, name="a.csv").mapping

    assert suggested.what == what and wanted.items() <= suggested.columns.items()
