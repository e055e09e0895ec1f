"""`controlplane contracts check` without a server: what may go out, and how it is told."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from typer.testing import CliRunner, Result

from controlplane.cli.main import app

ORDERS = """\
openapi: 3.0.3
info: {title: Orders, version: 1.0.0}
paths:
  /orders:
    get:
      operationId: listOrders
      responses:
        "200":
          description: Every order.
          content:
            application/json:
              schema:
                type: object
                properties:
                  total: {type: number}
"""
TEXT_TOTAL = ORDERS.replace("type: number", "type: string")
MORE = ORDERS.replace("{type: number}", "{type: number}\n                  note: {type: string}")
PLACED = '{\n"type": "object",\n"properties": {"id": {"type": "string"}}\n}'
NUMBERED = PLACED.replace('"string"', '"integer"')
PROTO = 'syntax = "proto3";\npackage a.v1;\nmessage Order {\n  string id = 1;\n}\n'
SUBJECT = "subject: orders.placed\nkind: event\nformat: jsonschema\nowner: sales\n"
SARIF = {  # what SARIF 2.1.0 requires of the parts that we write
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "items": {
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {
                                    "rules": {"items": {"required": ["id"]}, "uniqueItems": True}
                                },
                            }
                        },
                    },
                    "results": {
                        "items": {
                            "required": ["message"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"required": ["text"]},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                                "locations": {
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "properties": {
                                                            "uri": {"format": "uri-reference"}
                                                        }
                                                    },
                                                    "region": {
                                                        "properties": {
                                                            "startLine": {
                                                                "type": "integer",
                                                                "minimum": 1,
                                                            }
                                                        }
                                                    },
                                                },
                                            }
                                        }
                                    }
                                },
                            },
                        }
                    },
                },
            }
        },
    },
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of contracts where the commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def committed(folder: Path, files: dict[str, str]) -> None:
    written(folder, files)
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "stands")):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["contracts", *map(str, arguments)])


def judged(*arguments: object) -> dict[str, dict[str, Any]]:
    """Return what was judged, by name."""
    done = run(*arguments, "--json")
    answer = json.loads(done.stdout)
    assert done.exit_code == (0 if answer["verdict"] == "compatible" else 1)
    return {one["name"]: one for one in answer["contracts"]}


def test_two_documents_that_do_not_go_together_end_with_1_and_say_what_to_do(folder: Path):
    written(folder, {"old.yaml": ORDERS, "new.yaml": TEXT_TOTAL})
    told = run("check", "old.yaml", "new.yaml")
    assert told.exit_code == 1
    lines = [line.strip() for line in told.output.splitlines()]
    assert lines[0] == "new.yaml  INCOMPATIBLE  (openapi, against old.yaml)"
    assert "new.yaml:15  GET /orders" in lines
    assert "number → string" in lines
    assert (
        "What to do: leave it as it was and add what is new beside it, under another name." in lines
    )
    assert lines[-1] == "1 contract judged: 1 incompatible (1 breaking)"
    assert run("check", "old.yaml", "old.yaml").exit_code == 0
    assert run("diff", "old.yaml", "new.yaml").exit_code == 1


def test_what_only_informs_is_told_by_a_diff_and_counted_by_a_check(folder: Path):
    written(folder, {"old.yaml": ORDERS, "new.yaml": MORE})
    told = run("check", "old.yaml", "new.yaml")
    assert told.exit_code == 0
    assert "only inform: --all shows them" in told.output
    assert "response-optional-property-added" in run("diff", "old.yaml", "new.yaml").output


def test_an_avro_schema_is_known_by_its_name(folder: Path):
    record = '{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}'
    written(folder, {"then/order.avsc": record, "now/order.avsc": record.replace("string", "int")})
    told = judged("check", "now", "--against", "then")["order.avsc"]
    assert (told["format"], told["verdict"]) == ("avro", "incompatible")


def test_a_closed_schema_is_let_through_leniently_and_not_strictly(folder: Path):
    added = PLACED.replace('{"type": "string"}', '{"type": "string"}, "note": {"type": "string"}')
    written(folder, {"old.json": PLACED, "new.json": added})
    assert run("check", "old.json", "new.json").exit_code == 0
    assert run("check", "old.json", "new.json", "--policy", "strict").exit_code == 1


def test_a_change_is_held_against_the_branch_that_it_goes_to(folder: Path):
    protos = {"p/buf.yaml": "version: v1\n", "p/a/v1/order.proto": PROTO}
    other = {"package.json": '{"name": "shop"}', "gone.schema.json": PLACED, "same.yaml": ORDERS}
    committed(folder, {"api/orders.yaml": ORDERS, **protos, **other})
    (folder / "gone.schema.json").unlink()
    written(
        folder,
        {
            "api/orders.yaml": TEXT_TOTAL,
            "api/new.yaml": ORDERS,
            "p/a/v1/order.proto": PROTO.replace("string id", "int32 id"),
        },
    )
    found = judged("check", ".", "--against", "HEAD")
    assert {name: one["verdict"] for name, one in found.items()} == {
        "api/orders.yaml": "incompatible",
        "api/new.yaml": "compatible",
        "p/*.proto": "incompatible",
        "gone.schema.json": "incompatible",
    }
    assert (found["api/new.yaml"]["against"], found["api/orders.yaml"]["against"]) == (
        "",
        "HEAD:api/orders.yaml",
    )
    proto = found["p/*.proto"]["findings"][0]
    assert (proto["file"], proto["line"]) == ("p/a/v1/order.proto", 4)
    assert found["gone.schema.json"]["findings"][0]["rule"] == "contract-removed"
    (alone,) = judged("check", "api/orders.yaml", "--against", "HEAD").values()
    assert (alone["file"], alone["verdict"]) == ("api/orders.yaml", "incompatible")


def test_a_folder_that_stood_elsewhere_is_compared_without_git(folder: Path):
    written(folder, {"then/orders.yaml": ORDERS, "now/orders.yaml": TEXT_TOTAL})
    assert judged("check", "now", "--against", "then")["orders.yaml"]["verdict"] == "incompatible"
    assert judged("diff", "then", "now")["orders.yaml"]["verdict"] == "incompatible"
    written(folder, {"now/orders.yaml": ORDERS})
    told = run("check", "now", "--against", "then")
    assert (told.exit_code, told.output) == (
        0,
        "nothing changed: no contract is new, altered or gone\n",
    )


def test_a_version_is_held_against_those_below_it_and_never_changes(folder: Path):
    committed(folder, {"o/contract.yaml": SUBJECT, "o/1.0.0.json": PLACED, "o/1.1.0.json": PLACED})
    loosened = f"{SUBJECT}compatibility: none\n"
    written(folder, {"o/contract.yaml": loosened, "o/1.2.0.json": NUMBERED, "o/1.0.0.json": "{}"})
    (folder / "o/1.1.0.json").unlink()
    found = judged("check", "o", "--against", "HEAD")
    assert {
        name: [one["rule"] for one in document["findings"] if one["level"] == "breaking"]
        for name, document in found.items()
    } == {
        "orders.placed@1.2.0": ["TYPE_CHANGED", "version-needs-major"],
        "orders.placed@1.0.0": ["version-changed"],
        "orders.placed@1.1.0": ["version-removed"],
    }
    assert found["orders.placed@1.2.0"]["against"] == "HEAD:orders.placed@1.1.0"


def test_what_cannot_be_read_or_judged_does_not_pass(folder: Path):
    committed(folder, {"orders.yaml": ORDERS, "a.schema.json": PLACED})
    written(
        folder, {"orders.yaml": f"{ORDERS}\t- broken: [", "a.schema.json": '{"$ref": "b.json"}'}
    )
    found = judged("check", ".", "--against", "HEAD")
    assert {one["verdict"] for one in found.values()} == {"not_evaluated"}
    assert found["orders.yaml"]["findings"][0]["line"] > 14
    held = judged("check", "orders.yaml", "--against", "HEAD", "--mode", "none")["orders.yaml"]
    assert held["verdict"] == "not_evaluated"
    written(folder, {"then.yaml": f"{ORDERS}\t- [", "other.yaml": ORDERS})
    mended = run("check", "then.yaml", "other.yaml").output
    assert "the older document cannot be read" in mended
    assert "What to do: hold it against an earlier commit that can be read" in mended
    assert "other.yaml is openapi" in run("check", "a.schema.json", "other.yaml").output


def test_findings_are_annotations_of_a_pull_request(folder: Path):
    written(folder, {"old.yaml": ORDERS, "new, 100%.yaml": TEXT_TOTAL})
    told = run("check", "old.yaml", "new, 100%.yaml", "--format", "github")
    first, *_, last = told.output.splitlines()
    assert first.startswith("::error file=new%2C 100%25.yaml,line=15,title=new%2C 100%25.yaml%3A ")
    assert first.endswith("under another name.")
    assert (told.exit_code, last) == (1, "1 contract judged: 1 incompatible (1 breaking)")


def test_findings_are_a_sarif_log(folder: Path):
    written(folder, {"old.yaml": ORDERS, "the new.yaml": TEXT_TOTAL})
    told = run("check", "old.yaml", "the new.yaml", "--format", "sarif")
    log = json.loads(told.stdout)
    jsonschema_rs.validate(SARIF, log)
    (run_,) = log["runs"]
    worst = run_["results"][0]
    place = worst["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (
        "the%20new.yaml",
        15,
    )
    assert run_["tool"]["driver"]["rules"][worst["ruleIndex"]]["id"] == worst["ruleId"]
    assert worst["level"] == "error"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("orders.yaml",), "in one way"),
        (("orders.yaml", "orders.yaml", "--against", "HEAD"), "in one way"),
        (("orders.yaml", "absent.yaml"), "there is no absent.yaml"),
        ((".", "--against", "nowhere"), "fetch-depth: 0"),
        (("bare.json", "orders.yaml"), "--as"),
        (("empty", "--against", "HEAD"), "holds no contract"),
        ((".", "--against", "--output=x"), "neither a folder nor a commit"),
    ],
)
def test_words_that_cannot_be_meant_are_usage_and_say_what_to_write(
    folder: Path, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "400")
    committed(folder, {"orders.yaml": ORDERS, "bare.json": "{}"})
    (folder / "empty").mkdir()
    told = run("check", *words)
    assert (told.exit_code, said in told.output) == (2, True), told.output
