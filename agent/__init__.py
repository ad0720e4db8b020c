"""What runs on a school machine: measures through `checks`, keeps what it found, and brings it to the collector."""
