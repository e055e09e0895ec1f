"""
A mail tells the same as a webhook, to a person: plain text and HTML, links included.

The Message-ID is made of the message's own id: a mailbox that gets it twice shows it once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

import aiosmtplib
import msgspec

from governance.contract.announcement import TYPE as CONTRACT_TYPE
from governance.contract.announcement import Announced
from governance.message import Message, MessageLine, Sealed
from governance.outbox.outgoing import Answer, Outgoing
from governance.receiver.secret import SecretError, read_secret
from governance.team import Email

PATIENCE = timedelta(seconds=20)
_PERMANENT = 500
_LONGEST_SUBJECT = 200


class _Typed(msgspec.Struct, frozen=True):
    type: str


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """`username` and `password` are references; `starttls` None: when the server offers it."""

    host: str
    port: int = 25
    sender: str = "controlplane@localhost"
    username: str | None = None
    password: str | None = None
    starttls: bool | None = None


async def send_mail(
    server: MailServer,
    email: Email,
    outgoing: Outgoing,
    *,
    at: datetime,
    patience: timedelta = PATIENCE,
) -> Answer:
    """Return what came of sending *outgoing* to *email*."""
    try:
        mail = compose_mail(server.sender, email.to, outgoing, at=at)
        refused, reply = await aiosmtplib.send(
            mail,
            sender=server.sender,
            recipients=list(email.to),
            hostname=server.host,
            port=server.port,
            username=read_secret(server.username) if server.username else None,
            password=read_secret(server.password) if server.password else None,
            start_tls=server.starttls,
            timeout=patience.total_seconds(),
        )
    except SecretError as error:
        return Answer(result="retry", detail=str(error))
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [refused.code for refused in error.recipients]
        return _refused(f"every recipient was refused: {codes}", min(codes))
    except aiosmtplib.SMTPResponseException as error:
        return _refused(f"{error.code} {error.message}", error.code)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Answer(result="retry", detail=f"{type(error).__name__}: {error}"[:_LONGEST_SUBJECT])
    except (ValueError, MessageError) as error:
        return Answer(result="dead", detail=f"the mail cannot be written: {error}")
    left_out = f"; refused: {', '.join(sorted(refused))}" if refused else ""
    return Answer(result="delivered", detail=f"{reply}{left_out}")


def compose_mail(
    sender: str, recipients: Sequence[str], outgoing: Outgoing, *, at: datetime
) -> EmailMessage:
    """Return *outgoing* as a mail with a text and an HTML part."""
    subject, text, html = _written(outgoing.payload)
    mail = EmailMessage()
    mail["Subject"] = " ".join(subject.split())[:_LONGEST_SUBJECT]
    mail["From"] = _address(sender)
    mail["To"] = [_address(one) for one in recipients]
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{outgoing.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail


def _written(payload: str) -> tuple[str, str, str]:
    """Return subject, text and HTML of a message, of whichever type it is."""
    if msgspec.json.decode(payload, type=_Typed).type == CONTRACT_TYPE:
        told = msgspec.json.decode(payload, type=Announced).data
        lines = [told.subject, told.comment, f"by {told.actor}", told.link]
        if told.consumers:
            lines.append(f"read by {', '.join(told.consumers)}")
        if told.reviewers:
            lines.append(f"{', '.join(told.reviewers)} asked to review it")
        rows = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
        html = f'<html><body style="font-family:sans-serif;font-size:14px">{rows}</body></html>'
        return told.subject, "\n".join(line for line in lines if line), html
    message = msgspec.json.decode(payload, type=Sealed).data
    return message.subject, _text(message), _html(message)


def _refused(detail: str, code: int) -> Answer:
    return Answer(result="dead" if code >= _PERMANENT else "retry", detail=detail)


def _address(text: str) -> Address:
    return Address(addr_spec=text)


def _text(message: Message) -> str:
    lines = [message.subject, ""]
    for one in message.lines:
        lines += [f"{_headline(one)}", f"  {one.reason}", f"  {one.link}", ""]
    if message.more:
        lines.append(f"and {message.more} more")
    return "\n".join(lines)


def _headline(one: MessageLine) -> str:
    held = one.blocked or one.exposure or one.delayed
    money = f"{held} · " if held else ""
    ended = "" if one.event in {"opened", "reopened"} else f" ({one.event})"
    return f"{money}{one.title}{ended} · {one.case_title} · {one.severity}"


def _html(message: Message) -> str:
    rows = "".join(
        f'<tr><td style="padding:8px 0"><a href="{escape(one.link)}">{escape(_headline(one))}</a>'
        f'<br><span style="color:#555">{escape(one.reason)}</span></td></tr>'
        for one in message.lines
    )
    more = f"<p>and {message.more} more</p>" if message.more else ""
    return (
        '<html><body style="font-family:sans-serif;font-size:14px">'
        f"<p><b>{escape(message.subject)}</b></p><table>{rows}</table>{more}</body></html>"
    )
