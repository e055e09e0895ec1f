"""Who may call: requirements of the whole API and of an operation, and the schemes they name."""

from collections.abc import Iterator

from governance.compatibility.openapi.document import Document, Placed, listed, mapping, names
from governance.compatibility.openapi.place import Place
from governance.compatibility.openapi.report import Report
from governance.contract.artifact import Json

Requirement = dict[str, list[str]]
_SCHEME = "api-security-component"


def compare_security(rule: str, old: Placed, new: Placed, place: Place, report: Report) -> None:
    """Compare two lists of alternatives; those that name the same schemes are one."""
    before, after = _requirements(old.value), _requirements(new.value)
    for key, was in before.items():
        if key not in after:
            if key:
                report.tell(
                    f"{rule}-removed",
                    place,
                    f"{key} no longer grants access",
                    old.pointer,
                    mark=key,
                )
            continue
        for scheme, scopes in was.items():
            for word, scope in _scopes(scopes, after[key][scheme]):
                said = f"the scope {scope} of {scheme} was {word}"
                mark = f"{scheme} {scope}"
                report.tell(f"{rule}-scope-{word}", place, said, new.pointer, mark=mark)
    for key in after:
        if key and key not in before:
            report.tell(f"{rule}-added", place, f"{key} grants access, too", new.pointer, mark=key)


def compare_access(
    old: Placed, new: Placed, whole: tuple[Placed, Placed], place: Place, report: Report
) -> None:
    """Compare who may call an operation; one that states nothing is held to the *whole* API."""
    if _open(old, whole[0]) and not _open(new, whole[1]):
        said = "could be called by anybody, and wants credentials now"
        report.tell("api-security-became-required", place, said, new.pointer)


def _open(operation: Placed, whole: Placed) -> bool:
    own = mapping(operation.value).get("security")
    stated = listed(whole.value if own is None else own)
    return not stated or any(not mapping(one) for one in stated)


def compare_schemes(old: Document, new: Document, report: Report) -> None:
    keys = ("components", "securitySchemes")
    before, after = old.entries(old.below(*keys)), new.entries(new.below(*keys))
    for name, was in before.items():
        place = Place(where=f"security scheme {name}")
        if name in after:
            _scheme(was, after[name], place, report)
        else:
            report.tell(f"{_SCHEME}-removed", place, "is gone", was.pointer)
    for name, now in after.items():
        if name not in before:
            place = Place(where=f"security scheme {name}")
            report.tell(f"{_SCHEME}-added", place, "is new", now.pointer)


def _scheme(old: Placed, new: Placed, place: Place, report: Report) -> None:
    was, now = mapping(old.value), mapping(new.value)
    if was.get("type") != now.get("type"):
        said = f"its type went from {was.get('type')} to {now.get('type')}"
        report.tell(f"{_SCHEME}-type-changed", place, said, new.pointer)
    else:
        _credentials(was, now, new, place, report)
    olds, news = mapping(was.get("flows")), mapping(now.get("flows"))
    for flow in olds:
        if flow in news:
            _flow(mapping(olds[flow]), mapping(news[flow]), new.below("flows", flow), place, report)


def _credentials(
    was: dict[str, Json], now: dict[str, Json], new: Placed, place: Place, report: Report
) -> None:
    for keyword in ("in", "name", "scheme", "openIdConnectUrl"):
        before, after = was.get(keyword), now.get(keyword)
        if str(before).lower() != str(after).lower():
            said = f"its {keyword} went from {before} to {after}: what is sent now is not heard"
            rule = f"{_SCHEME}-credentials-changed"
            pointer = new.below(keyword).pointer
            report.tell(rule, place, said, pointer, before=before, after=after, mark=keyword)


def _flow(
    old: dict[str, Json], new: dict[str, Json], placed: Placed, place: Place, report: Report
) -> None:
    for keyword, word in (("authorizationUrl", "oauth-url"), ("tokenUrl", "oauth-token-url")):
        was, now = old.get(keyword), new.get(keyword)
        if was != now:
            said = f"its {keyword} went from {was} to {now}"
            rule = f"{_SCHEME}-{word}-changed"
            report.tell(rule, place, said, placed.pointer, before=was, after=now)
    before, after = mapping(old.get("scopes")), mapping(new.get("scopes"))
    for scope in dict.fromkeys([*before, *after]):
        if before.get(scope) != after.get(scope) or (scope in before) != (scope in after):
            word = "removed" if scope not in after else "changed"
            word = word if scope in before else "added"
            rule = f"{_SCHEME}-oauth-scope-{word}"
            said = f"its scope {scope} was {word}"
            report.tell(rule, place, said, placed.pointer, mark=scope)


def _requirements(value: Json) -> dict[str, Requirement]:
    found = (mapping(one) for one in listed(value))
    return {
        " and ".join(sorted(one)): {scheme: names(one[scheme]) for scheme in one} for one in found
    }


def _scopes(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    yield from (("removed", scope) for scope in before if scope not in after)
    yield from (("added", scope) for scope in after if scope not in before)
