"""Who promised what: contracts, owners, objectives, exceptions, routes, the audit ledger."""
