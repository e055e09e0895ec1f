"""What happened: events, process instances, SLA clocks, flow and health."""
