"""The contract that an event answers to, from what is in force at one moment."""

from governance.contract.published import PublishedContracts, PublishedVersion, split_type
from governance.contract.stores import published

__all__ = ["PublishedContracts", "PublishedVersion", "published", "split_type"]
