"""From the wire to a process event: decode, bound, judge. What cannot be admitted says why."""
