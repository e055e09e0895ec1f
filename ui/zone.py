"""The reader's time zone, as the browser tells it; UTC where nobody reads."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

UTC = ZoneInfo("UTC")


def reader_zone() -> ZoneInfo:
    """Return the zone in which times are written."""
    name = st.context.timezone if st.runtime.exists() else None
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def zone_name() -> str:
    """Return the zone as a person reads it: Europe/London → London."""
    return reader_zone().key.rpartition("/")[2].replace("_", " ")
