"""`keys`: a secret is seen once, by whoever made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_line import invoke

from recommender.catalog import Scope, open_catalog

if TYPE_CHECKING:
    from pathlib import Path


def _files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_new_key_works_and_is_shown_once(tmp_path: Path) -> None:
    made = invoke("keys", "create", "cms", "--scope", "write", "--site", "bote", data_dir=tmp_path)

    assert made.code == 0
    # nothing else on standard output: KEY=$(recommender keys create …)
    (secret,) = made.out.splitlines()
    assert secret not in made.err
    with open_catalog(f"sqlite:///{tmp_path}/catalog.db") as catalog:
        key = catalog.authenticate(secret)
    assert key is not None
    assert (key.name, set(key.scopes), key.site) == ("cms", {Scope.WRITE}, "bote")
    assert f"is {key.key_id}." in made.err


def test_the_secret_is_neither_stored_nor_listed(tmp_path: Path) -> None:
    secret = invoke("keys", "create", "cms", "--json", data_dir=tmp_path).document["key"]

    random_part = secret.split("_", 2)[2]
    assert len(random_part) > 30
    assert random_part.encode() not in _files_of(tmp_path)
    assert random_part not in invoke("keys", "list", data_dir=tmp_path).out
    assert random_part not in invoke("keys", "list", "--json", data_dir=tmp_path).out


def test_without_a_scope_a_key_only_reads(tmp_path: Path) -> None:
    assert invoke("keys", "create", "widget", "--json", data_dir=tmp_path).document["scopes"] == ["read"]


def test_the_list_is_one_document_or_one_line_each(tmp_path: Path) -> None:
    made = [
        invoke("keys", "create", name, "--scope", scope, "--json", data_dir=tmp_path).document
        for name, scope in (("a [b]", "admin"), ("c", "read"))
    ]
    invoke("keys", "revoke", made[1]["id"], data_dir=tmp_path)

    listed = invoke("keys", "list", "--json", data_dir=tmp_path).document
    table = invoke("keys", "list", data_dir=tmp_path).out

    assert [(key["id"], key["name"], key["scopes"], key["site"]) for key in listed] == [
        (made[0]["id"], "a [b]", ["admin"], None),
        (made[1]["id"], "c", ["read"], None),
    ]
    assert [key["revoked_at"] is None for key in listed] == [True, False]
    row = next(line for line in table.splitlines() if made[0]["id"] in line)
    assert [cell.strip() for cell in row.split("│")][1:5] == [made[0]["id"], "a [b]", "admin", "all"]


def test_a_revoked_key_opens_nothing_and_cannot_be_revoked_again(tmp_path: Path) -> None:
    made = invoke("keys", "create", "cms", "--json", data_dir=tmp_path).document

    assert invoke("keys", "revoke", made["id"], data_dir=tmp_path).out == f"key {made['id']} is revoked\n"
    with open_catalog(f"sqlite:///{tmp_path}/catalog.db") as catalog:
        assert catalog.authenticate(made["key"]) is None
    again = invoke("keys", "revoke", made["id"], data_dir=tmp_path)
    assert again.is_one_line_error("invalid_settings")
    assert made["id"] in again.err


def test_a_key_needs_a_name(tmp_path: Path) -> None:
    shown = invoke("keys", "create", "  ", data_dir=tmp_path)

    assert shown.is_one_line_error("catalog_failed")
    assert "give one that says who uses it" in shown.err
