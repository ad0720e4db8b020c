"""What a reader reads: message catalogues, and the few pieces that put words and tables on a terminal in their language."""
