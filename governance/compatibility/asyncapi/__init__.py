"""Two AsyncAPI documents compared, by what an application sends and what it receives."""
