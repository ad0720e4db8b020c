"""The shared vocabulary: what agent, collector and dashboard say to each other. No I/O."""
