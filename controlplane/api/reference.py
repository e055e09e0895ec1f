"""
The API's own description: OpenAPI as JSON, and a page to read it on.

The page is plain HTML made here: it needs no script and nothing from outside.
"""

from collections.abc import Iterator
from html import escape
from typing import Any

from litestar import Request, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from controlplane.api.problem import PROBLEM_JSON

OTHER_REFUSALS = frozenset({"post_traces", "post_logs"})  # OTLP has a shape of its own
_FRAMEWORKS_OWN = "400"
VERSION = "0.1.0"  # as pyproject.toml says; a test compares
_STYLE = """
body{font:14px/1.5 Inter,system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;
color:#1d2733;background:#fff}h2{margin-top:2.5rem}details{border:1px solid #d8dee6;
border-radius:6px;margin:.4rem 0;padding:.4rem .8rem}summary{cursor:pointer}
code,b.method{font-family:ui-monospace,monospace}b.method{display:inline-block;width:4.5rem}
td,th{text-align:left;padding:.1rem 1rem .1rem 0;vertical-align:top}.muted{color:#5b6775}
@media(prefers-color-scheme:dark){body{color:#e3e8ee;background:#12181f}
details{border-color:#2d3947}.muted{color:#93a1b0}}
"""


_PROBLEM = {
    "type": "object",
    "title": "ProblemDocument",
    "description": "RFC 9457; `type` is stable, `errors` point into the body.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "detail": {"type": "string"},
                    "line": {"type": "integer"},
                    "column": {"type": "integer"},
                },
            },
        },
    },
}


class Document(JsonRenderPlugin):
    """The OpenAPI document, with the one shape of every refusal."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return self.render_json(request, with_problems(openapi_schema))


class Page(OpenAPIRenderPlugin):
    """Every operation under its tag, with parameters, body and answers."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        json_path = escape(self.get_openapi_json_route(request))
        info = openapi_schema["info"]
        head = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width">'
            f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>"
            f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
            f"<p>{escape(info.get('description', ''))} "
            f'<a href="{json_path}">OpenAPI document</a></p>'
        )
        return (
            head + "".join(_sections(with_problems(openapi_schema))) + "</body></html>"
        ).encode()


def with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """Return *schema* saying that whatever is refused is answered with a problem document."""
    answer = {
        "description": "A problem document (RFC 9457)",
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }
    paths = {
        path: {
            method: _answering(operation, answer) if isinstance(operation, dict) else operation
            for method, operation in item.items()
        }
        for path, item in schema["paths"].items()
    }
    components = schema["components"]
    schemas = {**components["schemas"], "ProblemDocument": _PROBLEM}
    return {**schema, "paths": paths, "components": {**components, "schemas": schemas}}


def _answering(operation: dict[str, Any], problem: dict[str, Any]) -> dict[str, Any]:
    """A success may be 200 or, where something new was made, 201; all else is a problem."""
    answers = {k: one for k, one in operation["responses"].items() if k != _FRAMEWORKS_OWN}
    if "200" in answers and "requestBody" in operation:
        answers["201"] = answers["200"]
    if operation["operationId"] in OTHER_REFUSALS:
        return {**operation, "responses": answers}
    return {**operation, "responses": {**answers, "default": problem}}


def _sections(schema: dict[str, Any]) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for path, item in sorted(schema["paths"].items()):
        for method, operation in item.items():
            if isinstance(operation, dict):
                tag = (operation.get("tags") or ["Other"])[0]
                by_tag.setdefault(tag, []).append(_operation(path, method, operation))
    for tag, operations in sorted(by_tag.items()):
        yield f"<h2>{escape(tag)}</h2>" + "".join(operations)


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = "".join(_parameter(one) for one in operation.get("parameters", ()))
    body = operation.get("requestBody", {}).get("content", {})
    bodies = "".join(
        f"<li>{escape(media)}: {_named(one.get('schema', {}))}</li>" for media, one in body.items()
    )
    answers = "".join(
        f"<li>{escape(status)} {escape(one.get('description', ''))}</li>"
        for status, one in operation.get("responses", {}).items()
    )
    return (
        f'<details id="{escape(operation["operationId"])}"><summary><b class="method">'
        f"{escape(method.upper())}</b><code>{escape(path)}</code></summary>"
        f"<p>{escape(operation.get('description') or operation.get('summary') or '')}</p>"
        + (f"<table>{rows}</table>" if rows else "")
        + (f"<p>Body</p><ul>{bodies}</ul>" if bodies else "")
        + f"<p>Answers</p><ul>{answers}</ul></details>"
    )


def _parameter(one: dict[str, Any]) -> str:
    return (
        f"<tr><td><code>{escape(one['name'])}</code></td>"
        f'<td class="muted">{escape(one["in"])}{", required" if one.get("required") else ""}</td>'
        f"<td>{escape(one.get('description') or '')}</td></tr>"
    )


def _named(schema: dict[str, Any]) -> str:
    reference = schema.get("$ref", "")
    return escape(reference.rpartition("/")[2] or str(schema.get("type", "any")))


def openapi() -> OpenAPIConfig:
    """Return the configuration; a router belongs to one application, so it is made anew."""
    return OpenAPIConfig(
        title="controlplane",
        version=VERSION,
        description="Contracts, process health, rules and exceptions of a professional-services "
        "firm's integrations.",
        render_plugins=[Document(), Page()],
        openapi_router=Router(
            path="/schema", route_handlers=[], opt={"role": None}, include_in_schema=False
        ),
        use_handler_docstrings=True,
        security=[{"key": []}],
        components=Components(
            security_schemes={
                "key": SecurityScheme(
                    type="http", scheme="bearer", bearer_format="cp_<id>_<secret>"
                )
            }
        ),
    )
