"""What is likely to become of a promise that still runs, from the history of promises like it."""
