"""
Reads one Protobuf file: proto2, proto3 and editions, by descent.

Time is linear in the text and the depth of blocks is bounded, so any text may be tried.
"""

from governance.contract.protobuf.cursor import Cursor
from governance.contract.protobuf.syntax import (
    MAX_ENUM,
    MAX_FIELD,
    MAX_MESSAGE_SET,
    Enum,
    EnumValue,
    Extend,
    Field,
    File,
    Import,
    Message,
    Method,
    Node,
    Option,
    Range,
    Service,
)

EDITIONS = ("2023", "2024")
_LABELS = frozenset({"optional", "required", "repeated"})
_VISIBILITY = frozenset({"export", "local"})
_TYPES = frozenset({"message", "enum"})


def parse(path: str, text: str) -> File:
    """Return what *text* says; raises `ProtobufError` with the line that cannot be read."""
    cursor = Cursor(path, text.removeprefix("\ufeff"))
    edition, edition_line = _edition(cursor)
    body = _Body()
    package, package_line = "", 0
    while cursor.kind != "end":
        line = cursor.line
        if cursor.accept("package"):
            if package:
                cursor.refuse("a second package", line=line)
            package, package_line = cursor.dotted("the name of the package"), line
            cursor.expect(";")
        else:
            _statement(cursor, body)
    return File(
        name=path,
        line=0,
        options=tuple(body.options),
        edition=edition,
        edition_line=edition_line,
        package=package,
        package_line=package_line,
        imports=tuple(body.imports),
        messages=tuple(body.messages),
        enums=tuple(body.enums),
        services=tuple(body.services),
        extends=tuple(body.extends),
    )


class _Body:
    """What is gathered of a file or of a message while it is read."""

    def __init__(self) -> None:
        self.options: list[Option] = []
        self.imports: list[Import] = []
        self.messages: list[Message] = []
        self.enums: list[Enum] = []
        self.services: list[Service] = []
        self.extends: list[Extend] = []
        self.fields: list[Field] = []
        self.oneofs: list[Node] = []
        self.extensions: list[Range] = []
        self.reserved: list[Range] = []
        self.reserved_names: list[str] = []


def _edition(cursor: Cursor) -> tuple[str, int]:
    line = cursor.line
    if cursor.accept("syntax"):
        cursor.expect("=")
        said = cursor.text("the syntax")
        if said not in {"proto2", "proto3"}:
            cursor.refuse(f"the syntax {said!r} is neither proto2 nor proto3", line=line)
    elif cursor.accept("edition"):
        cursor.expect("=")
        said = cursor.text("the edition")
        if said not in EDITIONS:
            known = " or ".join(EDITIONS)
            cursor.refuse(f"the edition {said!r} is not {known}", line=line)
    else:
        return "proto2", 0
    cursor.expect(";")
    return said, line


def _statement(cursor: Cursor, body: _Body) -> None:
    """Read a statement of a file."""
    word = cursor.word
    if cursor.accept("import"):
        body.imports.append(_import(cursor))
    elif word == "service":
        body.services.append(_service(cursor))
    elif not _declaration(cursor, body) and not cursor.accept(";"):
        cursor.refuse(f"{word!r} begins no statement of a file")


def _declaration(cursor: Cursor, body: _Body) -> bool:
    """Read what may stand in a file and in a message alike, and say whether it did."""
    comment = cursor.comment
    if cursor.word in _VISIBILITY and cursor.ahead() in _TYPES:
        cursor.take()
    if cursor.word == "message":
        body.messages.append(_message(cursor, comment))
    elif cursor.word == "enum":
        body.enums.append(_enum(cursor, comment))
    elif cursor.word == "extend":
        body.extends.append(_extend(cursor, body))
    elif cursor.accept("option"):
        body.options.append(cursor.statement_option())
    else:
        return False
    return True


def _import(cursor: Cursor) -> Import:
    line = cursor.line
    modifier = cursor.take() if cursor.word in {"public", "weak", "option"} else ""
    path = cursor.text("the path of the file")
    cursor.expect(";")
    return Import(path=path, line=line, modifier=modifier)


def _message(cursor: Cursor, comment: str) -> Message:
    line = cursor.line
    cursor.take()
    name = cursor.name("the name of the message")
    return _message_block(cursor, name, line, comment)


def _message_block(cursor: Cursor, name: str, line: int, comment: str) -> Message:
    body = _Body()
    cursor.enter()
    while not cursor.leave():
        _member(cursor, body)
    is_set = any(o.name == "message_set_wire_format" and o.value == "true" for o in body.options)
    return Message(
        name=name,
        line=line,
        comment=comment,
        options=tuple(body.options),
        fields=tuple(body.fields),
        oneofs=tuple(body.oneofs),
        messages=tuple(body.messages),
        enums=tuple(body.enums),
        extends=tuple(body.extends),
        extensions=tuple(_to_max(one, MAX_MESSAGE_SET if is_set else 0) for one in body.extensions),
        reserved=tuple(_to_max(one, MAX_MESSAGE_SET if is_set else 0) for one in body.reserved),
        reserved_names=tuple(body.reserved_names),
    )


def _to_max(found: Range, most: int) -> Range:
    if not most or found.last != MAX_FIELD:
        return found
    return Range(first=found.first, last=most, line=found.line)


def _member(cursor: Cursor, body: _Body) -> None:
    """Read a statement of a message."""
    if cursor.accept("oneof"):
        _oneof(cursor, body)
    elif cursor.accept("extensions"):
        body.extensions.extend(cursor.ranges(MAX_FIELD))
        cursor.bracketed()
        cursor.expect(";")
    elif cursor.accept("reserved"):
        _reserved(cursor, MAX_FIELD, body.reserved, body.reserved_names)
    elif not _declaration(cursor, body) and not cursor.accept(";"):
        body.fields.append(_field(cursor, body))


def _oneof(cursor: Cursor, body: _Body) -> None:
    line, comment = cursor.tokens.lines[cursor.at - 1], cursor.tokens.comments.get(cursor.at - 1)
    name = cursor.name("the name of the oneof")
    options: list[Option] = []
    cursor.enter()
    while not cursor.leave():
        if cursor.accept("option"):
            options.append(cursor.statement_option())
        elif not cursor.accept(";"):
            body.fields.append(_field(cursor, body, oneof=name))
    body.oneofs.append(Node(name=name, line=line, comment=comment or "", options=tuple(options)))


def _reserved(cursor: Cursor, most: int, numbers: list[Range], names: list[str]) -> None:
    if cursor.kind in {"text", "name"}:
        names.append(_reserved_name(cursor))
        while cursor.accept(","):
            names.append(_reserved_name(cursor))
    else:
        numbers.extend(cursor.ranges(most))
    cursor.expect(";")


def _reserved_name(cursor: Cursor) -> str:
    what = "a name"
    return cursor.text(what) if cursor.kind == "text" else cursor.name(what)


def _field(cursor: Cursor, body: _Body, *, oneof: str = "") -> Field:
    """Read a field; the message of a group is one more of *body*."""
    line, comment = cursor.line, cursor.comment
    label = cursor.take() if cursor.word in _LABELS else ""
    if label and oneof:
        cursor.refuse(f"a field of a oneof has no {label!r}", line=line)
    if cursor.word == "group" and cursor.ahead() != "=":
        return _group(cursor, body, label, oneof)
    key, of = _field_type(cursor)
    name = cursor.name("the name of the field")
    cursor.expect("=")
    number = cursor.integer("the number of the field")
    options = cursor.bracketed()
    cursor.expect(";")
    if key and (label or oneof):
        cursor.refuse(f"a map has no {label or 'oneof'!r}", line=line)
    return Field(
        name=name,
        line=line,
        comment=comment,
        options=options,
        number=number,
        type=of,
        label=label,
        key=key,
        nested=len(body.messages),
        oneof=oneof,
    )


def _field_type(cursor: Cursor) -> tuple[str, str]:
    if cursor.word == "map" and cursor.ahead() == "<":
        cursor.take()
        cursor.take()
        key = cursor.name("the type of the keys")
        cursor.expect(",")
        of = cursor.dotted("the type of the values")
        cursor.expect(">")
        return key, of
    return "", cursor.dotted("the type of a field")


def _group(cursor: Cursor, body: _Body, label: str, oneof: str) -> Field:
    line, comment = cursor.line, cursor.comment
    cursor.take()
    name = cursor.name("the name of the group")
    cursor.expect("=")
    number = cursor.integer("the number of the field")
    options = cursor.bracketed()
    body.messages.append(_message_block(cursor, name, line, comment))
    return Field(
        name=name.lower(),
        line=line,
        comment=comment,
        options=options,
        number=number,
        type=name,
        label=label,
        oneof=oneof,
        group=True,
    )


def _extend(cursor: Cursor, body: _Body) -> Extend:
    line = cursor.line
    cursor.take()
    extendee = cursor.dotted("the message to extend")
    fields: list[Field] = []
    cursor.enter()
    while not cursor.leave():
        if not cursor.accept(";"):
            fields.append(_field(cursor, body))
    return Extend(extendee=extendee, line=line, fields=tuple(fields))


def _enum(cursor: Cursor, comment: str) -> Enum:
    line = cursor.line
    cursor.take()
    name = cursor.name("the name of the enum")
    options: list[Option] = []
    values: list[EnumValue] = []
    reserved: list[Range] = []
    reserved_names: list[str] = []
    cursor.enter()
    while not cursor.leave():
        if cursor.word == "option" and cursor.ahead() != "=":
            cursor.take()
            options.append(cursor.statement_option())
        elif cursor.word == "reserved" and cursor.ahead() != "=":
            cursor.take()
            _reserved(cursor, MAX_ENUM, reserved, reserved_names)
        elif not cursor.accept(";"):
            values.append(_enum_value(cursor))
    return Enum(
        name=name,
        line=line,
        comment=comment,
        options=tuple(options),
        values=tuple(values),
        reserved=tuple(reserved),
        reserved_names=tuple(reserved_names),
    )


def _enum_value(cursor: Cursor) -> EnumValue:
    line, comment = cursor.line, cursor.comment
    name = cursor.name("the name of an enum value")
    cursor.expect("=")
    number = cursor.integer("the number of the value")
    options = cursor.bracketed()
    cursor.expect(";")
    return EnumValue(name=name, line=line, comment=comment, options=options, number=number)


def _service(cursor: Cursor) -> Service:
    line, comment = cursor.line, cursor.comment
    cursor.take()
    name = cursor.name("the name of the service")
    options: list[Option] = []
    methods: list[Method] = []
    cursor.enter()
    while not cursor.leave():
        if cursor.accept("option"):
            options.append(cursor.statement_option())
        elif cursor.word == "rpc":
            methods.append(_method(cursor))
        elif not cursor.accept(";"):
            cursor.refuse(f"{cursor.word!r} begins no statement of a service")
    return Service(
        name=name, line=line, comment=comment, options=tuple(options), methods=tuple(methods)
    )


def _method(cursor: Cursor) -> Method:
    line, comment = cursor.line, cursor.comment
    cursor.take()
    name = cursor.name("the name of the RPC")
    client_streaming, request = _exchanged(cursor)
    cursor.expect("returns")
    server_streaming, response = _exchanged(cursor)
    options: list[Option] = []
    if cursor.word == "{":
        cursor.enter()
        while not cursor.leave():
            if cursor.accept("option"):
                options.append(cursor.statement_option())
            else:
                cursor.expect(";")
    else:
        cursor.expect(";")
    return Method(
        name=name,
        line=line,
        comment=comment,
        options=tuple(options),
        request=request,
        response=response,
        client_streaming=client_streaming,
        server_streaming=server_streaming,
    )


def _exchanged(cursor: Cursor) -> tuple[bool, str]:
    cursor.expect("(")
    streaming = cursor.word == "stream" and cursor.ahead() != ")"
    if streaming:
        cursor.take()
    name = cursor.dotted("the message")
    cursor.expect(")")
    return streaming, name
