"""One thing that changed, before anybody says how bad it is."""

from typing import Any

import msgspec

from governance.contract.artifact import escape
from governance.contract.finding import Finding, Level
from governance.contract.protobuf.schema import FieldInfo


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """
    `path` and `line`: where to look in the newer files; no path where a file or package went.

    `about` names what changed, so that the rule, the path and it name the change; `package`
    is the one it happened to.
    """

    rule: str
    about: str
    said: str
    path: str = ""
    line: int = 0
    package: str = ""
    before: Any = None
    after: Any = None

    def finding(self, level: Level) -> Finding:
        return Finding(
            id=f"{self.rule}:{self.path}:{self.about}",
            rule=self.rule,
            level=level,
            message=self.said,
            pointer=f"/{escape(self.path)}" if self.path else "",
            path=self.path,
            line=self.line,
            before=self.before,
            after=self.after,
        )


def field_changed(  # noqa: PLR0913 - a rule, where it is met, and what was there before and after
    rule: str, new: FieldInfo, said: str, before: str, after: str, *, line: int = 0
) -> Change:
    return Change(
        rule=rule,
        about=f"{new.holder}.{new.node.number}",
        said=said,
        path=new.file.name,
        line=line or new.node.line,
        package=new.file.package,
        before=before,
        after=after,
    )
