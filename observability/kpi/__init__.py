"""What a firm steers by: formulas over measures of its cases, with targets and their sources."""
