"""What systems promise each other: subjects, their versions, and who reads them."""
