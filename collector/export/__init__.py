"""Results in the forms that offices ask for; one file per format."""
