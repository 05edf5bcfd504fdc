"""What stops a build: formulas that do not hold, names that lead nowhere."""
